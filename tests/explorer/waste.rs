//! The waste pane: heaps that hold every hidden byte once, and the way from there to the files.

use std::collections::BTreeMap;

use hadal::analysis::{Facts, JunkList};
use hadal::image::Image;
use hadal::image::tree::NodeId;
use hadal::tui::msg::{Answer, Effect};
use hadal::tui::screens::explorer::layers::draw::waste;
use hadal::tui::screens::explorer::{Mode, Pane};
use proptest::prelude::*;

use super::{SHOP, layer, notice, selected, shop, sketch};

#[test]
fn the_pane_opens_focuses_and_closes() {
    let mut screen = shop("j j j w");
    assert_eq!(screen.model.explorer.pane, Pane::Waste);
    let text = screen.text();
    assert!(text.contains("Waste · 106 kB of 200 kB (53 %)"), "{text}");
    assert!(text.contains("Files · changed by layer 3"), "both are in sight: {text}");
    screen.keys("tab tab");
    assert_eq!(screen.model.explorer.pane, Pane::Files);
    screen.keys("w");
    assert_eq!(screen.model.explorer.pane, Pane::Waste, "from elsewhere it goes there");
    screen.keys("w");
    assert!(!screen.model.explorer.waste_open);
    screen.keys("w esc");
    assert!(!screen.model.explorer.waste_open, "Esc closes it too");
    assert_eq!(screen.model.explorer.pane, Pane::Files);
}

#[test]
fn heaps_add_up_to_what_is_wasted() {
    let screen = shop("w");
    let explorer = &screen.model.explorer;
    let image = explorer.image.as_ref().unwrap();
    let bytes: u64 = explorer.facts.heaps.iter().map(|heap| heap.bytes).sum();
    assert_eq!(bytes, image.wasted_bytes());
    assert!(bytes > 0);
    for (at, one) in image.layers.iter().enumerate() {
        let heaps = explorer.facts.heaps.iter().filter(|heap| heap.layer == at);
        assert_eq!(heaps.map(|heap| heap.bytes).sum::<u64>(), one.totals.wasted_bytes, "layer {at}");
        assert_eq!(waste(explorer, at, at).is_some(), one.totals.wasted_bytes > 0);
    }
    assert!(explorer.facts.heaps.is_sorted_by_key(|heap| std::cmp::Reverse(heap.bytes)));
}

#[test]
fn enter_goes_to_the_layer_that_ships_it() {
    let count = shop("w E").model.explorer.waste.rows().len();
    assert!(count > 6);
    for at in 0..count {
        // From another view, with the kinds hidden that it may be of, and a filter that finds nothing.
        let mut screen = shop("m m tab A M R /");
        screen.types("zzz");
        screen.keys("enter w E");
        (0..at).for_each(|_| drop(screen.keys("j")));
        if !screen.model.explorer.waste.is_heap() {
            continue;
        }
        let explorer = &screen.model.explorer;
        let heap = explorer.waste.heap(&explorer.facts).unwrap();
        let effects = screen.keys("enter");
        assert!(!effects.contains(&Effect::Quit));
        let explorer = &screen.model.explorer;
        assert_eq!(layer(&screen), heap.layer);
        assert_eq!((explorer.mode, explorer.pane), (Mode::Layer, Pane::Files));
        assert_eq!(explorer.files.selected(), Some(heap.node), "{}", selected(&screen));
        let said = notice(&screen);
        assert!(said.contains(&format!("layer {}", heap.layer)), "{said}");
        let Some(fate) = heap.fate else { continue };
        assert!(said.contains(&format!("hidden by {}", fate.by)), "{said}");
        assert!(screen.text().contains("shipped "), "{}", screen.text());
        let last = explorer.image.as_ref().unwrap().tree.versions(heap.node).next().unwrap().layer();
        if last == fate.by {
            screen.keys("b");
            assert_eq!(layer(&screen), fate.by, "as the notice says");
        }
    }
}

