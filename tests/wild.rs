//! Anything may come in any order: keys, clicks, pastes, resizes, answers of jobs. Nothing of it may panic, lose the
//! cursor or end the program unasked.

#![allow(clippy::unwrap_used)]

#[path = "common/screen.rs"]
mod screen;
#[path = "common/sketch.rs"]
mod sketch;

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use hadal::image::{Base, Basis, Choice, Image};
use hadal::tui::msg::{Answer, Effect, Msg};
use proptest::prelude::*;
use screen::Screen;

const SKETCH: &str = "
    layer FROM base
    d /etc
    + /etc/passwd 900
    + /etc/a-name-that-is-so-long-that-no-pane-has-room-for-all-of-it-in-one-row.conf 60
    l /bin usr/bin
    layer RUN one
    + /usr/bin/tool 5900 755
    + /var/cache/one 38000
    + /var/cache/two 39000
    layer COPY app /app
    + /app/漢字漢字 2200 644 0:0 first
    + /app/cache/a 1000
    + /app/cache/b 2000
    layer RUN chown -R app /app
    + /app/漢字漢字 2200 644 1000:1000 first
    - /app/cache
    o /var/cache
";

fn image() -> Image {
    let mut image = sketch::image("wild", SKETCH);
    image.head.base = Some(Base { layers: 2, steps: 2, basis: Basis::Command, name: None });
    image
}

#[derive(Clone, Debug)]
enum Event {
    Key(KeyCode, KeyModifiers),
    Mouse(MouseEventKind, u16, u16),
    Paste(String),
    Resize(u16, u16),
    Read,
    Fail,
}

fn event() -> impl Strategy<Value = Event> {
    let named = prop::sample::select(vec![
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Backspace,
        KeyCode::Delete,
    ]);
    let letter = prop_oneof![
        6 => prop::char::ranges(vec![' '..='p', 'r'..='~'].into()),
        // What opens something.
        3 => prop::sample::select("/pwiIDo?! emcEz".chars().collect::<Vec<_>>()),
    ];
    let modifiers = prop_oneof![9 => Just(KeyModifiers::NONE), 1 => Just(KeyModifiers::SHIFT)];
    let button = prop::sample::select(vec![
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::Down(MouseButton::Right),
        MouseEventKind::Drag(MouseButton::Left),
        MouseEventKind::Up(MouseButton::Left),
        MouseEventKind::ScrollDown,
        MouseEventKind::ScrollUp,
    ]);
    prop_oneof![
        8 => letter.prop_map(|letter| Event::Key(KeyCode::Char(letter), KeyModifiers::NONE)),
        4 => (named, modifiers).prop_map(|(code, modifiers)| Event::Key(code, modifiers)),
        1 => prop::sample::select(vec!['d', 'u', 'a', 'w', 'k']).prop_map(|letter| Event::Key(KeyCode::Char(letter), KeyModifiers::CONTROL)),
        4 => (button, 0u16..250, 0u16..80).prop_map(|(kind, x, y)| Event::Mouse(kind, x, y)),
        1 => "[ -~\n漢q]{0,12}".prop_map(Event::Paste),
        1 => (0u16..250, 0u16..80).prop_map(|(width, height)| Event::Resize(width, height)),
        1 => Just(Event::Read),
        1 => Just(Event::Fail),
    ]
}

fn apply(screen: &mut Screen, event: &Event, image: &Arc<Image>) -> Vec<Effect> {
    let job = screen.model.job;
    let msg = match event.clone() {
        Event::Key(code, modifiers) => Msg::Key(KeyEvent::new(code, modifiers)),
        Event::Mouse(kind, column, row) => {
            Msg::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
        }
        Event::Paste(text) => Msg::Paste(text),
        Event::Resize(width, height) => {
            (screen.width, screen.height) = (width.max(1), height.max(1));
            Msg::Resize { width, height }
        }
        Event::Read => {
            screen.send(Msg::Job(job, Answer::Head(Box::new(image.head.clone()), image.layers.clone())));
            Msg::Job(job, Answer::Done(Arc::clone(image)))
        }
        Event::Fail => Msg::Job(job, Answer::Ambiguous("two images".to_owned())),
    };
    screen.send(msg)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn nothing_that_comes_in_breaks_the_screen(events in prop::collection::vec(event(), 1..120)) {
        let image = Arc::new(image());
        let mut screen = Screen::with((*image).clone(), 100, 30);
        let choice = |names: &str| Choice { names: vec![names.to_owned()], ..Choice::default() };
        let choices = vec![choice("one"), choice("two"), choice("漢字\x1b[2J")];
        screen.answer(Answer::Choices(choices));
        for event in &events {
            let effects = apply(&mut screen, event, &image);
            prop_assert!(!effects.contains(&Effect::Quit), "{event:?}");
            let explorer = &screen.model.explorer;
            let (files, list) = (&explorer.files, &explorer.list);
            prop_assert!(files.cursor.at < files.rows.len().max(1), "{event:?}");
            prop_assert!(list.cursor.at < list.rows.len().max(1), "{event:?}");
            prop_assert!(explorer.waste.at < explorer.facts.heaps.len().max(1), "{event:?}");
            let text = screen.text();
            prop_assert!(!text.chars().any(|letter| letter != '\n' && letter.is_control()), "{event:?}");
        }
        // Whatever is open, there is a way out.
        (screen.width, screen.height) = (100, 30);
        screen.send(Msg::Resize { width: 100, height: 30 });
        let quit = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        prop_assert_eq!(screen.send(Msg::Key(quit)), vec![Effect::Quit]);
    }
}
