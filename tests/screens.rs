//! Screens as pictures: a sketched image and some keys → what is drawn.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/screen.rs"]
mod screen;
#[path = "common/sketch.rs"]
mod sketch;

use std::sync::Arc;

use hadal::analysis::View;
use hadal::tui::msg::{Answer, Effect, JobId, Msg, Progress};
use hadal::tui::screens::explorer::files::changed::Changed;
use hadal::tui::screens::explorer::files::folds::Folds;
use hadal::tui::screens::explorer::files::rows::{Fold, flatten};
use hadal::tui::screens::explorer::files::scope::{Limit, Order, Scope, Shown, Wanted};
use hadal::tui::theme::Theme;
use hadal::tui::update::update;
use ratatui::style::{Color, Modifier};
use screen::Screen;

const SHOP: &str = "
    layer FROM debian:12
    d /etc
    + /etc/passwd 900
    + /etc/shadow 600 600
    d /usr
    d /usr/bin
    + /usr/bin/sudo 23000 4755
    h /usr/bin/sudoedit /usr/bin/sudo
    l /bin usr/bin
    layer RUN apt-get update && apt-get install -y --no-install-recommends python3
    + /usr/bin/python3 5900000 755
    d /var/lib/apt/lists
    + /var/lib/apt/lists/packages 38000000
    layer COPY . /app
    d /app 755 1000:1000
    + /app/app.py 2200 644 0:0 first
    + /app/model.bin 61200000 644 0:0
    + /app/cache/a 1000
    + /app/cache/b 2000
    layer RUN chown -R app /app && rm -rf /app/cache /var/lib/apt/lists
    d /app 755 1000:1000
    + /app/app.py 2300 644 1000:1000 second
    + /app/model.bin 61200000 644 1000:1000
    - /app/cache
    - /var/lib/apt/lists
";

fn shop(width: u16, height: u16, keys: &str) -> Screen {
    let mut screen = Screen::with(sketch::image("shop/api:1.4", SHOP), width, height);
    screen.keys(keys);
    screen
}

#[test]
fn a_layer_and_its_files() {
    insta::assert_snapshot!("layer_80x24", shop(80, 24, "j j j tab").text());
    insta::assert_snapshot!("layer_120x35", shop(120, 35, "j j j").text());
    insta::assert_snapshot!("layer_240x70", shop(240, 70, "j j j").text());
}

#[test]
fn views() {
    insta::assert_snapshot!("as_of", shop(120, 35, "j j m").text());
    insta::assert_snapshot!("as_of_changes", shop(120, 35, "j j j m c").text());
    insta::assert_snapshot!("final", shop(120, 35, "m m").text());
    assert_eq!(shop(120, 35, "m m m").text(), shop(120, 35, "").text(), "a round of views");
}

#[test]
fn folding() {
    let screen = shop(120, 35, "tab m C j");
    insta::assert_snapshot!("folded", screen.text());
    assert_ne!(shop(120, 35, "tab m C j space").text(), screen.text());
    assert_eq!(shop(120, 35, "tab m C j right left").text(), screen.text());
    let unfolded = shop(120, 35, "m tab C j E").text();
    assert!(unfolded.contains("passwd"), "{unfolded}");
}

#[test]
fn help_shows_the_keys_that_are_valid() {
    let layers = shop(80, 24, "?");
    insta::assert_snapshot!("help", layers.text());
    assert!(!layers.text().contains("Unfold everything below"));
    assert!(shop(80, 50, "tab ?").text().contains("Unfold everything below"));
    assert_eq!(shop(80, 24, "? esc").text(), shop(80, 24, "").text());
    let open = shop(60, 14, "? j").model.overlay.map(|open| open.offset);
    assert_eq!(open, Some(1), "longer than the screen, so it scrolls");
}

