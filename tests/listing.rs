//! What the files pane lists: what can be had at once is the beginning of what a worker finds, and both are what a
//! plain look at every path would give.

#![allow(clippy::unwrap_used)]

#[path = "common/large.rs"]
mod large;
#[path = "common/sketch.rs"]
mod sketch;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hadal::analysis::{Pattern, Syntax, View};
use hadal::image::Image;
use hadal::image::tree::{Change, NodeId, Tree};
use hadal::tui::screens::explorer::files::folds::Folds;
use hadal::tui::screens::explorer::files::listing::{Errand, Listing, Question, Ticket};
use hadal::tui::screens::explorer::files::scope::{Order, Shown, Wanted};

const SHOP: &str = "
    layer FROM base
    + /etc/passwd 900
    + /etc/shadow 600
    + /usr/lib/libz.so.1 5000
    l /usr/lib/libz.so libz.so.1
    layer RUN install
    + /usr/lib/libssl.so.3 60000
    + /usr/lib/python/zlib.py 50
    + /var/cache/libs/index 38000
    layer RUN clean
    - /var/cache/libs
    + /usr/lib/libz.so.1 5001
    + /etc/zlib/zlib.conf 10
";

fn ask(image: &Arc<Image>, question: &Question) -> (Listing, Listing) {
    let at_once = question.clone().at_once(&image.tree);
    let errand = Errand { ticket: Ticket(1), image: Arc::clone(image), question: question.clone() };
    (at_once, errand.answer(3, &AtomicBool::new(false)).unwrap())
}

fn question(wanted: Wanted, pattern: Option<Pattern>, everything: Option<&Tree>) -> Question {
    let mut folds = Folds::default();
    everything.into_iter().for_each(|tree| folds.unfold_below(tree, tree.root()));
    Question { wanted, pattern: pattern.map(Arc::new), folds, start: true, outline: None }
}

fn wanted(view: View, shown: Shown, order: Order) -> Wanted {
    Wanted { view, shown, order, layer_only: false }
}

/// Every path of the view that is wanted and matches, by a look at each of them.
fn naive(tree: &Tree, wanted: Wanted, pattern: &Pattern) -> Vec<NodeId> {
    let mut finder = pattern.finder();
    let mut found: Vec<NodeId> = tree
        .all()
        .filter(|node| match wanted.view.look(tree, *node) {
            Some(look) => look.version.exists() || look.change == Change::Removed,
            None => false,
        })
        .filter(|node| wanted.shown.has(wanted.view.look(tree, *node).unwrap().change))
        .filter(|node| {
            let path = tree.path(*node);
            finder.score(if pattern.whole() { &path } else { tree.name(*node) }).is_some()
        })
        .collect();
    found.sort_unstable();
    found
}

#[test]
fn a_filter_finds_what_a_look_at_every_path_finds() {
    let image = Arc::new(sketch::image("shop", SHOP));
    let tree = &image.tree;
    let changes = Shown { unmodified: false, ..Shown::ALL };
    let patterns = [
        ("zlib", Syntax::Fuzzy),
        ("lib/z", Syntax::Fuzzy),
        ("*.so*", Syntax::Glob),
        ("/etc/**", Syntax::Glob),
        ("z.*[0-9]$", Syntax::Regex),
        ("nothing-like-it", Syntax::Fuzzy),
    ];
    let views = [View::Layer(0), View::Layer(2), View::Range { first: 1, last: 2 }];
    for ((text, syntax), view) in patterns.iter().flat_map(|pattern| views.map(|view| (pattern, view))) {
        // Directories count as wanted on the way to something that is, so only views of everything compare plainly.
        for shown in [Shown::ALL, changes] {
            let pattern = Pattern::new(text, *syntax).unwrap();
            let wanted = wanted(view, shown, Order::Name);
            let expected = naive(tree, wanted, &pattern);
            let (at_once, whole) = ask(&image, &question(wanted, Some(pattern), Some(tree)));
            assert!(at_once.complete, "few paths");
            let rows: Vec<NodeId> = whole.rows.iter().map(|row| row.node).collect();
            assert_eq!(rows, at_once.rows.iter().map(|row| row.node).collect::<Vec<_>>(), "{text} {view:?}");
            let outline = whole.outline.unwrap();
            for node in &expected {
                assert!(outline.is_hit(*node) && rows.contains(node), "{text} {view:?}");
            }
            let more = rows.iter().filter(|node| outline.is_hit(**node) && !expected.contains(node));
            let mut more = more.map(|node| tree.find(&tree.path(*node)).unwrap());
            // What else is found are unmodified directories that lead to a change.
            assert!(more.all(|node| tree.children(node).len() > 0), "{text} {view:?}");
            let hits = rows.iter().filter(|node| outline.is_hit(**node)).count();
            assert_eq!(hits, outline.count, "every find has a row: {text} {view:?}");
            assert!(outline.count > 0 || rows.is_empty(), "what does not match has no row: {text} {view:?}");
        }
    }
}

#[test]
fn what_is_had_at_once_is_the_beginning_of_all() {
    let image = Arc::new(large::flat(60_000));
    let tree = &image.tree;
    let cases = [
        (None, Order::Name),
        (None, Order::Bytes),
        (Some(Pattern::new("1", Syntax::Fuzzy).unwrap()), Order::Name),
        (Some(Pattern::new("*59999", Syntax::Glob).unwrap()), Order::Name),
    ];
    for (pattern, order) in cases {
        let wanted = wanted(View::Range { first: 1, last: 2 }, Shown::ALL, order);
        let filtered = pattern.is_some();
        let (at_once, whole) = ask(&image, &question(wanted, pattern, Some(tree)));
        assert!(!at_once.complete && whole.complete);
        let known = |rows: &[NodeId]| rows.iter().all(|node| whole.rows.iter().any(|row| row.node == *node));
        let some: Vec<NodeId> = at_once.rows.iter().take(200).map(|row| row.node).collect();
        assert!(known(&some), "nothing is shown at once that is not there");
        if order == Order::Name && !filtered {
            assert_eq!(at_once.rows[..1000], whole.rows[..1000]);
            assert_eq!(whole.rows.len(), tree.nodes() - 1);
        }
        if order == Order::Bytes {
            let directory = tree.find(b"/srv");
            let bytes: Vec<u64> = whole
                .rows
                .iter()
                .filter(|row| tree.parent(row.node) == directory)
                .map(|row| wanted.bytes(tree, row.node))
                .collect();
            assert!(bytes.is_sorted_by(|a, b| a >= b) && bytes[0] == 11, "the largest of 60,000 comes first");
        }
    }
}

#[test]
fn a_worker_that_is_stopped_says_nothing() {
    let image = Arc::new(large::flat(60_000));
    let wanted = wanted(View::Range { first: 1, last: 2 }, Shown::ALL, Order::Name);
    let question = question(wanted, Some(Pattern::new("1", Syntax::Fuzzy).unwrap()), None);
    let errand = Errand { ticket: Ticket(1), image, question };
    assert!(errand.answer(2, &AtomicBool::new(true)).is_none());
}
