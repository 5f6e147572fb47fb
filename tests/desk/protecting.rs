//! Protecting by a key: what is asked, what is kept in the settings, and what the list shows of it.

use hadal::cleanup::Protect;
use hadal::tui::msg::{Effect, Msg};
use hadal::tui::settings::Change;
use hadal::tui::settings::file::Kept;

use super::{Screen, desk, footer, selected};

const BUILDS: &str = "
    image shop/api:2 20d 175MB layers=debian:75MB,two:100MB
    image shop/api:1,other/api:1 50d 185MB layers=debian:75MB,one:110MB
    image tool:1 70d 405MB layers=python:400MB,tool1:5MB label=hadal.keep=true
    image - 80d 5MB layers=lost:5MB id=dadada
    image shop/web:7 2d 92MB layers=alpine:8MB,web:84MB
    container old shop/api:2 exited 9d exit=0 wrote=3MB
";

fn change(effects: &[Effect]) -> Change {
    let [Effect::Protect(change)] = effects else { panic!("{effects:?}") };
    change.clone()
}

/// The program after the settings were changed to these patterns.
fn kept(screen: &mut Screen, change: Change, patterns: &[&str]) {
    let patterns = patterns.iter().map(|one| (*one).to_owned()).collect();
    let kept = Kept { patterns, path: "/home/me/config.toml".to_owned() };
    screen.send(Msg::Protected { change, result: Ok(kept) });
}

fn on(text: &str) -> Screen {
    let mut screen = desk(BUILDS, (120, 40), "3 /");
    screen.types(text);
    screen.keys("enter j");
    screen
}

#[test]
fn a_name_is_offered_and_can_be_widened() {
    let mut screen = on("api:1");
    assert_eq!(selected(&screen), "shop/api:1");
    screen.keys("K");
    let text = screen.text();
    assert!(text.contains("Protect shop/api:1") && text.contains("> shop/api:1 "), "{text}");
    assert!(text.contains("Tab: shop/api:*"), "{text}");
    screen.keys("tab");
    assert!(screen.text().contains("> shop/api:* "), "{}", screen.text());
    screen.keys("tab tab backspace");
    screen.types("[");
    assert!(screen.keys("enter").is_empty());
    assert!(screen.text().contains("is no pattern"), "{}", screen.text());
    screen.keys("backspace");
    screen.types("*");
    let change = change(&screen.keys("enter"));
    assert_eq!((&change.add[..], change.remove.len()), (&["shop/api:*".to_owned()][..], 0));
    assert!(!screen.text().contains("protected by"), "not before it is kept");
    kept(&mut screen, change, &["shop/api:*"]);
    assert!(screen.text().contains("protected by shop/api:*"), "{}", screen.text());
    assert!(footer(&screen).contains("shop/api:* stands in /home/me/config.toml"), "{}", footer(&screen));
    screen.keys("esc");
    screen.keys("esc /");
    screen.types("is:protected");
    screen.keys("enter");
    let rows = super::rows(&screen);
    assert!(rows.contains(&"shop/api:2".to_owned()) && rows.contains(&"tool:1".to_owned()), "{rows:?}");
}

#[test]
fn what_is_marked_is_protected_together() {
    let mut screen = on("shop");
    screen.keys("* K");
    let text = screen.text();
    assert!(text.contains("> shop/api:1 shop/api:2 shop/web:7 "), "{text}");
    screen.keys("tab");
    assert!(screen.text().contains("> shop/api:* shop/web:* "), "{}", screen.text());
    assert_eq!(change(&screen.keys("enter")).add, ["shop/api:*", "shop/web:*"]);
    let mut screen = on("old");
    screen.keys("K");
    assert!(!screen.text().contains("Tab:"), "a container has no repository");
    assert_eq!(change(&screen.keys("enter")).add, ["old"]);
    let mut screen = desk(BUILDS, (120, 40), "");
    screen.keys("/ t o o l enter K");
    assert!(footer(&screen).contains("the label hadal.keep protects it"), "{}", footer(&screen));
    screen.keys("esc / w e b enter K");
    assert_eq!(change(&screen.keys("enter")).add, ["shop/web:7"], "among the images, too");
}

#[test]
fn what_has_no_name_or_a_label_is_said_so() {
    let mut screen = on("dadada");
    assert!(screen.keys("K").is_empty());
    assert!(footer(&screen).contains("it has no name to protect it by"), "{}", footer(&screen));
    let mut screen = on("tool");
    assert!(screen.keys("K").is_empty());
    assert!(
        footer(&screen).contains("the label hadal.keep protects it; only a new one"),
        "{}",
        footer(&screen)
    );
}

#[test]
fn the_same_key_takes_it_away_again() {
    let mut screen = desk(BUILDS, (120, 40), "");
    screen.model.desk.protect = Protect::new(&["shop/*".to_owned(), "*:7".to_owned()]).unwrap();
    screen.keys("3 / a p i : 1 enter j K");
    let text = screen.text();
    assert!(text.contains("Take shop/* out of the settings: it protects shop/"), "{text}");
    assert!(text.contains("shop/api:2") && text.contains("shop/web:7"), "all that it is about: {text}");
    assert!(screen.keys("esc").is_empty());
    screen.keys("K");
    let change = change(&screen.keys("enter"));
    assert_eq!((change.add.len(), &change.remove[..]), (0, &["shop/*".to_owned()][..]));
    kept(&mut screen, change.clone(), &["*:7"]);
    assert!(footer(&screen).contains("took shop/* out of /home/me/config.toml"), "{}", footer(&screen));
    screen.keys("esc");
    assert!(screen.text().contains("protected by *:7") && !screen.text().contains("protected by shop"));
    let why = "cannot change the settings in x: it may only be read; nothing was changed".to_owned();
    screen.send(Msg::Protected { change, result: Err(why) });
    assert!(footer(&screen).contains("! cannot change the settings"), "{}", footer(&screen));
    assert!(screen.text().contains("protected by *:7"));
}

#[test]
fn nothing_of_the_engine_is_changed_by_it() {
    let mut screen = on("web");
    screen.model.desk.read_only = true;
    assert_eq!(change(&screen.keys("K enter")).add, ["shop/web:7"]);
}

#[test]
fn pictures() {
    let mut screen = desk(BUILDS, (80, 24), "3 / a p i : 1 enter j");
    screen.keys("K");
    insta::assert_snapshot!("protect_80x24", screen.text());
}
