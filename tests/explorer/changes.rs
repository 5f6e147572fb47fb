//! Which changes are listed, in which order, and going from one to the next.

use hadal::tui::screens::explorer::files::scope::Order;

use super::{SHOP, drawn, notice, rows, selected, shop};

#[test]
fn kinds_of_change_are_hidden_and_the_title_says_so() {
    let all = ["/app", "/app/app.py", "/app/cache", "/app/cache/a.pyc", "/app/cache/b.pyc", "/app/model.bin"];
    let lists = ["/var", "/var/lib", "/var/lib/lists", "/var/lib/lists/index", "/var/lib/lists/packages"];
    let all = [&all[..], &lists[..]].concat();
    for (keys, title, left) in [
        ("", "", all.clone()),
        ("A", "without added", all.clone()),
        ("M", "without modified", [&all[..1], &all[2..5], &lists[..]].concat()),
        ("R", "without removed", vec!["/app", "/app/app.py", "/app/model.bin"]),
        ("A R", "without added, removed", vec!["/app", "/app/app.py", "/app/model.bin"]),
        ("A M R", "without added, modified, removed", vec![]),
        ("A M R A M R", "", all.clone()),
    ] {
        let screen = drawn(SHOP, (240, 35), &format!("j j j tab {keys}"));
        assert_eq!(rows(&screen), left, "{keys:?}");
        let lines = screen.lines();
        let line = &lines[1];
        match title {
            "" => assert!(!line.contains("without"), "{line}"),
            title => assert!(line.contains(&format!("{title} · changed by layer 3 ")), "{line}"),
        }
    }
    let screen = shop("tab A");
    assert!(rows(&screen).is_empty());
    assert!(screen.text().contains("Files · without added · changed by layer 0"));
}

#[test]
fn hidden_kinds_stay_hidden_among_all_files() {
    let screen = shop("j j j m tab E M");
    let rows = rows(&screen);
    assert!(!rows.contains(&"/usr/bin/python".to_owned()), "modified since the base");
    assert!(rows.contains(&"/usr/bin/sudo".to_owned()));
    assert!(rows.contains(&"/app/app.py".to_owned()), "added since the base");
}

#[test]
fn sorting_by_bytes_orders_siblings() {
    let mut screen = shop("m m tab E s");
    assert_eq!(screen.model.explorer.order, Order::Bytes);
    assert!(screen.text().contains("by size · final image"));
    let explorer = &screen.model.explorer;
    let (tree, wanted) = (super::tree(explorer), explorer.wanted().unwrap());
    let mut compared = 0;
    for (at, row) in explorer.files.rows.iter().enumerate() {
        let siblings = explorer.files.rows[at + 1..].iter().take_while(|other| other.depth >= row.depth);
        if let Some(next) = siblings.clone().find(|other| other.depth == row.depth) {
            assert!(wanted.bytes(tree, row.node) >= wanted.bytes(tree, next.node));
            compared += 1;
        }
        let inside = siblings.take_while(|other| other.depth > row.depth);
        inside.for_each(|below| {
            assert!(super::path(explorer, below.node).starts_with(&super::path(explorer, row.node)));
        });
    }
    assert!(compared > 3);
    assert_eq!(rows(&screen)[..3], ["/app", "/app/model.bin", "/app/app.py"]);
    screen.keys("s");
    assert_eq!(rows(&screen)[..3], ["/app", "/app/app.py", "/app/model.bin"]);
    assert!(!screen.text().contains("by size"));
}

#[test]
fn the_selected_path_stays_selected_in_another_order() {
    let mut screen = shop("m m tab E");
    while selected(&screen) != "/etc/shadow" {
        screen.keys("j");
    }
    for key in ["s", "a", "s", "a", "A", "A"] {
        screen.keys(key);
        assert_eq!(selected(&screen), "/etc/shadow", "{key}");
    }
}

#[test]
fn attributes_can_be_hidden() {
    let mut screen = shop("j j j tab");
    assert!(screen.text().contains("mode") && screen.text().contains("-rw-r--r-- 1000:1000"));
    screen.keys("a");
    let text = screen.text();
    assert!(
        !text.contains("-rw-r--r--") && !text.contains("1000:1000") && !text.contains("mode       "),
        "{text}"
    );
    assert!(text.contains("model.bin"));
    screen.keys("a");
    assert!(screen.text().contains("-rw-r--r-- 1000:1000"));
}

