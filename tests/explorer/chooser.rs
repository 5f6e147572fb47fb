//! The list of a source's images and platforms.

use std::sync::Arc;

use hadal::analysis::{Facts, JunkList};
use hadal::image::{Choice, Digest, Platform};
use hadal::tui::action::Context;
use hadal::tui::msg::{Answer, Effect, JobId, Msg};
use hadal::tui::screens::explorer::Load;

use super::{SHOP, Screen, footer, notice, shop, sketch};

pub(super) fn choices() -> Vec<Choice> {
    let choice = |name: &str, platform: &str, complete| Choice {
        names: if name.is_empty() { Vec::new() } else { vec![name.to_owned()] },
        platform: Platform::parse(platform),
        digest: Some(Digest::of(platform.as_bytes())),
        created: Some("2026-05-04T03:02:01Z".to_owned()),
        stored_bytes: Some(44_000_000),
        layers: 4,
        complete,
        select: name.to_owned(),
        ..Choice::default()
    };
    vec![
        choice("shop/api:1.4", "linux/amd64", true),
        choice("shop/api:1.4", "linux/arm64/v8", true),
        choice(
            "shop/worker:2.0-with-a-name-that-is-much-too-long-for-any-screen-of-a-usual-size",
            "linux/amd64",
            true,
        ),
        choice("", "linux/riscv64", false),
    ]
}

/// The user is asked before anything was shown.
pub(super) fn asked(width: u16, height: u16) -> Screen {
    let mut screen = Screen::start(width, height);
    screen.answer(Answer::Choices(choices()));
    screen.answer(Answer::Ambiguous("several images".to_owned()));
    screen
}

fn done(screen: &mut Screen) {
    let image = sketch::image("shop/api:1.4", SHOP);
    screen.answer(Answer::Head(Box::new(image.head.clone()), image.layers.clone()));
    screen.answer(Answer::Facts(Arc::new(Facts::of(&image, &JunkList::embedded()))));
    screen.answer(Answer::Done(Arc::new(image)));
}

/// The first of several images is open.
pub(super) fn opened(keys: &str) -> Screen {
    let mut screen = Screen::start(120, 35);
    screen.answer(Answer::Choices(choices()));
    screen.answer(Answer::Chosen(0));
    done(&mut screen);
    screen.keys(keys);
    screen
}

