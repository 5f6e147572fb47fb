//! Anything in any order: nothing panics, selections exist, and only the keys for it quit.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use hadal::analysis::{Facts, JunkList};
use hadal::tui::action::Context;
use hadal::tui::keymap::Keymap;
use hadal::tui::msg::{Answer, Effect, Msg, Progress};
use proptest::prelude::*;

use super::{SHOP, Screen, based, chooser, inside, sketch};

/// What comes from outside. Answers of the job are made when it is their turn.
#[derive(Clone, Debug)]
enum Event {
    Key(KeyEvent),
    Mouse(MouseEventKind, u16, u16),
    Paste(String),
    Resize(u16, u16),
    Done,
    Failed,
    Progress,
}

fn keys() -> Vec<KeyEvent> {
    let mut keys: Vec<KeyEvent> =
        ('!'..='~').map(|letter| KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE)).collect();
    for letter in "abcdehkuvwxz".chars() {
        keys.push(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL));
    }
    let codes = [
        KeyCode::Tab,
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Char(' '),
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::F(5),
        KeyCode::Insert,
        KeyCode::Char('漢'),
        KeyCode::Char('\u{301}'),
    ];
    keys.extend(codes.map(|code| KeyEvent::new(code, KeyModifiers::NONE)));
    keys.push(KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT));
    keys
}

/// The keys that lead somewhere, more often than the others.
fn usual() -> Vec<KeyEvent> {
    "j j j k l h / p w o e E C n N . , v s A M R c m m tab tab enter enter enter space z i I D ? ! G g + - > < t y S w esc"
        .split(' ')
        .map(super::screen::event)
        .collect()
}

fn event() -> impl Strategy<Value = Event> {
    let at = || (0..130_u16, 0..40_u16);
    let button = prop::sample::select(vec![MouseButton::Left, MouseButton::Left, MouseButton::Right]);
    let kind = button.prop_flat_map(|button| {
        prop::sample::select(vec![
            MouseEventKind::Down(button),
            MouseEventKind::Up(button),
            MouseEventKind::Drag(button),
            MouseEventKind::ScrollDown,
            MouseEventKind::ScrollUp,
        ])
    });
    let text = prop::sample::select(vec![
        "",
        "\n",
        "py",
        "app/",
        "*",
        "(",
        "q\nq",
        "漢字 e\u{301}\u{7f}\t\u{1b}[31m",
    ]);
    prop_oneof![
        30 => prop::sample::select(usual()).prop_map(Event::Key),
        10 => prop::sample::select(keys()).prop_map(Event::Key),
        8 => (kind, at()).prop_map(|(kind, (x, y))| Event::Mouse(kind, x, y)),
        2 => text.prop_map(|text| Event::Paste(text.to_owned())),
        2 => (1..131_u16, 1..41_u16).prop_map(|(width, height)| Event::Resize(width, height)),
        1 => prop::sample::select(vec![(60, 14), (80, 24), (120, 35)]).prop_map(|(width, height)| Event::Resize(width, height)),
        1 => prop_oneof![3 => Just(Event::Done), 1 => Just(Event::Failed), 1 => Just(Event::Progress)],
    ]
}

/// Where it starts.
fn start(which: usize) -> Screen {
    match which {
        0 => Screen::with(sketch::image("shop", SHOP), 120, 35),
        1 => Screen::with(based(), 80, 24),
        2 => chooser::asked(120, 35),
        3 => chooser::opened(""),
        4 => Screen::start(120, 35),
        _ => Screen::with(sketch::image("scratch", ""), 80, 24),
    }
}

fn answer(screen: &mut Screen, event: &Event) -> Vec<Effect> {
    if screen.model.explorer.looking.is_some() {
        let answer = match event {
            Event::Failed => Answer::Failed("it could not be read".to_owned()),
            Event::Progress => Answer::Progress(Progress { done: 5, total: 9, millis: 1 }),
            _ => inside::some(screen),
        };
        return screen.answer(answer);
    }
    if !screen.model.explorer.reading() {
        return Vec::new();
    }
    match event {
        Event::Failed => screen.answer(Answer::Failed("it could not be read".to_owned())),
        Event::Progress => screen.answer(Answer::Progress(Progress { done: 5, total: 0, millis: 1 })),
        _ => {
            let image = Arc::new(based());
            screen.answer(Answer::Head(Box::new(image.head.clone()), image.layers.clone()));
            screen.answer(Answer::Facts(Arc::new(Facts::of(&image, &JunkList::embedded()))));
            screen.answer(Answer::Done(image))
        }
    }
}

fn apply(screen: &mut Screen, event: &Event) {
    // Wherever the keys go: to the engine side too.
    let context = screen.model.context();
    let quits = match event {
        Event::Key(key) => {
            let typing = context == Context::Input && screen.model.overlay.is_none();
            *key == super::screen::event("ctrl-c") || *key == super::screen::event("q") && !typing
        }
        _ => false,
    };
    let effects = match event {
        Event::Key(key) => screen.send(Msg::Key(*key)),
        Event::Mouse(kind, column, row) => {
            let mouse = MouseEvent { kind: *kind, column: *column, row: *row, modifiers: KeyModifiers::NONE };
            screen.send(Msg::Mouse(mouse))
        }
        Event::Paste(text) => screen.send(Msg::Paste(text.clone())),
        Event::Resize(width, height) => {
            screen.resize(*width, *height);
            Vec::new()
        }
        answered => answer(screen, answered),
    };
    assert_eq!(effects.contains(&Effect::Quit), quits, "{event:?}");
}

fn holds(screen: &Screen) {
    let explorer = &screen.model.explorer;
    let within = |at: usize, rows: usize| at < rows.max(1);
    assert!(within(explorer.list.cursor.at, explorer.list.rows.len()));
    assert!(within(explorer.files.cursor.at, explorer.files.rows.len()));
    assert!(within(explorer.waste.cursor.at, explorer.waste.rows().len()));
    assert!(explorer.choosing.is_none_or(|cursor| within(cursor.at, explorer.choices.len())));
    assert!(explorer.list.anchor.is_none_or(|layer| within(layer, explorer.layers.len())));
    assert!(explorer.files.filter.mistake.as_ref().is_none_or(|mistake| !mistake.contains('\n')));
    assert!(explorer.notice.as_ref().is_none_or(|notice| !notice.contains('\n')));
    screen.terminal();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_program_goes_on(which in 0..6_usize, events in prop::collection::vec(event(), 1..80)) {
        let mut screen = start(which);
        for event in &events {
            apply(&mut screen, event);
            holds(&screen);
        }
    }
}

/// The keys that are drawn from are those of the program.
#[test]
fn every_bound_key_may_come() {
    let keymap = Keymap::embedded().unwrap();
    let all = [keys(), usual()].concat();
    for context in hadal::tui::data::all::<Context>() {
        for binding in keymap.valid(context) {
            let comes = all.iter().any(|key| keymap.action(context, key) == Some(binding.action));
            assert!(comes, "no key for {} in {context}", binding.action);
        }
    }
}
