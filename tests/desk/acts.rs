//! What keys do to objects: at once only what loses nothing, all else after a dialog that says exactly what.

use hadal::tui::desk::dialogs::{Body, Removal};
use hadal::tui::msg::{Ask, Effect};
use hadal::world::{Act, Kind};

use super::{Screen, desk, name, rows, shop};

/// What is done, as commands with names in place of ids.
fn commands(screen: &Screen, effects: &[Effect]) -> Vec<String> {
    let command = |act: &Act| {
        let name = name(screen, act.object());
        let command = act.command(Kind::Docker);
        let (verb, _) = command.rsplit_once(' ').unwrap();
        format!("{} {name}", verb.strip_prefix("docker ").unwrap())
    };
    let acts = effects.iter().flat_map(|effect| match effect {
        Effect::Act(_, act) => vec![act],
        Effect::ActInOrder(acts) => acts.iter().map(|(_, act)| act).collect(),
        _ => Vec::new(),
    });
    acts.map(command).collect()
}

fn plan(screen: &Screen) -> &Removal {
    match screen.model.desk.dialog.as_ref().map(|dialog| &dialog.body) {
        Some(Body::Plan(plan)) => plan,
        other => panic!("no plan: {other:?}"),
    }
}

fn names(rows: &[hadal::tui::desk::dialogs::Row]) -> Vec<&str> {
    rows.iter().map(|row| row.name.as_str()).collect()
}

#[test]
fn no_single_key_loses_anything() {
    let keys =
        ('!'..='~').map(String::from).chain(["delete", "enter", "space", "left", "right"].map(str::to_owned));
    for key in keys {
        for before in ["", "j j", "*", "2", "2 j j j", "2 *", "b", "2 b", "b b j", "3", "3 j", "3 *"] {
            let mut screen = shop((120, 35), before);
            let effects = screen.keys(&key);
            for effect in effects {
                let harmless = !matches!(effect, Effect::ActInOrder(_))
                    && !matches!(&effect, Effect::Act(_, act) if !matches!(act, Act::Start { .. } | Act::Unpause { .. }));
                assert!(harmless, "{before} {key}: {effect:?}");
            }
        }
    }
}

#[test]
fn read_only_changes_nothing() {
    for keys in [
        "2 s",
        "2 r",
        "2 e",
        "2 a",
        "2 p",
        "* d enter",
        "2 * d enter",
        "2 x enter",
        "d space enter",
        "3 * d enter",
        "3 * d space enter",
        "3 j x enter enter",
        "W enter enter",
    ] {
        let mut screen = shop((120, 35), "");
        screen.model.desk.read_only = true;
        let effects = screen.keys(keys);
        let changes = |effect: &Effect| match effect {
            Effect::Act(_, act) => act.changes_engine(),
            Effect::ActInOrder(acts) => acts.iter().any(|(_, act)| act.changes_engine()),
            Effect::Shell(_) | Effect::Attach(_) => true,
            _ => false,
        };
        assert!(!effects.iter().any(changes), "{keys}: {effects:?}");
    }
    let mut screen = shop((120, 35), "* d");
    screen.model.desk.read_only = true;
    screen.keys("enter");
    assert!(screen.text().contains("--read-only forbids it; nothing was done"), "{}", screen.text());
}

#[test]
fn a_plan_says_what_goes_and_what_stays() {
    let mut screen = shop((120, 35), "* d");
    let shown = plan(&screen);
    let mut goes = names(&shown.goes);
    goes.sort_unstable();
    assert_eq!(goes, ["image builder:1", "image debian:12"]);
    assert_eq!(shown.frees, "1.2 GB");
    let mut stays = names(&shown.stays);
    stays.sort_unstable();
    let used = [
        "image dadada000000",
        "image redis:7",
        "image shop/api:1.3",
        "image shop/api:1.4",
        "image shop/web:7",
    ];
    assert_eq!(stays, used, "all that containers use");
    let effects = screen.keys("enter");
    let mut done = commands(&screen, &effects);
    done.sort();
    assert_eq!(done, ["rmi builder:1", "rmi debian:12"]);
    assert!(screen.model.desk.dialog.is_none());
}

#[test]
fn all_names_go_with_their_image() {
    let world = "image a:1,a:2,b:1 1h 5MB layers=x:5MB";
    let mut screen = desk(world, (120, 35), "d");
    assert_eq!(names(&plan(&screen).goes), ["tag a:1", "tag a:2", "image b:1"]);
    let effects = screen.keys("enter");
    let [Effect::ActInOrder(acts)] = &effects[..] else { panic!("{effects:?}") };
    let done: Vec<String> = acts.iter().map(|(_, act)| act.command(Kind::Docker)).collect();
    assert_eq!(done, ["docker rmi a:1 a:2 b:1"], "at once, so that none goes when another has changed");
}

