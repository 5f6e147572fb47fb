//! The real program in a pseudo-terminal: it starts, answers keys and resizes, and leaves the terminal as it
//! found it, however it ends.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/archive.rs"]
mod archive;
#[path = "common/layers.rs"]
mod layers;
#[path = "common/terminal.rs"]
mod terminal;

use std::time::Duration;

use layers::{Line, tar_of};

use portable_pty::PtySize;
use serde_json::json;
use tar::EntryType;
use terminal::{Session, cells};
use vt100::MouseProtocolMode;

#[test]
fn starts_answers_keys_and_quits() {
    let mut session = Session::start(&[], 100, 30);
    session.wait_for("the embedded sample");
    session.wait_for("wasted (");
    session.send("?");
    session.wait_for("Keys · theme");
    session.send("\x1b");
    session.wait_until("the help is closed", |text| !text.contains("Keys · theme"));
    session.send("j\t");
    session.wait_for("changed by layer 1");
    session.send("q");
    session.assert_restored("ended 0");
}

#[test]
fn the_mouse_is_taken_and_left_to_the_terminal_by_a_key() {
    let mut session = Session::start(&[], 100, 30);
    session.wait_for("wasted (");
    assert_eq!(session.mouse(), MouseProtocolMode::ButtonMotion, "no mere movement");
    session.send("T?");
    session.wait_for("mouse off");
    assert_eq!(session.mouse(), MouseProtocolMode::None);
    session.send("T");
    session.wait_for("mouse on");
    assert_ne!(session.mouse(), MouseProtocolMode::None);
    // Neither a movement nor a click types anything.
    session.send("\x1b[<35;50;15M\x1b[<0;50;15M\x1b[<0;50;15mt");
    session.wait_for("theme dark");
    session.send("q");
    session.assert_restored("ended 0");
}

#[test]
fn without_colours_the_selected_row_is_still_seen() {
    let program = format!("NO_COLOR=1 '{}'", env!("CARGO_BIN_EXE_hadal"));
    let mut session = Session::script(&format!("{program}; echo \"ended $?\"; stty -a; read line"), 100, 30);
    session.wait_for("wasted (");
    {
        let screen = session.screen.lock().unwrap();
        let screen = screen.screen();
        // The first layer's row, from its number to its step.
        let reversed = (1..40).filter(|column| screen.cell(3, *column).unwrap().inverse()).count();
        assert!(reversed > 30, "{}", screen.contents());
        let plain = |column| screen.cell(3, column).unwrap().fgcolor() == vt100::Color::Default;
        assert!((0..100).all(plain));
    }
    session.send("q");
    session.assert_restored("ended 0");
}

#[test]
fn settings_decide_about_keys_and_the_mouse() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        "mouse = false\ntheme = \"light\"\n[[bind]]\nin = \"global\"\nkeys = [\"f10\"]\naction = \"quit\"\n";
    let path = folder.path().join("settings.toml");
    std::fs::write(&path, text).unwrap();
    let mut session = Session::start(&["--config", path.to_str().unwrap()], 100, 30);
    session.wait_for("wasted (");
    assert_eq!(session.mouse(), MouseProtocolMode::None);
    session.send("q?");
    session.wait_for("theme light");
    session.send("\x1b[21~");
    session.assert_restored("ended 0");
}

#[test]
fn what_is_typed_goes_before_the_file_and_no_colour_before_both() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    std::fs::write(&path, "theme = \"light\"\n[colors]\nadded = \"75\"\n").unwrap();
    let hadal = format!("'{}' --config '{}'", env!("CARGO_BIN_EXE_hadal"), path.display());
    for (before, after, theme) in [
        ("", "", "light with own colors · mouse on"),
        ("NO_COLOR= ", "", "light with own colors"),
        ("", "--theme dark", "dark · mouse on"),
        ("", "--theme dark --color never", "none · mouse"),
        ("NO_COLOR=1 ", "--theme dark", "none · mouse"),
        ("NO_COLOR=1 ", "--color always", "light with own colors"),
    ] {
        let mut session = Session::script(&format!("{before}{hadal} {after}"), 100, 30);
        session.wait_for("wasted (");
        session.send("?");
        session.wait_for(&format!("theme {theme}"));
    }
}

