//! Going to a path, and from version to version of one.

use hadal::tui::screens::explorer::{Mode, Pane};

use super::{footer, layer, notice, rows, selected, shop};

/// Goes to a path that is typed from the root on.
fn going(keys: &str, path: &str) -> super::Screen {
    let mut screen = shop(keys);
    screen.keys("p ctrl-u");
    screen.types(path);
    screen
}

#[test]
fn a_path_that_is_here_is_selected() {
    for (keys, path) in [
        ("m m C", "/etc/shadow"),
        ("m m", "etc//shadow/"),
        ("j j j C", "/app/cache/a.pyc"),
        ("j j j tab R", "/app/cache/a.pyc"),
        ("j j j", "/usr/bin/sudo"),
        ("j j m tab A", "/app/app.py"),
    ] {
        let (before, mut screen) = (shop(keys), going(keys, path));
        screen.keys("enter");
        assert_eq!(format!("/{}", path.trim_matches('/')).replace("//", "/"), selected(&screen), "{keys}");
        assert_eq!(screen.model.explorer.pane, Pane::Files);
        assert!(screen.model.explorer.prompt.is_none());
        assert_eq!(layer(&screen), layer(&before));
        assert_eq!(screen.model.explorer.mode, before.model.explorer.mode);
        let said = notice(&screen);
        assert!(said.is_empty() || said.contains("all files are shown now"), "{said}");
    }
}

#[test]
fn a_path_of_another_layer_leads_there_and_says_so() {
    for (keys, path, wanted) in [
        ("", "/app/model.bin", 3),
        ("m", "/var/lib/lists/index", 3),
        ("j space j", "/app/app.py", 2),
        ("m m", "/app/cache/b.pyc", 3),
    ] {
        let mut screen = going(keys, path);
        screen.keys("enter");
        assert_eq!(selected(&screen), path, "{keys}");
        if keys == "j space j" {
            assert_eq!(notice(&screen), "", "layer 2 is part of the range");
            continue;
        }
        if keys == "m m" {
            // What was removed since the base is part of the final view.
            assert_eq!(screen.model.explorer.pane, Pane::Files);
            continue;
        }
        assert_eq!(layer(&screen), wanted, "{path}");
        assert_eq!(screen.model.explorer.mode, Mode::Layer);
        assert!(
            notice(&screen).ends_with(&format!("by layer {wanted}, the last to touch it")),
            "{}",
            notice(&screen)
        );
        assert!(footer(&screen).contains(&format!("by layer {wanted}")));
    }
}

#[test]
fn a_path_that_never_was_is_a_mistake_that_can_be_mended() {
    let mut screen = going("j j j", "/app/nothing");
    screen.keys("enter");
    assert!(footer(&screen).contains("! no layer has this path"), "{}", footer(&screen));
    assert_eq!(layer(&screen), 3);
    (0.."nothing".len()).for_each(|_| drop(screen.keys("backspace")));
    assert!(!footer(&screen).contains('!'), "{}", footer(&screen));
    screen.types("app.py");
    screen.keys("enter");
    assert_eq!(selected(&screen), "/app/app.py");
    assert!(screen.model.explorer.prompt.is_none());
}

#[test]
fn esc_goes_nowhere() {
    let mut screen = going("j j j tab", "/app/model.bin");
    let before = rows(&screen);
    screen.keys("esc");
    assert!(screen.model.explorer.prompt.is_none());
    assert_eq!((selected(&screen), rows(&screen)), (before[0].clone(), before));
}

#[test]
fn the_root_is_the_first_row() {
    let mut screen = going("m m tab G", "/");
    screen.keys("enter");
    assert_eq!(screen.model.explorer.files.cursor.at, 0);
    assert!(screen.model.explorer.prompt.is_none());
}

#[test]
fn it_starts_in_the_directory_of_what_is_selected() {
    let mut screen = shop("j j j tab . p");
    assert!(footer(&screen).starts_with(" go to /app/ "), "{}", footer(&screen));
    screen.types("mod");
    screen.keys("tab enter");
    assert_eq!(selected(&screen), "/app/model.bin");
}

#[test]
fn tab_completes_as_far_as_it_is_unambiguous() {
    for (typed, completed) in [
        ("/e", "/etc/"),
        ("e", "/etc/"),
        ("/etc/p", "/etc/passwd"),
        ("/etc/", "/etc/"),
        ("/var/l", "/var/lib/"),
        ("/app/", "/app/"),
        ("/app/m", "/app/model.bin"),
        ("/usr/bin/s", "/usr/bin/sudo"),
        ("/var/lib/lists/", "/var/lib/lists/"),
        ("/nothing/x", "/nothing/x"),
    ] {
        let mut screen = going("", typed);
        screen.keys("tab");
        assert_eq!(screen.model.explorer.prompt.as_ref().unwrap().text(), completed, "{typed}");
    }
    let mut screen = going("", "/etc/zzz");
    screen.keys("tab");
    assert!(footer(&screen).contains("! nothing here begins like this"), "{}", footer(&screen));
    let sketch = "layer A\n+ /opt/größe 1\n+ /opt/größer 1\n+ /opt/gräser 1";
    let mut screen = super::drawn(sketch, (120, 35), "p ctrl-u");
    screen.types("/opt/g");
    screen.keys("tab");
    assert_eq!(screen.model.explorer.prompt.as_ref().unwrap().text(), "/opt/gr", "no half of a letter");
    screen.types("ö");
    screen.keys("tab enter");
    assert_eq!(selected(&screen), "/opt/größe");
}

#[test]
fn next_version_goes_through_all_of_them_and_round() {
    let mut screen = going("j j m", "/app/app.py");
    screen.keys("enter b");
    assert_eq!((layer(&screen), selected(&screen)), (3, "/app/app.py".to_owned()));
    assert_eq!(notice(&screen), "version 2 of 2: modified by layer 3");
    screen.keys("b");
    assert_eq!(layer(&screen), 2);
    assert_eq!(notice(&screen), "version 1 of 2: added by layer 2");
    screen.keys("b");
    assert_eq!(layer(&screen), 3);
}

#[test]
fn a_removal_is_a_version_too() {
    let sketch = "layer A\n+ /d/f 1\nlayer B\n+ /e 1\nlayer C\n- /d/f\nlayer D\n+ /d/f 2\nlayer E\n- /d\nlayer F\n+ /g 1";
    let mut screen = super::drawn(sketch, (120, 35), "tab . .");
    while selected(&screen) != "/d/f" {
        screen.keys("j");
    }
    let mut seen = Vec::new();
    for _ in 0..5 {
        screen.keys("b");
        assert_eq!(selected(&screen), "/d/f");
        seen.push((layer(&screen), notice(&screen).to_owned()));
    }
    let version =
        |at: usize, change: &str, layer| (layer, format!("version {at} of 4: {change} by layer {layer}"));
    let all =
        [version(1, "added", 0), version(2, "removed", 2), version(3, "added", 3), version(4, "removed", 4)];
    assert_eq!(seen, [&all[1..], &all[..2]].concat());
}

#[test]
fn next_version_shows_what_was_hidden() {
    let mut screen = going("j j", "/app/app.py");
    screen.keys("enter M b");
    assert_eq!((layer(&screen), selected(&screen)), (3, "/app/app.py".to_owned()));
    assert!(screen.model.explorer.shown.modified);
}
