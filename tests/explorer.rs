//! What the explorer does at each key and click, said of its state and of what it shows.

#![allow(clippy::unwrap_used)]

#[path = "common/screen.rs"]
mod screen;
#[path = "common/sketch.rs"]
mod sketch;

use std::sync::Arc;

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use hadal::analysis::{View, heaps};
use hadal::image::config::HistoryEntry;
use hadal::image::{Base, Basis, Choice, Image, Step};
use hadal::tui::msg::{Answer, Effect, JobId, Msg};
use hadal::tui::overlays::Kind;
use hadal::tui::screens::explorer::{Load, Pane};
use screen::Screen;

const SHOP: &str = "
    layer FROM debian:12
    + /etc/passwd 900
    + /etc/os-release 300
    + /usr/bin/sudo 23000 4755
    l /bin usr/bin
    layer RUN apt-get install python3
    + /usr/bin/python3 5900000 755
    + /var/lib/apt/lists/packages 38000000
    + /var/lib/apt/lists/sources 20000000
    layer COPY . /app
    + /app/app.py 2200 644 0:0 first
    + /app/model.bin 61200000 644 0:0
    + /app/cache/a 1000
    + /app/cache/b 2000
    layer RUN chown -R app /app && rm -rf /app/cache /var/lib/apt/lists
    + /app/app.py 2300 644 1000:1000 second
    + /app/model.bin 61200000 644 1000:1000
    - /app/cache
    - /var/lib/apt/lists
";

fn image() -> Image {
    sketch::image("shop/api:1.4", SHOP)
}

fn shop(keys: &str) -> Screen {
    let mut screen = Screen::with(image(), 120, 35);
    screen.keys(keys);
    screen
}

/// With two steps that made no layer, and a base image of two layers.
fn built(keys: &str) -> Screen {
    let mut image = image();
    let step = |text: &str| {
        let entry =
            HistoryEntry { created_by: Some(text.to_owned()), empty_layer: true, ..HistoryEntry::default() };
        Step { entry, layer: None }
    };
    image.head.history.insert(2, step("CMD [\"bash\"]"));
    image.head.history.push(step("ENTRYPOINT [\"/app/app.py\"]"));
    for (layer, step) in image.layers.iter_mut().zip([0, 1, 3, 4]) {
        layer.step = Some(step);
    }
    let name = Some("debian:12".to_owned());
    image.head.base = Some(Base { layers: 2, steps: 3, basis: Basis::Command, name });
    let mut screen = Screen::with(image, 120, 35);
    screen.keys(keys);
    screen
}

fn selected(screen: &Screen) -> String {
    let explorer = &screen.model.explorer;
    let tree = &explorer.image.as_ref().unwrap().tree;
    explorer.files.selected().map_or(String::new(), |node| String::from_utf8(tree.path(node)).unwrap())
}

fn listed(screen: &Screen) -> Vec<String> {
    let explorer = &screen.model.explorer;
    let tree = &explorer.image.as_ref().unwrap().tree;
    let path = |node| String::from_utf8(tree.path(node)).unwrap();
    explorer.files.rows.iter().map(|row| path(row.node)).collect()
}

fn notice(screen: &Screen) -> String {
    screen.model.explorer.notice.clone().unwrap_or_default()
}

fn footer(screen: &Screen) -> String {
    screen.text().lines().last().unwrap().to_owned()
}