const NESTED: &str = "
    layer FROM base
    + /a/b/c/one 1
    + /a/b/c/two 1
    + /k/k 1
    + /x/y/three 1
    + /z 1
    layer RUN change
    + /a/b/c/two 2
    + /x/y/three 2
    + /z 2
";

#[test]
fn next_change_unfolds_and_goes_round() {
    for keys in ["j tab", "j tab c", "j m tab", "m m tab"] {
        let mut screen = drawn(NESTED, (120, 35), keys);
        let mut seen = Vec::new();
        for _ in 0..4 {
            screen.keys(".");
            seen.push(selected(&screen));
        }
        assert_eq!(seen, ["/a/b/c/two", "/x/y/three", "/z", "/a/b/c/two"], "{keys}");
        seen.clear();
        for _ in 0..4 {
            screen.keys(",");
            seen.push(selected(&screen));
        }
        assert_eq!(seen, ["/z", "/x/y/three", "/a/b/c/two", "/z"], "{keys}");
    }
}

#[test]
fn where_nothing_changed_next_says_so() {
    let sketch = "layer FROM base\n+ /a 1\nlayer RUN true\n";
    let screen = drawn(sketch, (120, 35), "j tab .");
    assert!(rows(&screen).is_empty());
    assert_eq!(notice(&screen), "nothing changed here");
    assert!(screen.text().contains("nothing changed here; c shows all files"));
}

#[test]
fn next_change_reaches_into_folded_directories() {
    for keys in ["j tab C", "j tab c C", "j m tab C", "m m tab C"] {
        let mut screen = drawn(NESTED, (120, 35), keys);
        let mut seen = Vec::new();
        for _ in 0..4 {
            screen.keys(".");
            seen.push(selected(&screen));
        }
        assert_eq!(seen, ["/a/b/c/two", "/x/y/three", "/z", "/a/b/c/two"], "{keys}");
    }
}

#[test]
fn previous_change_reaches_into_folded_directories() {
    for keys in ["j tab C", "j tab c C", "j m tab C", "m m tab C"] {
        let mut screen = drawn(NESTED, (120, 35), keys);
        let mut seen = Vec::new();
        for _ in 0..4 {
            screen.keys(",");
            seen.push(selected(&screen));
        }
        assert_eq!(seen, ["/z", "/x/y/three", "/a/b/c/two", "/z"], "{keys}");
    }
}

#[test]
fn next_change_reaches_the_end_of_a_long_directory() {
    let mut sketch = "layer FROM base\n".to_owned();
    (0..200).for_each(|at| sketch.push_str(&format!("+ /d/{at:03} 1\n")));
    sketch.push_str("layer RUN change\n+ /d/150 2\n");
    for key in [".", ","] {
        let mut screen = drawn(&sketch, (120, 35), "j tab c C");
        screen.keys(key);
        assert_eq!(selected(&screen), "/d/150", "{key}");
    }
}

#[test]
fn where_nothing_changed_next_says_so_among_unchanged_files_too() {
    let mut screen = drawn("layer FROM base\n+ /a 1\nlayer RUN true\n", (120, 35), "j tab c .");
    assert_eq!(rows(&screen), ["/a"]);
    assert_eq!(notice(&screen), "nothing changed here");
    screen.keys("j");
}

#[test]
fn what_is_left_out_is_told_on_usual_screens() {
    for (width, height) in [(120, 35), (100, 30), (80, 24)] {
        let mut screen = drawn(SHOP, (width, height), "j j m tab A M R");
        assert!(screen.text().contains("without added, modified, removed"), "{width}: {}", screen.text());
        screen.keys("A M R /");
        screen.types("pyc");
        screen.keys("enter");
        assert!(screen.text().contains("/pyc 2"), "{width}: {}", screen.text());
    }
}

#[test]
fn names_are_shifted_no_further_than_they_go() {
    let mut screen = shop("m m tab E");
    (0..100).for_each(|_| drop(screen.keys(">")));
    assert!(screen.text().contains("model.bin") || screen.model.explorer.files.shift < 80);
}
