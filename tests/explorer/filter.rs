//! The filter: what it finds, what it says, and what becomes of it.

use std::time::Instant;

use hadal::tui::msg::{Answer, Effect, Msg};
use hadal::tui::screens::explorer::Pane;

use super::{SHOP, Screen, drawn, footer, hits, notice, rows, selected, shop};

/// All files as of layer 2, with a filter being typed.
fn typing(before: &str, text: &str) -> super::Screen {
    let mut screen = shop("j j m /");
    screen.keys(before);
    screen.types(text);
    screen
}

#[test]
fn each_syntax_finds_and_counts() {
    for (before, text, syntax, found) in [
        ("", "passwd", "fuzzy", &["/etc/passwd"][..]),
        ("", "pyc", "fuzzy", &["/app/cache/a.pyc", "/app/cache/b.pyc"]),
        ("", "etc/pass", "fuzzy", &["/etc/passwd"]),
        ("", "ETC", "fuzzy", &[]),
        ("", "*.py", "glob", &["/app/app.py"]),
        ("", "/etc/*", "glob", &["/etc/passwd", "/etc/shadow"]),
        ("", "[pq]ython", "glob", &["/usr/bin/python"]),
        ("tab", "*.bin", "glob", &["/app/model.bin"]),
        ("tab tab", r"^/etc/.*w$", "regex", &["/etc/shadow"]),
        ("tab tab", r"\.py$|sudo", "regex", &["/app/app.py", "/usr/bin/sudo"]),
        ("tab tab tab", "shadow", "fuzzy", &["/etc/shadow"]),
    ] {
        let screen = typing(before, text);
        assert_eq!(hits(&screen), found, "{text}");
        let line = footer(&screen);
        let count = found.len();
        let count = format!("{count} match{}", if count == 1 { " " } else { "es" });
        assert!(line.starts_with(&format!(" {syntax} / {text}")) && line.contains(&count), "{text}: {line}");
    }
}

#[test]
fn tab_goes_through_the_syntaxes_without_losing_the_text() {
    let mut screen = typing("", "h.*w");
    for syntax in ["glob", "regex", "fuzzy", "glob"] {
        assert!(footer(&screen).starts_with(&format!(" {syntax} / h.*w ")), "{}", footer(&screen));
        screen.keys("tab");
    }
    assert_eq!(hits(&screen), ["/etc/shadow"], "as an expression");
}

#[test]
fn an_unfinished_expression_is_told_in_a_line_and_changes_no_rows() {
    let mut screen = typing("tab tab", "passwd");
    let before = rows(&screen);
    screen.types("(");
    let line = footer(&screen);
    assert!(line.contains("! unclosed group"), "{line}");
    assert_eq!(rows(&screen), before);
    screen.types("|x)");
    assert!(footer(&screen).contains("1 match "), "{}", footer(&screen));
}

#[test]
fn enter_keeps_it_and_the_title_says_so() {
    let mut screen = typing("", "pyc");
    screen.resize(240, 35);
    screen.keys("enter");
    assert!(screen.model.explorer.prompt.is_none());
    assert_eq!(screen.model.explorer.pane, Pane::Files);
    let text = screen.text();
    assert!(text.contains("/pyc 2 · as of layer 2"), "{text}");
    assert_eq!(hits(&screen), ["/app/cache/a.pyc", "/app/cache/b.pyc"]);
    // In the layer that removed them they are found as removed, in the one before at all.
    screen.keys("] m m");
    assert_eq!(hits(&screen), ["/app/cache/a.pyc", "/app/cache/b.pyc"], "the filter outlives the view");
    screen.keys("esc");
    assert!(!screen.text().contains("/pyc"));
    assert!(rows(&screen).contains(&"/app/model.bin".to_owned()));
}

#[test]
fn esc_drops_it() {
    let mut screen = typing("", "pyc");
    let all = rows(&shop("j j m"));
    assert_ne!(rows(&screen), all);
    assert!(screen.keys("esc").is_empty());
    assert!(screen.model.explorer.prompt.is_none());
    assert_eq!(rows(&screen), all);
}