#[test]
fn mistakes_unfold_into_heaps() {
    let mut screen = shop("j j j w");
    let folded = screen.text();
    assert!(
        folded.contains("▸ 61.2 kB") && folded.contains("chown in layer 3 ships 1 file of layer 2 again"),
        "{folded}"
    );
    assert!(!folded.contains("metadata-only"), "{folded}");
    assert!(folded.contains("→ give the COPY of layer 2 `--chown`"), "what to do is below: {folded}");
    screen.keys("enter");
    let unfolded = screen.text();
    assert!(unfolded.contains("▾ 61.2 kB") && unfolded.contains("metadata-only"), "{unfolded}");
    screen.keys("enter");
    assert_eq!(screen.text(), folded);
    screen.keys("l");
    assert_eq!(screen.text(), unfolded);
    screen.keys("l");
    assert!(screen.model.explorer.waste.is_heap(), "a step inside");
    screen.keys("h");
    assert_eq!(screen.text(), folded, "folded, and back on what it belongs to");
    screen.keys("E");
    let rows = screen.model.explorer.waste.rows().len();
    screen.keys("C");
    assert!(screen.model.explorer.waste.rows().len() < rows);
}

#[test]
fn marks_say_what_would_be_left() {
    let mut screen = shop("w space");
    assert!(screen.text().contains("1 marked leaves 139 kB of 200 kB"), "{}", screen.text());
    assert_eq!(screen.model.explorer.waste.cursor.at, 1, "and one down");
    screen.keys("space");
    assert!(screen.text().contains("2 marked leave "), "{}", screen.text());
    screen.keys("g space space");
    assert!(!screen.text().contains("marked"), "{}", screen.text());
    // Hints promise nothing.
    let sketch = "layer FROM debian\n+ /etc/passwd 9\nlayer RUN make\n+ /usr/bin/gcc 100";
    let mut screen = super::drawn(sketch, (120, 35), "w");
    assert!(screen.text().contains("hint"), "{}", screen.text());
    screen.keys("space");
    assert!(notice(&screen).contains("a hint promises no bytes"), "{}", notice(&screen));
    assert!(!screen.text().contains("marked leave"), "{}", screen.text());
}

#[test]
fn a_mistake_has_details() {
    let mut screen = shop("w i");
    let text = screen.text();
    for part in [
        "61.2 kB (61200 bytes)",
        "What to change",
        "layer 2",
        "COPY . /app",
        "RUN chown -R app /app",
        "/app/model.bin",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    screen.keys("i l l i");
    assert!(screen.text().contains(" Path "), "of a heap the path: {}", screen.text());
}

#[test]
fn a_mistake_is_copied_with_what_to_do() {
    let mut screen = shop("w");
    let effects = screen.keys("y");
    let [Effect::Copy(text)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(
        text,
        "chown in layer 3 ships 1 file of layer 2 again: give the COPY of layer 2 `--chown`, and drop the later step"
    );
}

#[test]
fn enter_leaves_a_range() {
    let mut screen = shop("j space j w l l enter");
    assert_eq!(screen.model.explorer.list.anchor, None);
    assert_eq!(screen.model.explorer.pane, Pane::Files);
    screen.keys("tab");
}

#[test]
fn where_nothing_is_wasted_the_pane_says_so() {
    let mut screen = super::drawn("layer A\n+ /a 1", (120, 35), "w");
    assert!(screen.text().contains("nothing is wasted: every byte that is shipped can be seen"));
    assert!(screen.keys("j enter k G g i").is_empty());
    assert!(screen.text().matches("nothing is wasted").count() > 1, "{}", screen.text());
}

#[test]
fn on_a_small_screen_it_takes_the_place_of_the_files() {
    let mut screen = super::drawn(SHOP, (80, 24), "w");
    assert!(screen.text().contains("Waste ·") && !screen.text().contains("Files ·"), "{}", screen.text());
    screen.keys("tab");
    assert!(!screen.text().contains("Waste ·") && screen.text().contains("Files ·"), "{}", screen.text());
}

#[test]
fn while_reading_only_what_was_read_is_told() {
    let part = sketch::image("shop", SHOP.split("layer RUN chown").next().unwrap());
    let whole = sketch::image("shop", SHOP);
    let mut screen = super::Screen::start(120, 35);
    screen.keys("w");
    assert!(screen.text().contains("Waste · of the layers read so far"), "{}", screen.text());
    screen.answer(Answer::Head(Box::new(whole.head.clone()), whole.layers.clone()));
    screen.answer(Answer::Facts(std::sync::Arc::new(Facts::of(&part, &JunkList::embedded()))));
    screen.answer(Answer::Partial(std::sync::Arc::new(part)));
    screen.terminal();
    screen.keys("j enter w");
    screen.terminal();
}

type Fate = (usize, usize, &'static str);

/// Contents and bytes by fate and by the deepest heap that could hold them.
fn covered(image: &Image) -> BTreeMap<(Fate, NodeId), (u64, u64)> {
    let heaps = Facts::of(image, &JunkList::embedded()).heaps;
    let mut sums = BTreeMap::new();
    for hidden in image.tree.hidden() {
        let fate = (hidden.layer, hidden.hidden_by, hidden.cause.name());
        let holds = |node: NodeId| {
            heaps.iter().any(|heap| {
                let own = heap.fate.unwrap();
                (heap.layer, own.by, own.cause.name(), heap.node) == (fate.0, fate.1, fate.2, node)
            })
        };
        let heap = std::iter::successors(Some(hidden.node), |node| image.tree.parent(*node))
            .find(|node| holds(*node));
        let sum: &mut (u64, u64) = sums.entry((fate, heap.expect("a heap for each content"))).or_default();
        *sum = (sum.0 + 1, sum.1 + hidden.bytes);
    }
    sums
}

fn each_byte_lies_in_one_heap(image: &Image) {
    let heaps = Facts::of(image, &JunkList::embedded()).heaps;
    let stated: BTreeMap<(Fate, NodeId), (u64, u64)> = heaps
        .iter()
        .map(|heap| {
            let own = heap.fate.unwrap();
            let fate = (heap.layer, own.by, own.cause.name());
            ((fate, heap.node), (heap.contents, heap.bytes))
        })
        .collect();
    assert_eq!(stated.len(), heaps.len(), "no two heaps are about the same");
    assert_eq!(stated, covered(image));
    let layers: u64 = image.layers.iter().map(|layer| layer.totals.wasted_bytes).sum();
    assert_eq!(heaps.iter().map(|heap| heap.bytes).sum::<u64>(), layers);
}

fn entry() -> impl Strategy<Value = String> {
    let path = || {
        prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "d"]), 1..5)
            .prop_map(|names| format!("/{}", names.join("/")))
    };
    prop_oneof![
        8 => (path(), 0u64..5000, 0..3).prop_map(|(path, bytes, tag)| format!("+ {path} {bytes} t{tag}")),
        2 => path().prop_map(|path| format!("d {path}")),
        1 => (path(), path()).prop_map(|(path, to)| format!("h {path} {to}")),
        1 => path().prop_map(|path| format!("l {path} x")),
        3 => path().prop_map(|path| format!("- {path}")),
        1 => path().prop_map(|path| format!("o {path}")),
    ]
}