#[test]
fn reading_shows_progress_and_layers_as_they_come() {
    let mut screen = Screen::start(80, 24);
    insta::assert_snapshot!("nothing_yet", screen.text());
    let image = sketch::image("shop/api:1.4", SHOP);
    let bare: Vec<_> = image
        .layers
        .iter()
        .map(|layer| hadal::image::Layer { step: layer.step, ..hadal::image::Layer::default() })
        .collect();
    screen.answer(Answer::Head(Box::new(image.head.clone()), bare));
    screen.answer(Answer::Layer(0, Box::new(image.layers[0].clone())));
    screen.answer(Answer::Layer(1, Box::new(image.layers[1].clone())));
    screen.answer(Answer::Progress(Progress { done: 44_000_000, total: 105_000_000, millis: 500 }));
    insta::assert_snapshot!("reading", screen.text());
    assert_eq!(screen.keys("esc"), [Effect::Cancel(JobId(1))]);
    insta::assert_snapshot!("stopped", screen.text());
    screen.answer(Answer::Failed("cancelled".to_owned()));
    assert!(screen.text().contains("stopped: what was read"), "being stopped is no failure");
}

#[test]
fn states_that_are_no_image() {
    let mut screen = Screen::start(80, 24);
    screen.answer(Answer::Failed("app.tar holds no image: it is no tar archive".to_owned()));
    insta::assert_snapshot!("failed", screen.text());
    assert_eq!(screen.keys("q"), [Effect::Quit]);
    insta::assert_snapshot!("scratch", Screen::with(sketch::image("scratch", ""), 80, 24).text());
    insta::assert_snapshot!("too_small", Screen::with(sketch::image("x", SHOP), 40, 10).text());
    let partial = "layer FROM base\n+ /a 10\nlayer COPY b /\n! the layer ends in the middle of a content at byte 512, after entry b";
    let mut screen = Screen::with(sketch::image("partial", partial), 120, 24);
    screen.keys("j");
    insta::assert_snapshot!("partial", screen.text());
}

#[test]
fn hostile_names_stay_text() {
    let sketch = "layer RUN \x1b[31mred\u{202e}\n+ /\\x1b]0;pwned\\x07 10\n+ /new\\x0aline 20\n+ /bad\\xff 30\n+ /漢字漢字 40\nl /link \\x1b[2J";
    let screen = Screen::with(sketch::image("evil\x1b[2J", sketch), 120, 24);
    let text = screen.text();
    assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{text:?}");
    insta::assert_snapshot!("hostile", text);
}

#[test]
fn the_selected_row_keeps_glyph_and_colour() {
    let terminal = shop(80, 24, "j j j tab j j").terminal();
    insta::assert_debug_snapshot!("styles", terminal.backend().buffer());
}

#[test]
fn stale_answers_are_dropped() {
    let mut screen = Screen::start(80, 24);
    screen.model.dirty = false;
    update(&mut screen.model, Msg::Job(JobId(0), Answer::Failed("old".to_owned())));
    assert!(!screen.model.dirty && screen.model.explorer.reading());
}

#[test]
fn keys_that_mean_nothing_draw_nothing() {
    let mut screen = shop(80, 24, "");
    screen.model.dirty = false;
    assert!(screen.keys("Z").is_empty());
    assert!(!screen.model.dirty);
    screen.keys("j");
    assert!(screen.model.dirty);
}

#[test]
fn esc_never_quits() {
    assert!(shop(80, 24, "tab").keys("esc esc esc").is_empty());
}

#[test]
fn listing_what_changed_agrees_with_looking_for_it() {
    let image = sketch::image("shop", SHOP);
    let limit = Limit::paths(usize::MAX);
    let rows = |scope: Scope<'_>| {
        let mut folds = Folds::default();
        folds.start(scope);
        flatten(scope, &folds, scope.tree.root(), 0)
    };
    let kinds = [
        Shown { unmodified: false, ..Shown::ALL },
        Shown { unmodified: false, added: false, ..Shown::ALL },
        Shown { unmodified: false, modified: false, removed: false, ..Shown::ALL },
    ];
    for (first, shown) in (0..4).flat_map(|first| kinds.map(|shown| (first, shown))) {
        for view in (first..4).map(|last| View::Range { first, last }).chain([View::Layer(first)]) {
            let wanted = Wanted { view, shown, order: Order::Name, layer_only: false };
            let changed = Changed::of(&image.tree, wanted);
            assert!(changed.is_some(), "few enough to list");
            let scope = Scope { tree: &image.tree, wanted, changed: None, outline: None, limit: &limit };
            assert_eq!(rows(Scope { changed: changed.as_ref(), ..scope }), rows(scope), "{view:?} {shown:?}");
        }
    }
}

