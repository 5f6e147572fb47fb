//! Anything in any order: nothing panics, selections exist, and only the keys for it quit.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use hadal::tui::action::Context;
use hadal::tui::model::At;
use hadal::tui::msg::{Effect, Msg};
use hadal::world::{Connection, Update};
use proptest::prelude::*;

use super::{SHOP, Screen, table, world};

#[derive(Clone, Debug)]
enum Event {
    Key(KeyEvent),
    Mouse(MouseEventKind, u16, u16),
    Paste(&'static str),
    Resize(u16, u16),
    /// The world, or what is left of it.
    World(usize),
    Lost,
}

fn keys() -> Vec<KeyEvent> {
    let mut keys: Vec<KeyEvent> =
        ('!'..='~').map(|letter| KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE)).collect();
    let codes =
        [KeyCode::Tab, KeyCode::Enter, KeyCode::Esc, KeyCode::Backspace, KeyCode::Delete, KeyCode::Left];
    keys.extend(codes.map(|code| KeyEvent::new(code, KeyModifiers::NONE)));
    keys
}

fn usual() -> Vec<KeyEvent> {
    "j j j k G g 1 2 3 1 2 3 v + - W b b space space * < > R S i x d s r K n c m u w t a / enter enter esc left right pagedown l h e"
        .split(' ')
        .map(super::screen::event)
        .collect()
}

fn event() -> impl Strategy<Value = Event> {
    let kinds = vec![
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::ScrollDown,
        MouseEventKind::ScrollUp,
        MouseEventKind::Up(MouseButton::Left),
    ];
    let texts =
        vec!["", "is:used", "before:", "shop\nx", "漢字 e\u{301}\u{7f}\t\u{1b}[31m", "* ? [", "/a → /b"];
    prop_oneof![
        30 => prop::sample::select(usual()).prop_map(Event::Key),
        8 => prop::sample::select(keys()).prop_map(Event::Key),
        8 => (prop::sample::select(kinds), 0..130_u16, 0..40_u16).prop_map(|(kind, x, y)| Event::Mouse(kind, x, y)),
        3 => prop::sample::select(texts).prop_map(Event::Paste),
        2 => (1..250_u16, 1..71_u16).prop_map(|(width, height)| Event::Resize(width, height)),
        4 => (0..20_usize).prop_map(Event::World),
        1 => Just(Event::Lost),
    ]
}

fn apply(screen: &mut Screen, event: &Event) {
    match event {
        Event::Key(key) => {
            let typing = screen.model.context() == Context::Input && screen.model.overlay.is_none();
            let effects = screen.send(Msg::Key(*key));
            let quits = *key == super::screen::event("q") && !typing;
            assert_eq!(effects.contains(&Effect::Quit), quits, "{key:?}");
        }
        Event::Mouse(kind, column, row) => {
            let mouse = MouseEvent { kind: *kind, column: *column, row: *row, modifiers: KeyModifiers::NONE };
            screen.send(Msg::Mouse(mouse));
        }
        Event::Paste(text) => drop(screen.send(Msg::Paste((*text).to_owned()))),
        Event::Resize(width, height) => screen.resize(*width, *height),
        Event::World(keep) => {
            let lines = SHOP.lines().enumerate().filter(|(at, _)| at % 7 != keep % 7 && *at <= keep + 3);
            let text: Vec<&str> = lines.map(|(_, line)| line).collect();
            screen.send(Msg::World(world::updates(&text.join("\n"))));
        }
        Event::Lost => {
            let lost = Connection::Lost { since: world::now(), why: "gone".to_owned() };
            screen.send(Msg::World(vec![Update::Connection(lost)]));
        }
    }
}

fn holds(screen: &Screen) {
    if screen.model.at == At::Desk && screen.model.areas().is_some() {
        let (table, world) = (table(screen), &screen.model.desk.world);
        assert!(table.cursor.at < table.len().max(1));
        assert!(table.cursor.offset <= table.cursor.at);
        let exists = |id: &String| {
            // Rows of what could go say what kind of thing it is.
            let id = ["image:", "container:"].iter().find_map(|kind| id.strip_prefix(kind)).unwrap_or(id);
            world.images.contains_key(id) || world.containers.contains_key(id)
        };
        assert!(table.marks().iter().all(exists), "marks are on what exists");
    }
    screen.terminal();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_lists_go_on(events in prop::collection::vec(event(), 1..80)) {
        let mut screen = super::shop((120, 35), "");
        for event in &events {
            apply(&mut screen, event);
            holds(&screen);
        }
    }
}