proptest! {
    #[test]
    fn heaps_cover_exactly_the_hidden_bytes(layers in prop::collection::vec(prop::collection::vec(entry(), 0..16), 1..6)) {
        let lines = layers.iter().flat_map(|entries| std::iter::once("layer X".to_owned()).chain(entries.iter().cloned()));
        let image = sketch::image("any", &lines.collect::<Vec<_>>().join("\n"));
        each_byte_lies_in_one_heap(&image);
    }
}

#[test]
fn heaps_of_known_images() {
    for sketch in [
        SHOP,
        "layer A\n+ /a 1 x\nlayer B\n+ /a/b 1\nlayer C\n- /a",
        "layer A\n+ /c/1 500\n+ /c/2 500\n+ /d/e/f 1000\nlayer B\n- /c\n- /d",
        "layer A\n+ /a 10 x\n+ /a 10 y",
        "layer A\n+ /d/a 10\n+ /d/b 20\nlayer B\no /d\n+ /d/a 10",
        "layer A\n+ /f 10\nh /g /f\nlayer B\n- /f\nlayer C\n- /g",
        "",
    ] {
        each_byte_lies_in_one_heap(&sketch::image("known", sketch));
    }
}

/// What is known of the image that comes next is told before it, and a frame may be drawn in between.
#[test]
fn facts_of_the_next_image_may_be_drawn_with_this_one() {
    let part = sketch::image("shop", SHOP.split("layer RUN").next().unwrap());
    let whole = sketch::image("shop", SHOP);
    let mut screen = super::Screen::start(120, 35);
    screen.answer(Answer::Head(Box::new(whole.head.clone()), whole.layers.clone()));
    screen.answer(Answer::Facts(std::sync::Arc::new(Facts::of(&part, &JunkList::embedded()))));
    screen.answer(Answer::Partial(std::sync::Arc::new(part)));
    screen.keys("w");
    screen.answer(Answer::Facts(std::sync::Arc::new(Facts::of(&whole, &JunkList::embedded()))));
    screen.terminal();
    for keys in ["j", "y", "i", "i", "enter", "b", "w"] {
        screen.keys(keys);
        screen.terminal();
    }
    screen.answer(Answer::Done(std::sync::Arc::new(whole)));
    screen.terminal();
}