#[test]
fn an_earlier_text_is_edited() {
    let mut screen = typing("", "pyc");
    screen.keys("enter /");
    assert!(footer(&screen).starts_with(" fuzzy / pyc "), "{}", footer(&screen));
    screen.keys("backspace");
    assert_eq!(screen.model.explorer.files.filter.text, "py");
    assert_eq!(hits(&screen).len(), 4);
}

#[test]
fn next_goes_round() {
    let mut screen = typing("", "py");
    screen.keys("enter home");
    let all = hits(&screen);
    assert_eq!(all, ["/app/app.py", "/app/cache/a.pyc", "/app/cache/b.pyc", "/usr/bin/python"]);
    let mut forward = Vec::new();
    for _ in 0..5 {
        screen.keys("n");
        forward.push(selected(&screen));
    }
    assert_eq!(forward[..4], all);
    assert_eq!(forward[4], all[0], "round the end");
    let mut back = Vec::new();
    for _ in 0..5 {
        screen.keys("N");
        back.push(selected(&screen));
    }
    assert_eq!(back, [3, 2, 1, 0, 3].map(|at| all[at].clone()));
}

#[test]
fn without_a_filter_next_says_why_nothing_happens() {
    let mut screen = shop("tab n");
    assert_eq!(notice(&screen), "there is no filter; / sets one");
    screen.keys("/");
    screen.types("zzz");
    screen.keys("enter N");
    assert_eq!(notice(&screen), "nothing matches");
}

#[test]
fn letters_are_text_and_arrows_move() {
    let mut screen = typing("", "");
    assert!(screen.types("q?wtIDo!").is_empty(), "no command is among them");
    assert_eq!(screen.model.explorer.files.filter.text, "q?wtIDo!");
    assert_eq!(screen.model.overlay, None);
    let mut screen = typing("", "e");
    screen.keys("pageup");
    let at = |screen: &super::Screen| screen.model.explorer.files.cursor.at;
    assert_eq!(at(&screen), 0);
    screen.keys("down down up");
    assert_eq!(at(&screen), 1);
    screen.keys("pagedown");
    assert_eq!(at(&screen), rows(&screen).len() - 1);
    assert_eq!(screen.model.explorer.files.filter.text, "e");
    assert!(screen.model.explorer.prompt.is_some());
    assert_eq!(screen.keys("q"), []);
    assert_eq!(screen.keys("ctrl-c"), [Effect::Quit]);
}

#[test]
fn the_line_is_edited_as_usual() {
    let mut screen = typing("", "passxwd");
    screen.keys("left left backspace");
    assert_eq!(screen.model.explorer.files.filter.text, "passwd");
    screen.keys("home");
    screen.types("/etc/");
    assert_eq!(hits(&screen), ["/etc/passwd"]);
    screen.keys("end ctrl-u");
    assert_eq!(screen.model.explorer.files.filter.text, "");
}

#[test]
fn pasted_text_goes_into_the_line() {
    let mut screen = typing("", "pa");
    assert!(screen.send(Msg::Paste("ss\twd\u{1b}\nq\nrm -rf".to_owned())).is_empty());
    assert_eq!(screen.model.explorer.files.filter.text, "passwd");
    assert_eq!(hits(&screen), ["/etc/passwd"]);
    assert!(screen.model.explorer.prompt.is_some(), "a line break is no Enter");
    screen.keys("esc p");
    screen.send(Msg::Paste("etc/passwd\n".to_owned()));
    screen.keys("enter");
    assert_eq!(selected(&screen), "/etc/passwd");
}

#[test]
fn pasted_text_means_nothing_elsewhere() {
    for keys in ["", "tab", "w", "?", "I", "z"] {
        let mut screen = shop(keys);
        let before = screen.text();
        screen.model.dirty = false;
        assert!(screen.send(Msg::Paste("qjj?/\nq".to_owned())).is_empty());
        assert!(!screen.model.dirty, "after {keys:?}");
        assert_eq!(screen.text(), before, "after {keys:?}");
    }
}