fn mouse(screen: &mut Screen, kind: MouseEventKind, column: u16, row: u16) -> Vec<Effect> {
    screen.send(Msg::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
}

fn click(screen: &mut Screen, column: u16, row: u16) -> Vec<Effect> {
    mouse(screen, MouseEventKind::Down(MouseButton::Left), column, row);
    mouse(screen, MouseEventKind::Up(MouseButton::Left), column, row)
}

#[test]
fn a_filter_is_live_and_says_what_it_finds() {
    let mut screen = shop("m m / p y t h");
    assert_eq!(listed(&screen), ["/usr", "/usr/bin", "/usr/bin/python3"]);
    assert_eq!(selected(&screen), "/usr/bin/python3", "the best match");
    assert!(
        footer(&screen).contains("fuzzy / pyth") && footer(&screen).contains("1 match"),
        "{}",
        footer(&screen)
    );
    screen.keys("enter");
    assert!(screen.text().contains("/pyth 1"), "{}", screen.text());
    screen.keys("esc");
    assert!(listed(&screen).len() > 3, "Esc drops it");
    assert_eq!(selected(&screen), "/usr/bin/python3", "and stays where it was");
}

#[test]
fn a_filter_is_understood_as_words_a_glob_or_an_expression() {
    let mut screen = shop("m m / * . p y");
    assert!(footer(&screen).contains("glob / *.py"), "guessed: {}", footer(&screen));
    assert_eq!(screen.model.explorer.files.outline.as_ref().unwrap().count, 1);
    screen.keys("tab");
    assert!(footer(&screen).contains("regex / *.py") && footer(&screen).contains('!'), "{}", footer(&screen));
    let before = listed(&screen);
    screen.keys("x ( enter");
    assert_eq!(listed(&screen), before, "a mistake changes nothing");
    assert!(screen.model.explorer.prompt.is_some(), "and is not kept");
    let mut screen = shop("m m / tab tab ^ / a p p / [ a - m ]");
    assert_eq!(screen.model.explorer.files.outline.as_ref().unwrap().count, 2, "{:?}", listed(&screen));
    screen.keys("tab");
    assert!(footer(&screen).contains("fuzzy"), "round again");
}

#[test]
fn typing_is_typing() {
    let mut screen = shop("m m / q ? t T w");
    assert_eq!(screen.model.explorer.prompt.as_ref().unwrap().text(), "q?tTw");
    assert!(screen.text().contains("nothing matches"), "{}", screen.text());
    screen.send(Msg::Paste("pass\nwd\x1b[2J".to_owned()));
    assert_eq!(screen.model.explorer.prompt.as_ref().unwrap().text(), "q?tTwpass");
    assert_eq!(screen.keys("ctrl-c"), [Effect::Quit]);
    let mut screen = shop("m m / p");
    let before = screen.model.explorer.files.cursor.at;
    screen.keys("down down");
    assert_ne!(screen.model.explorer.files.cursor.at, before, "arrows move in the list");
    screen.keys("esc");
    assert!(screen.model.explorer.prompt.is_none() && screen.model.explorer.files.filter.text.is_empty());
    let mut screen = shop("m m tab G");
    let before = screen.text();
    screen.keys("/ p a s s w d esc");
    assert_eq!(screen.text(), before, "what is dropped leaves no trace");
}

#[test]
fn from_match_to_match_round_the_end() {
    let mut screen = shop("m m / p a s s w d | enter esc C / a p enter");
    let first = selected(&screen);
    let mut seen = vec![first.clone()];
    loop {
        screen.keys("n");
        if selected(&screen) == first {
            break;
        }
        seen.push(selected(&screen));
        assert!(seen.len() < 50);
    }
    let outline = screen.model.explorer.files.outline.clone().unwrap();
    assert_eq!(seen.len(), outline.count, "{seen:?}");
    screen.keys("N");
    assert_eq!(selected(&screen), *seen.last().unwrap());
    assert!(notice(&shop("tab n")).contains("no filter"));
}

#[test]
fn from_change_to_change_unfolding_what_hides_it() {
    let mut screen = shop("m m C tab . . .");
    let look = |screen: &Screen| {
        let explorer = &screen.model.explorer;
        let tree = &explorer.image.as_ref().unwrap().tree;
        explorer.view().unwrap().look(tree, explorer.files.selected().unwrap()).unwrap().change
    };
    assert_ne!(look(&screen), hadal::image::tree::Change::Unmodified);
    let there = selected(&screen);
    screen.keys(". ,");
    assert_eq!(selected(&screen), there);
    let mut screen = shop("j j tab C .");
    assert_eq!(selected(&screen), "/app/app.py", "a folded directory is entered, not passed by");
    screen.keys(",");
    assert_eq!(selected(&screen), "/app");
}

#[test]
fn kinds_of_change_are_hidden_and_that_is_said() {
    let screen = shop("j j j tab R");
    assert!(listed(&screen).iter().all(|path| !path.contains("cache")), "{:?}", listed(&screen));
    assert!(screen.text().contains("without removed"));
    let screen = shop("j j j tab R M");
    assert!(
        screen.text().contains("without modified, removed")
            && screen.text().contains("nothing is left to list")
    );
    assert_eq!(shop("j j j tab R M R M").text(), shop("j j j tab").text());
    assert!(!listed(&shop("j tab A")).contains(&"/usr/bin/python3".to_owned()));
}

#[test]
fn siblings_are_sorted_by_bytes() {
    let screen = shop("j j tab s");
    let names = listed(&screen);
    let at = |name: &str| names.iter().position(|path| path == name).unwrap();
    assert!(at("/app/model.bin") < at("/app/cache") && at("/app/cache") < at("/app/app.py"), "{names:?}");
    assert!(at("/app/cache/b") < at("/app/cache/a"));
    assert!(screen.text().contains("by size"));
    assert_eq!(shop("j j tab s s").text(), shop("j j tab").text());
}

#[test]
fn attributes_and_long_names() {
    assert!(shop("tab").text().contains("-rwsr-xr-x"));
    assert!(!shop("tab a").text().contains("-rwsr-xr-x"));
    let name = "a".repeat(60) + &"z".repeat(60);
    let sketch = format!("layer RUN x\n+ /{name} 1");
    let mut screen = Screen::with(sketch::image("long", &sketch), 100, 20);
    assert!(screen.text().contains("aaa…zzz"), "both ends: {}", screen.text());
    screen.keys("tab");
    let before = screen.text();
    screen.keys("> > > >");
    assert_ne!(screen.text(), before);
    screen.keys("< < < <");
    assert_eq!(screen.text(), before);
    screen.keys("i");
    let text: String = screen.text().chars().filter(|letter| "az".contains(*letter)).collect();
    assert!(text.contains(&name), "the details have all of it");
}

#[test]
fn going_to_a_path() {
    let mut screen = shop("p");
    for key in "usr/bin/su".chars() {
        screen.keys(&key.to_string());
    }
    screen.keys("tab");
    assert_eq!(screen.model.explorer.prompt.as_ref().unwrap().text(), "/usr/bin/sudo");
    screen.keys("enter");
    assert_eq!(selected(&screen), "/usr/bin/sudo");
    assert_eq!(screen.model.explorer.pane, Pane::Files);
    // It is in no file system that layer 0 shows.
    screen.keys("p ctrl-u");
    for key in "/app/cache/a".chars() {
        screen.keys(&key.to_string());
    }
    screen.keys("enter");
    assert_eq!(
        (selected(&screen), screen.model.explorer.view()),
        ("/app/cache/a".to_owned(), Some(View::Layer(3)))
    );
    assert!(notice(&screen).contains("layer 3"));
    screen.keys("p x enter");
    assert!(footer(&screen).contains("no layer has this path"), "{}", footer(&screen));
    screen.keys("esc");
    assert!(screen.model.explorer.prompt.is_none());
}

#[test]
fn from_version_to_version() {
    let mut screen = shop("j j tab");
    while selected(&screen) != "/app/app.py" {
        screen.keys("j");
    }
    screen.keys("b");
    assert_eq!(screen.model.explorer.view(), Some(View::Layer(3)));
    assert_eq!(
        (selected(&screen), notice(&screen)),
        ("/app/app.py".to_owned(), "version 2 of 2: modified by layer 3".to_owned())
    );
    screen.keys("b");
    assert_eq!(screen.model.explorer.view(), Some(View::Layer(2)), "round the end");
}

#[test]
fn a_range_of_layers() {
    let mut screen = shop("j space j j");
    assert_eq!(screen.model.explorer.view(), Some(View::Range { first: 1, last: 3 }));
    let text = screen.text();
    assert!(text.contains("1 to 3 selected") && text.contains("changed by layers 1 to 3"), "{text}");
    assert!(!listed(&screen).iter().any(|path| path.contains("cache")), "what came and went is no change");
    screen.keys("esc");
    assert_eq!(screen.model.explorer.view(), Some(View::Layer(3)));
    assert_eq!(shop("j j space k space").model.explorer.view(), Some(View::Layer(1)), "the same key ends it");
}

#[test]
fn steps_without_a_layer_and_the_end_of_the_base() {
    let mut screen = built("");
    assert!(
        screen.text().contains("base image debian:12") && screen.text().contains("guessed"),
        "{}",
        screen.text()
    );
    assert_eq!(screen.model.explorer.list.rows.len(), 5);
    screen.keys("j j");
    assert_eq!(
        screen.model.explorer.view(),
        Some(View::Range { first: 0, last: 1 }),
        "the row stands for the base"
    );
    screen.keys("j m");
    assert_eq!(
        screen.model.explorer.view(),
        Some(View::Range { first: 2, last: 2 }),
        "changes count from the base up"
    );
    screen.keys("m m e");
    assert_eq!(screen.model.explorer.list.layer(), Some(2), "still on the same layer");
    assert_eq!(screen.model.explorer.list.rows.len(), 7);
    screen.keys("G");
    assert!(screen.text().contains("this step changed no files"), "{}", screen.text());
    screen.keys("i");
    assert!(screen.text().contains("ENTRYPOINT [\"/app/app.py\"]"));
    screen.keys("esc e");
    assert_eq!(screen.model.explorer.list.layer(), Some(3));
}

#[test]
fn heaps_hold_every_hidden_byte_once() {
    for sketch in
        [SHOP, "layer a\n+ /x 5\nlayer b\n+ /x 6\n+ /y/z 7\nlayer c\no /y\n- /x", "layer a\n+ /only 1"]
    {
        let image = sketch::image("x", sketch);
        let heaps = heaps(&image.tree);
        assert_eq!(heaps.iter().map(|heap| heap.bytes).sum::<u64>(), image.wasted_bytes());
        assert_eq!(heaps.iter().map(|heap| heap.contents).sum::<u64>(), image.tree.hidden().count() as u64);
        assert!(heaps.is_sorted_by(|a, b| a.bytes >= b.bytes));
    }
}

#[test]
fn from_waste_to_its_files() {
    let mut screen = shop("w");
    assert_eq!(screen.model.explorer.pane, Pane::Waste);
    let text = screen.text();
    assert!(
        text.contains("2→3") && text.contains("metadata-only") && text.contains("/var/lib/apt/lists/"),
        "{text}"
    );
    screen.keys("j enter");
    assert_eq!(
        (selected(&screen), screen.model.explorer.view()),
        ("/var/lib/apt/lists".to_owned(), Some(View::Layer(1)))
    );
    assert!(notice(&screen).contains("shipped by layer 1, hidden by 3 (removed)"), "{}", notice(&screen));
    screen.keys("tab esc");
    assert!(!screen.model.explorer.waste_open);
    let clean = Screen::with(sketch::image("clean", "layer a\n+ /x 5"), 120, 35);
    let mut clean = clean;
    clean.keys("w");
    assert!(clean.text().contains("nothing is wasted"), "{}", clean.text());
}

#[test]
fn one_of_several_images() {
    let mut screen = Screen::start(100, 30);
    let choice =
        |name: &str| Choice { names: vec![name.to_owned()], select: name.to_owned(), ..Choice::default() };
    screen.answer(Answer::Choices(vec![choice("one:1"), choice("two:2")]));
    screen.answer(Answer::Ambiguous("several".to_owned()));
    let text = screen.text();
    assert!(text.contains("one:1") && text.contains("two:2") && text.contains("2 images"), "{text}");
    assert!(screen.keys("esc tab /").is_empty(), "there is nothing to go back to");
    let effects = screen.keys("j enter");
    assert_eq!(effects, [Effect::Cancel(JobId(1)), Effect::Choose(JobId(2), 1)]);
    screen.send(Msg::Job(JobId(1), Answer::Failed("late".to_owned())));
    assert!(screen.model.explorer.reading(), "what the first job says is of no interest any more");
    screen.answer(Answer::Chosen(1));
    screen.answer(Answer::Done(Arc::new(image())));
    assert_eq!(screen.model.explorer.load, Load::Ready);
    screen.keys("o");
    assert!(screen.text().contains("▸"), "the one that is shown is marked");
    screen.keys("esc");
    assert!(screen.text().contains("debian:12"));
    assert!(screen.keys("o enter").is_empty(), "it is open already");
    assert!(notice(&shop("o")).contains("this one image"));
}

#[test]
fn the_mouse() {
    let mut screen = shop("");
    click(&mut screen, 10, 5);
    assert_eq!(screen.model.explorer.list.layer(), Some(2));
    click(&mut screen, 70, 5);
    assert_eq!((screen.model.explorer.pane, selected(&screen).as_str()), (Pane::Files, "/app/cache"));
    let rows = listed(&screen).len();
    click(&mut screen, 70, 5);
    assert_eq!(listed(&screen).len(), rows - 2, "a second click folds");
    click(&mut screen, 3, 0);
    assert_eq!(screen.model.explorer.pane, Pane::Files, "the header is no pane");
    mouse(&mut screen, MouseEventKind::ScrollDown, 10, 5);
    assert_eq!(screen.model.explorer.pane, Pane::Files, "the wheel takes no focus");
    screen.keys("?");
    mouse(&mut screen, MouseEventKind::ScrollDown, 60, 15);
    assert!(screen.model.overlay.unwrap().offset > 0);
    click(&mut screen, 1, 20);
    assert_eq!(screen.model.overlay, None, "a click beside it closes it");
    let border = screen.model.areas().unwrap().layers_frame.right();
    mouse(&mut screen, MouseEventKind::Down(MouseButton::Left), border, 10);
    mouse(&mut screen, MouseEventKind::Drag(MouseButton::Left), 36, 10);
    mouse(&mut screen, MouseEventKind::Up(MouseButton::Left), 36, 10);
    assert_eq!(screen.model.areas().unwrap().layers_frame.width, 36);
    mouse(&mut screen, MouseEventKind::Drag(MouseButton::Left), 80, 10);
    assert_eq!(screen.model.areas().unwrap().layers_frame.width, 36, "let go");
    assert_eq!(screen.keys("T"), [Effect::Mouse(false)]);
}

#[test]
fn room_is_the_users_to_divide() {
    let left = |keys: &str| shop(keys).model.areas().unwrap().layers_frame.width;
    assert!(left("+ +") > left("") && left("- -") < left(""));
    assert!(left(&"+ ".repeat(30)) <= 96 && left(&"- ".repeat(30)) >= 24);
    let zoomed = shop("tab z").model.areas().unwrap();
    assert_eq!((zoomed.files_frame.width, zoomed.layers_frame.width), (120, 0));
    assert_eq!(shop("z z").text(), shop("").text());
    let large = Screen::with(image(), 240, 70);
    assert!(large.text().contains("Waste · "), "there is room for it");
    assert!(!Screen::with(image(), 120, 35).text().contains("Waste · "));
}

#[test]
fn every_long_text_can_be_read() {
    let words: Vec<String> = (0..300).map(|at| format!("word{at:03}")).collect();
    let path = format!("/{}", (0..30).map(|at| format!("folder{at:02}")).collect::<Vec<_>>().join("/"));
    let sketch = format!("layer RUN {}\n+ {path}/file 5", words.join(" "));
    let mut image = sketch::image("long", &sketch);
    image.head.config.env = (0..60).map(|at| format!("NAME{at:02}=value")).collect();
    for (width, height) in [(60, 14), (80, 24), (240, 70)] {
        let read = |keys: &str| {
            let mut screen = Screen::with(image.clone(), width, height);
            screen.keys(keys);
            let mut text = screen.text();
            for _ in 0..400 {
                let before = screen.model.overlay;
                screen.keys("j");
                if screen.model.overlay == before {
                    break;
                }
                text.push_str(&screen.text());
            }
            // What is broken over lines is put together again.
            text.chars().filter(|letter| letter.is_alphanumeric() || *letter == '/').collect::<String>()
        };
        let layer = read("i");
        assert!(words.iter().all(|word| layer.contains(word)), "{width}x{height}");
        let environment = read("I");
        assert!((0..60).all(|at| environment.contains(&format!("NAME{at:02}value"))), "{width}x{height}");
        let entry = read("tab E G i");
        assert!((0..30).all(|at| entry.contains(&format!("folder{at:02}"))), "{width}x{height}");
    }
}

#[test]
fn what_is_selected_is_copied() {
    let mut screen = shop("tab j");
    let path = selected(&screen);
    assert_eq!(screen.keys("y"), [Effect::Copy(path)]);
    assert_eq!(shop("j").keys("y"), [Effect::Copy("RUN apt-get install python3".to_owned())]);
    let hostile = sketch::image("x", "layer RUN \x1b]52;c;aGk=\x07x\n+ /\\x1b[2J 1");
    let copied = Screen::with(hostile, 100, 30).keys("tab y");
    assert!(matches!(&copied[..], [Effect::Copy(text)] if !text.chars().any(char::is_control)), "{copied:?}");
}

#[test]
fn overlays_make_room_for_one_another() {
    let mut screen = shop("? I D ! i");
    assert_eq!(screen.model.overlay.map(|open| open.kind), Some(Kind::Details));
    screen.keys("i");
    assert_eq!(screen.model.overlay, None);
    let text = shop("D").text();
    assert!(text.contains("RUN chown -R app /app &&") && text.contains("# layer 3: 61.2 MB"), "{text}");
    assert!(shop("I").text().contains("config digest"));
}