#[test]
fn follows_the_size_of_the_terminal() {
    let mut session = Session::start(&[], 120, 30);
    session.wait_for("wasted (");
    session.screen.lock().unwrap().screen_mut().set_size(cells(10), cells(40));
    session.master.resize(PtySize { rows: 10, cols: 40, pixel_width: 0, pixel_height: 0 }).unwrap();
    session.wait_for("needs a terminal");
    session.screen.lock().unwrap().screen_mut().set_size(cells(24), cells(80));
    session.master.resize(PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 }).unwrap();
    session.wait_for("Layers");
    session.send("q");
    session.assert_restored("ended 0");
}

/// A file with a password that a later layer deletes, another password in the environment, and a tree twice.
fn leaking() -> Vec<u8> {
    let file = |path: &str, content: &str| {
        let mut line = Line::new(EntryType::Regular, path.as_bytes());
        line.content = content.into();
        line
    };
    let large = "many words ".repeat(9_000);
    let first = [file("app/model", &large), file("srv/.env", "DATABASE_PASSWORD=Xk29vLq83mZpQw7T\n")];
    let second = [file("copy/model", &large), file("srv/.wh..env", "")];
    let image = archive::Image::of(vec![tar_of(&first), tar_of(&second)]);
    let image =
        image.with_config(|config| config["config"]["Env"] = json!(["QUEUE_PASSWORD=bV7tRq2nWx94KzLm"]));
    archive::docker_v12(&[&image]).tar()
}

#[test]
fn contents_are_looked_into_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leaking.tar");
    std::fs::write(&path, leaking()).unwrap();
    let mut session = Session::start(&[path.to_str().unwrap()], 200, 60);
    session.wait_for("wasted (");
    session.send("I");
    session.wait_for("not looked for: S");
    assert!(session.text().contains("bV7tRq2nWx94KzLm"), "{}", session.text());
    session.send("IS");
    session.wait_for("2 secrets, w lists them, 1 deleted and still shipped; 99 kB twice or more");
    session.send("w");
    session.wait_for("/srv/.env:1  deleted in layer 1, still shipped");
    session.wait_for("1 file is shipped in two places");
    session.send("I");
    session.wait_for("QUEUE_PASSWORD=bV7t… (16 characters)");
    session.send("I\r");
    session.wait_for("/srv/.env ━");
    for value in ["Xk29vLq83mZpQw7T", "bV7tRq2nWx94KzLm"] {
        assert!(!session.text().contains(value), "{}", session.text());
    }
    session.send("q");
    session.assert_restored("ended 0");
}

/// Hundredths of a second that a process has used, and how often its threads were woken.
#[cfg(target_os = "linux")]
fn work(pid: u32) -> (u64, u64) {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The fields after the name, which may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks = [fields[11], fields[12]].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
    let woken = |status: &str| {
        let counts = status.lines().filter_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        counts.map(|count| count.trim().parse::<u64>().unwrap()).sum::<u64>()
    };
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let statuses = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("status")).ok());
    (ticks, statuses.map(|status| woken(&status)).sum())
}

#[cfg(target_os = "linux")]
fn work_within(pid: u32, time: Duration) -> (u64, u64) {
    let before = work(pid);
    std::thread::sleep(time);
    let after = work(pid);
    (after.0 - before.0, after.1.saturating_sub(before.1))
}

#[cfg(target_os = "linux")]
#[test]
fn does_nothing_while_nothing_happens() {
    let mut session = Session::start(&[], 100, 30);
    session.wait_for("wasted (");
    session.send("\tjj");
    session.wait_for("3/");
    // Threads that opened the image may still be ending.
    std::thread::sleep(Duration::from_millis(500));
    let (ticks, woken) = work_within(session.program(), Duration::from_secs(3));
    assert!(ticks <= 3, "{ticks} hundredths of a second in 3 s");
    assert!(woken <= 10, "woken {woken} times in 3 s");
    session.send("q");
    session.assert_restored("ended 0");
}