#[test]
fn the_best_find_is_selected() {
    let sketch = "layer COPY\n+ /a/p-a-s-s-w-d 1\n+ /b/passwd 1\n+ /c/passwd.bak 1";
    let mut screen = drawn(sketch, (120, 35), "/");
    screen.send(Msg::Paste("passwd".to_owned()));
    assert_eq!(selected(&screen), "/b/passwd");
    screen.types(".b");
    assert_eq!(selected(&screen), "/c/passwd.bak");
    screen.keys("backspace backspace");
    assert_eq!(selected(&screen), "/b/passwd", "the best of what is typed now");
    screen.keys("down down backspace");
    assert_eq!(selected(&screen), "/c/passwd.bak", "moved by hand, and still a find");
}

#[test]
fn while_reading_it_waits_for_files() {
    let image = super::sketch::image("shop", SHOP);
    let mut screen = super::Screen::start(120, 35);
    screen.keys("/");
    screen.types("py");
    let head = Box::new(image.head.clone());
    screen.answer(hadal::tui::msg::Answer::Head(head, image.layers.clone()));
    screen.answer(hadal::tui::msg::Answer::Done(std::sync::Arc::new(image)));
    assert_eq!(hits(&screen), ["/usr/bin/python"]);
    assert!(screen.model.explorer.prompt.is_some());
}

#[test]
fn next_unfolds_what_hides_a_find() {
    let mut screen = typing("", "pyc");
    screen.keys("enter C");
    assert_eq!(rows(&screen), ["/app"]);
    screen.keys("n");
    assert_eq!(selected(&screen), "/app/cache/a.pyc");
    screen.keys("C N");
    assert_eq!(selected(&screen), "/app/cache/b.pyc");
}

#[test]
fn what_finds_nothing_says_so() {
    let mut screen = typing("", "nothing like this");
    assert!(rows(&screen).is_empty());
    assert!(screen.text().contains("nothing matches; Esc drops the filter"));
    assert!(footer(&screen).contains("0 matches"));
    screen.keys("esc");
    assert!(!rows(&screen).is_empty());
}

#[test]
fn enter_on_a_mistake_stays_in_the_line() {
    let mut screen = shop("m m / tab tab");
    screen.types("(");
    screen.keys("enter");
    assert!(screen.model.explorer.prompt.is_some(), "{}", screen.text());
}

#[test]
fn a_dropped_filter_takes_its_syntax_with_it() {
    let mut screen = shop("m m / tab tab");
    screen.types("passwd");
    screen.keys("esc /");
    screen.types("*.py");
    assert!(footer(&screen).starts_with(" glob / *.py"), "{}", footer(&screen));
}

#[test]
fn the_best_find_is_selected_however_it_is_typed() {
    let mut screen = drawn("layer COPY\n+ /a/p-a-s-s-w-d 1\n+ /b/passwd 1", (120, 35), "/");
    screen.types("passwd");
    assert_eq!(selected(&screen), "/b/passwd");
}

#[test]
fn the_end_of_what_is_typed_is_in_sight() {
    for (text, end) in [("a".repeat(200) + "xyz", "xyz"), ("漢".repeat(60) + "字", "字")] {
        let mut screen = drawn(SHOP, (60, 14), "/");
        screen.types(&text);
        assert!(footer(&screen).contains(end), "{}", footer(&screen));
        let mut terminal = screen.terminal();
        let at = terminal.get_cursor_position().unwrap();
        assert!(at.y == 13 && at.x < 60, "{at:?}");
    }
}

#[test]
fn pasted_text_may_begin_with_a_line_break_and_may_be_long() {
    let mut screen = shop("m m /");
    screen.send(Msg::Paste("\npasswd\n".to_owned()));
    assert_eq!(screen.model.explorer.files.filter.text, "passwd");
}

#[test]
fn a_large_paste_is_taken_at_once() {
    let mut screen = shop("m m /");
    let start = Instant::now();
    screen.send(Msg::Paste("a".repeat(200_000)));
    screen.terminal();
    assert!(start.elapsed().as_secs() < 2, "{:?}", start.elapsed());
}

#[test]
fn a_failure_ends_typing() {
    let mut screen = Screen::start(120, 35);
    screen.keys("/");
    screen.types("a");
    screen.answer(Answer::Failed("no".to_owned()));
    assert!(screen.model.explorer.prompt.is_none(), "{}", footer(&screen));
}