#[test]
fn stopped_containers_can_go_along() {
    let mut screen = shop((120, 35), "/ r e d i s enter d");
    assert!(plan(&screen).goes.is_empty());
    assert!(
        plan(&screen).stays[0].why.iter().any(|why| why.contains("cache: 137 SIGKILL")),
        "{:?}",
        plan(&screen)
    );
    assert!(screen.keys("enter").is_empty(), "a plan that removes nothing does nothing");
    screen.keys("d space");
    assert_eq!(plan(&screen).goes.len(), 3);
    assert!(plan(&screen).notes.iter().any(|note| note == "Volumes stay: cache."));
    screen.keys("space");
    assert!(plan(&screen).goes.is_empty(), "and stay again");
    screen.keys("space");
    let effects = screen.keys("enter");
    let mut done = commands(&screen, &effects);
    let last = done.pop();
    done.sort();
    assert_eq!(
        (done, last.as_deref()),
        (vec!["rm cache".to_owned(), "rm new".to_owned()], Some("rmi redis:7"))
    );
    // While any of its containers runs, removing the others would free nothing.
    assert!(plan(&shop((120, 35), "j j d")).offer.is_none());
}

#[test]
fn running_containers_stay_unless_they_are_stopped_first() {
    let mut screen = shop((120, 35), "2 / p r o j e c t : s h o p enter * d");
    assert_eq!(names(&plan(&screen).stays), ["container api", "container web"]);
    assert_eq!(plan(&screen).goes.len(), 2);
    assert!(screen.text().contains("Volumes stay: cache, queue."));
    screen.keys("space");
    let effects = screen.keys("enter");
    let done = commands(&screen, &effects);
    for name in ["api", "web"] {
        let at = |command: &str| done.iter().position(|done| *done == format!("{command} {name}")).unwrap();
        assert!(at("stop") < at("rm"), "{done:?}");
    }
    assert_eq!(done.len(), 6);
}

#[test]
fn stopping_and_starting_many() {
    let mut screen = shop((120, 35), "2 * s");
    assert!(screen.text().contains("Stop loop, api, web."), "{}", screen.text());
    let effects = screen.keys("enter");
    assert_eq!(commands(&screen, &effects), ["stop loop", "stop api", "stop web"]);
    let mut screen = shop((120, 35), "2 / i s : s t o p p e d enter *");
    let effects = screen.keys("s");
    assert_eq!(commands(&screen, &effects).len(), 4, "starting asks nothing");
    let mut screen = shop((120, 35), "2 / i s : s t o p p e d enter * x j");
    let effects = screen.keys("enter");
    assert_eq!(commands(&screen, &effects).len(), 4, "the menu starts all of them too");
    let effects = shop((120, 35), "2 * r").keys("enter");
    assert_eq!(effects.len(), 7);
    assert!(shop((120, 35), "2 * r").keys("esc").is_empty());
    let mut screen = shop((120, 35), "2 * K");
    let effects = screen.keys("enter");
    assert_eq!(commands(&screen, &effects), ["kill --signal SIGTERM api", "kill --signal SIGTERM web"]);
}

#[test]
fn what_opens_something() {
    assert_eq!(shop((120, 35), "2 j").keys("y").len(), 1);
    let effects = shop((120, 35), "2 j j j").keys("e");
    assert!(matches!(effects[..], [Effect::Shell(_)]), "{effects:?}");
    let mut stopped = shop((120, 35), "2 j");
    assert!(stopped.keys("e").is_empty());
    assert!(stopped.text().contains("worker does not run"));
    assert_eq!(shop((120, 35), "2").keys("S"), [Effect::Engine(Ask::Measure)]);
    let mut screen = shop((120, 35), "j j");
    let id = screen.model.desk.images.list.table.selected().unwrap().id.clone();
    let effects = screen.keys("enter");
    assert!(matches!(&effects[..], [Effect::Explore(_, opened)] if *opened == id), "{effects:?}");
    let mut screen = shop((120, 35), "2 j j");
    let effects = screen.keys("o");
    assert!(matches!(&effects[..], [Effect::Explore(..)]), "{effects:?}");
}

#[test]
fn names_are_given_and_taken() {
    let mut screen = shop((120, 35), "j j n");
    screen.types("x");
    let effects = screen.keys("enter");
    assert_eq!(commands(&screen, &effects).len(), 1, "{effects:?}");
    let mut screen = shop((120, 35), "j j u j enter");
    assert!(screen.model.desk.dialog.is_none());
    screen.keys("u");
    assert!(screen.text().contains("Take which name away?"));
    let mut screen = shop((120, 35), "u");
    assert!(screen.text().contains("its last name goes only with the image"), "{}", screen.text());
    let effects = screen.keys("p enter");
    assert_eq!(effects.len(), 1, "pulled anew by its name: {effects:?}");
    let mut screen = shop((120, 35), "* w");
    screen.types("all.tar");
    let effects = screen.keys("enter");
    let Effect::Act(_, Act::Save { images, path, .. }) = &effects[0] else { panic!("{effects:?}") };
    assert_eq!((images.len(), path.as_str()), (rows(&screen).len(), "all.tar"), "one archive for all");
}