#[cfg(target_os = "linux")]
#[test]
fn what_works_and_what_polls_is_seen() {
    let session = Session::script("sh -c 'while :; do :; done'; true", 100, 30);
    let (ticks, _) = work_within(session.program(), Duration::from_secs(1));
    assert!(ticks > 3, "{ticks} hundredths of a second in 1 s");
    let session = Session::script("sh -c 'while :; do sleep 0.02; done'; true", 100, 30);
    let (_, woken) = work_within(session.program(), Duration::from_secs(3));
    assert!(woken > 10, "woken {woken} times in 3 s");
}

#[test]
fn pasted_text_is_no_command() {
    let mut session = Session::start(&[], 100, 30);
    session.wait_for("wasted (");
    session.send("\x1b[200~qqq\nq\x1b[201~");
    session.send("\t");
    session.wait_for("Space fold");
    session.send("\x03");
    session.assert_restored("ended 0");
}

#[test]
fn gives_the_terminal_back_when_it_is_told_to_end() {
    for signal in ["-TERM", "-INT", "-HUP"] {
        let session = Session::start(&[], 100, 30);
        session.wait_for("wasted (");
        session.signal(signal);
        session.assert_restored("ended 0");
    }
}

#[test]
fn suspends_and_comes_back() {
    // Job control, as in an interactive shell: without it there is nobody to stop for.
    let hadal = env!("CARGO_BIN_EXE_hadal");
    let script =
        format!("set -m; '{hadal}'; echo stopped; read line; fg; echo \"ended $?\"; stty -a; read line");
    // By its key, and by the signal that the key sends elsewhere.
    for by_signal in [false, true] {
        let mut session = Session::script(&script, 100, 30);
        session.wait_for("wasted (");
        if by_signal {
            session.signal("-TSTP");
        } else {
            session.send("\x1a");
        }
        session.wait_for("stopped");
        assert!(!session.screen.lock().unwrap().screen().alternate_screen());
        assert_eq!(session.mouse(), MouseProtocolMode::None);
        session.send("\n");
        session.wait_for("wasted (");
        assert_ne!(session.mouse(), MouseProtocolMode::None, "the mouse is taken again");
        session.send("q");
        session.assert_restored("ended 0");
    }
}

#[test]
fn does_not_stop_where_nobody_would_continue_it() {
    let mut session = Session::start(&[], 100, 30);
    session.wait_for("wasted (");
    session.send("\x1a");
    session.send("?");
    session.wait_for("Keys · theme");
    session.signal("-TSTP");
    session.send("?");
    session
        .wait_until("the help is closed", |text| text.contains("wasted (") && !text.contains("Keys · theme"));
    session.send("q");
    session.assert_restored("ended 0");
}

#[test]
fn a_file_that_is_no_image_is_said_twice() {
    let mut session = Session::start(&["Cargo.toml"], 100, 40);
    session.wait_for("could not be opened");
    session.wait_for("no tar archive");
    session.send("q");
    session.assert_restored("ended 2");
    assert!(session.text().contains("hadal: Cargo.toml holds no image"), "{}", session.text());
}

#[test]
fn a_pipe_that_never_ends_can_be_left() {
    let mut session = Session::start(&["-", "<", "/dev/zero"], 100, 30);
    session.wait_for("reading");
    session.send("\x1b");
    session.wait_for("stopped");
    session.send("q");
    session.assert_restored("ended 0");
}

#[test]
fn a_panic_gives_the_terminal_back_and_then_speaks() {
    let this = std::env::current_exe().unwrap();
    let child = format!("'{}' --ignored --exact --nocapture screen_that_panics", this.display());
    let session = Session::script(&format!("{child}; echo \"ended $?\"; stty -a; read line"), 120, 60);
    session.assert_restored("ended 101");
    assert!(session.text().contains("deliberate"), "{}", session.text());
}

/// Run by the test above, in a terminal of its own.
#[test]
#[ignore = "a child of another test"]
fn screen_that_panics() {
    hadal::tui::term::install_panic_hook();
    let _screen = hadal::tui::term::enter(true).unwrap();
    panic!("deliberate");
}