#[test]
fn an_ambiguous_source_asks() {
    let screen = asked(120, 35);
    assert_eq!(screen.model.explorer.context(), Context::Chooser);
    let text = screen.text();
    for word in
        ["4 images and platforms in shop.tar", "linux/arm64/v8", "shop/api:1.4", "44 MB", "2026-05-04"]
    {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(text.contains("(no name)") && text.contains("layers missing"), "{text}");
    assert!(
        text.contains("shop/worker:2.0") && text.contains("a-usual-size"),
        "both ends of a long name: {text}"
    );
    assert!(footer(&screen).contains("open"), "{}", footer(&screen));
}

#[test]
fn enter_opens_the_selected_one() {
    let mut screen = asked(120, 35);
    assert_eq!(screen.keys("j j k enter"), [Effect::Cancel(JobId(1)), Effect::Choose(JobId(2), 1)]);
    assert!(screen.model.explorer.reading());
    assert!(screen.model.explorer.choosing.is_none());
    done(&mut screen);
    assert!(screen.text().contains("model.bin") || screen.text().contains("FROM debian:12"));
    screen.keys("o");
    assert_eq!(screen.model.explorer.choosing.unwrap().at, 1, "the one that is open");
}

#[test]
fn answers_of_the_job_before_are_dropped() {
    let mut screen = asked(120, 35);
    screen.keys("enter");
    let old = |answer| Msg::Job(JobId(1), answer);
    let image = Arc::new(sketch::image("old", "layer OLD\n+ /old 1"));
    for answer in [
        Answer::Head(Box::new(image.head.clone()), image.layers.clone()),
        Answer::Facts(Arc::new(Facts::of(&image, &JunkList::embedded()))),
        Answer::Partial(Arc::clone(&image)),
        Answer::Choices(Vec::new()),
        Answer::Chosen(3),
        Answer::Ambiguous("again".to_owned()),
        Answer::Failed("cancelled".to_owned()),
        Answer::Done(image),
    ] {
        assert!(screen.send(old(answer)).is_empty());
    }
    let explorer = &screen.model.explorer;
    assert!(explorer.reading() && explorer.image.is_none() && explorer.head.is_none());
    assert_eq!((explorer.chosen, explorer.choices.len()), (Some(0), 4));
    done(&mut screen);
    assert_eq!(screen.model.explorer.load, Load::Ready);
    assert!(!screen.text().contains("OLD"));
}

#[test]
fn esc_goes_back_to_an_image_that_is_open() {
    let mut screen = opened("j j m");
    let before = screen.text();
    screen.keys("o j j");
    assert_ne!(screen.text(), before);
    assert!(screen.text().contains("▸ linux/amd64"), "{}", screen.text());
    assert!(screen.keys("esc").is_empty());
    assert_eq!(screen.text(), before);
    assert_eq!(screen.keys("o enter"), [], "the one that is shown is not read again");
    assert_eq!(screen.text(), before);
}

#[test]
fn without_an_image_there_is_nothing_to_go_back_to() {
    let mut screen = asked(80, 24);
    assert!(screen.keys("esc esc").is_empty());
    assert!(screen.model.explorer.choosing.is_some());
    assert_eq!(screen.keys("q"), [Effect::Quit]);
}

#[test]
fn one_that_fails_leaves_the_others() {
    let mut screen = asked(120, 35);
    screen.keys("G enter");
    screen.answer(Answer::Failed("a layer is missing".to_owned()));
    assert!(screen.text().contains("a layer is missing"));
    screen.keys("o");
    assert_eq!(screen.model.explorer.choosing.unwrap().at, 3);
    assert_eq!(screen.keys("g enter"), [Effect::Cancel(JobId(2)), Effect::Choose(JobId(3), 0)]);
    done(&mut screen);
    assert_eq!(screen.model.explorer.load, Load::Ready);
}

#[test]
fn where_there_is_one_only_that_is_said() {
    let mut screen = shop("o");
    assert!(screen.model.explorer.choosing.is_none());
    assert_eq!(notice(&screen), "the source holds this one image only");
    screen.keys("j");
    assert_eq!(notice(&screen), "", "until the next key");
}

#[test]
fn esc_closes_the_list_before_it_stops_reading() {
    let mut screen = Screen::start(120, 35);
    screen.answer(Answer::Choices(choices()));
    screen.keys("o");
    assert!(screen.model.explorer.choosing.is_some());
    assert_eq!(screen.keys("esc"), []);
    assert!(screen.model.explorer.choosing.is_none() && screen.model.explorer.reading());
}

#[test]
fn keys_of_the_panes_mean_nothing_in_the_list() {
    for key in ["/", "p", "w", "m", "c", "tab", "z", "i", "y"] {
        let mut screen = asked(120, 35);
        let before = screen.text();
        assert!(screen.keys(key).is_empty());
        assert!(screen.model.explorer.prompt.is_none(), "{key}: there is nothing to type into");
        screen.keys("esc");
        assert_eq!(screen.text(), before, "{key}");
    }
}

#[test]
fn the_list_says_what_source_it_is_of() {
    let screen = opened("o");
    assert!(screen.text().contains("4 images and platforms in shop.tar"), "{}", screen.text());
}

#[test]
fn while_the_next_one_is_read_the_one_before_is_not_named() {
    let screen = opened("o G enter");
    assert!(screen.model.explorer.reading());
    assert!(!screen.lines()[0].contains("shop/api:1.4"), "{}", screen.lines()[0]);
}

#[test]
fn a_question_ends_typing() {
    let mut screen = Screen::start(120, 35);
    screen.keys("/");
    screen.types("a");
    screen.answer(Answer::Choices(choices()));
    screen.answer(Answer::Ambiguous("several".to_owned()));
    assert!(screen.model.explorer.prompt.is_none(), "{}", footer(&screen));
}