#[test]
fn folding_one_directory_leaves_the_other_rows_alone() {
    let rows = |keys: &str| shop(120, 35, keys).model.explorer.files.rows;
    let all = rows("j j j tab");
    assert_eq!(rows("j j j tab h l"), all);
    assert_eq!(rows("j j j tab j j h l"), all);
    let folded = rows("j j j tab space");
    assert_eq!(folded[1..], all[6..], "app/ and the five rows below it are one row now");
    assert_eq!(rows("j j j tab space E"), all);
}

#[test]
fn what_is_selected_and_folded_outlives_a_tree_that_grows() {
    let part = SHOP.split("layer RUN chown").next().unwrap();
    let mut screen = Screen::start(120, 35);
    let (part, whole) = (sketch::image("shop", part), sketch::image("shop", SHOP));
    screen.answer(Answer::Head(Box::new(whole.head.clone()), whole.layers.clone()));
    screen.answer(Answer::Partial(Arc::new(part)));
    screen.keys("j j tab j j");
    let selected = |screen: &Screen| {
        let explorer = &screen.model.explorer;
        let row = explorer.files.rows[explorer.files.cursor.at];
        let tree = &explorer.image.as_ref().unwrap().tree;
        (String::from_utf8(tree.path(row.node)).unwrap(), row.fold)
    };
    assert_eq!(selected(&screen), ("/app/cache".to_owned(), Fold::Unfolded));
    screen.keys("space");
    screen.answer(Answer::Done(Arc::new(whole)));
    assert_eq!(selected(&screen), ("/app/cache".to_owned(), Fold::Folded));
}

#[test]
fn a_layer_that_is_not_read_yet_shows_no_other_layer() {
    let part = SHOP.split("layer COPY").next().unwrap();
    let mut screen = Screen::start(120, 35);
    let whole = sketch::image("shop", SHOP);
    screen.answer(Answer::Head(Box::new(whole.head.clone()), whole.layers.clone()));
    screen.answer(Answer::Partial(Arc::new(sketch::image("shop", part))));
    screen.keys("j");
    assert!(screen.text().contains("python3  "), "layer 1 is there");
    screen.keys("j");
    let text = screen.text();
    assert!(text.contains("changed by layer 2") && text.contains("not been read yet"), "{text}");
    assert!(!text.contains("packages"), "{text}");
    screen.keys("m m");
    assert!(screen.text().contains("the layers read so far"), "{}", screen.text());
    screen.keys("m");
    screen.answer(Answer::Done(Arc::new(whole)));
    assert!(screen.text().contains("model.bin"), "{}", screen.text());
}

#[test]
fn without_colours_everything_is_still_told_apart() {
    let mut screen = shop(80, 24, "j j j tab j");
    let coloured = screen.text();
    screen.model.theme = Theme::embedded(false).unwrap();
    let terminal = screen.terminal();
    let cells = &terminal.backend().buffer().content;
    assert!(cells.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    assert!(cells.iter().any(|cell| cell.modifier.contains(Modifier::REVERSED)), "the selected row");
    assert_eq!(terminal.backend().to_string(), coloured, "the same glyphs with and without colours");
}

#[test]
fn problems_can_be_read_in_full() {
    let sketch = "layer FROM base\n+ /a 10\nlayer COPY b /\n+ /b 1\n! the layer ends in the middle of a content at byte 512, after entry b";
    let mut screen = Screen::with(sketch::image("partial", sketch), 80, 24);
    screen.keys("j");
    insta::assert_snapshot!("partial_80x24", screen.text());
    screen.keys("!");
    insta::assert_snapshot!("problems", screen.text());
    screen.keys("?");
    assert!(screen.text().contains("Keys · theme"), "one overlay makes room for another");
    screen.keys("?");
    assert_eq!(screen.model.overlay, None);
}
