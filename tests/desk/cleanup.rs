//! What could go: groups, what marks free, the plan of it, and what came of that.

use hadal::cleanup::Protect;
use hadal::tui::desk::dialogs::Body;
use hadal::tui::msg::{Ask, Effect, Msg, Seen, Stores, Watch, WatchId};
use hadal::world::{Act, CacheRecord, Kind, Network, Usage, Volume};

use super::{Screen, desk, footer, marked, rows, selected, world};

/// Builds of one repository, a lost one, a base that nobody uses, and what holds some of them.
const BUILDS: &str = "
    image debian:12 90d 75MB layers=debian:75MB
    image shop/api:1 50d 175MB layers=debian:75MB,one:100MB
    image shop/api:2 40d 185MB layers=debian:75MB,two:110MB
    image shop/api:3 30d 195MB layers=debian:75MB,three:120MB
    image shop/api:4 20d 205MB layers=debian:75MB,four:130MB
    image - 10d 215MB layers=debian:75MB,lost:140MB id=dadada digest=shop/web@sha256:00
    image shop/web:7 2d 92MB layers=alpine:8MB,web:84MB
    image tool:1 70d 405MB layers=python:400MB,tool1:5MB
    image other:1 71d 407MB layers=python:400MB,other:7MB
    container web shop/web:7 running 3d wrote=1kB
    container old shop/api:4 exited 9d exit=0 wrote=3MB volume=aaaa
    container made shop/api:1 created 49d wrote=0
";

fn stores() -> Stores {
    let cache = |id: &str, bytes, shared| CacheRecord {
        id: id.to_owned(),
        kind: "regular".to_owned(),
        description: format!("mount / from exec /bin/sh -c make {id}"),
        bytes,
        shared,
        ..CacheRecord::default()
    };
    let volume = |name: &str, anonymous| Volume {
        name: name.to_owned(),
        bytes: Some(31_000_000),
        anonymous,
        ..Volume::default()
    };
    let network =
        |name: &str| Network { id: format!("{name}{name}"), name: name.to_owned(), ..Network::default() };
    Stores {
        reckoning: Ok(Usage {
            layers: Some(1_200_000_000),
            volumes: vec![volume(&"ab".repeat(32), true), volume("data", false), volume("aaaa", true)],
            cache: vec![cache("c1", 12_000_000, false), cache("c2", 9_000_000, false)],
            ..Usage::default()
        }),
        networks: Ok(vec![network("bridge"), network("shop_default")]),
    }
}

fn told(screen: &mut Screen, stores: Stores) -> Vec<Effect> {
    screen.send(Msg::Seen(WatchId(0), Seen::Stores(Box::new(stores))))
}

fn builds(size: (u16, u16), keys: &str) -> Screen {
    let mut screen = desk(BUILDS, size, "3");
    told(&mut screen, stores());
    screen.keys(keys);
    screen
}

fn commands(effects: &[Effect]) -> Vec<String> {
    let acts = effects.iter().flat_map(|effect| match effect {
        Effect::ActInOrder(acts) => acts.iter().map(|(_, act)| act.command(Kind::Docker)).collect(),
        _ => Vec::new(),
    });
    acts.collect()
}

fn head(screen: &Screen, line: usize) -> String {
    screen.lines()[line].trim().to_owned()
}

#[test]
fn opening_it_asks_the_engine_and_says_so() {
    let mut screen = desk(BUILDS, (120, 60), "");
    let effects = screen.keys("3");
    assert_eq!(effects, [Effect::Watch(WatchId(0), Watch::Stores), Effect::Engine(Ask::Measure)]);
    assert!(screen.text().contains("asking the engine for volumes"), "{}", screen.text());
    assert!(!screen.text().contains("Build cache"));
    told(&mut screen, stores());
    assert!(screen.text().contains("Build cache") && screen.text().contains("shop_default"));
    assert!(screen.text().contains("1.2 GB of layers"), "{}", screen.text());
    assert!(screen.keys("3 j").is_empty(), "it is open already");
    assert_eq!(screen.keys("r").len(), 2);
    let refused = Stores { reckoning: Err("no such endpoint".to_owned()), networks: Ok(Vec::new()) };
    told(&mut screen, refused);
    assert!(screen.text().contains("! volumes and build cache: no such endpoint"), "{}", screen.text());
    assert!(!screen.text().contains("Build cache"), "what the engine does not tell is no group");
    // Without an engine nobody is asked.
    let mut away = Screen::desk(Vec::new(), world::now(), (80, 24));
    assert!(away.keys("3").is_empty());
}

#[test]
fn everything_is_in_one_group() {
    let screen = builds((120, 60), "");
    assert_eq!(
        rows(&screen).join(" "),
        "[group:Dangling] dadada [group:Superseded] shop/api:1 [group:Unused] shop/api:4 shop/api:3 shop/api:2 \
         other:1 tool:1 debian:12 [group:Stopped] old made [group:BuildCache] build-cache:c1 build-cache:c2 \
         [group:Networks] network:shop_defaultshop_default [group:Volumes] volume:aaaa \
         volume:abababababababababababababababababababababababababababababababab"
            .replace("         ", "")
    );
    let text = screen.text();
    for says in [
        "replaced by shop/web:7",
        "held by old; ",
        "older than the newest 3 of shop/api",
        "exited 0, 9 d ago, keeps shop/api:4",
    ] {
        assert!(text.contains(says), "{says}: {text}");
    }
    let listed = |keys: &str| rows(&builds((120, 60), keys)).join(" ");
    assert!(
        listed("- -").contains("[group:Superseded] dadada shop/api:3 shop/api:2 shop/api:1 [group:Unused]")
    );
    assert!(listed("- - -").contains("[group:Superseded] dadada shop/api:3"), "one stays at least");
    assert!(!listed("+").contains("Superseded"));
    assert_eq!(listed("/ i s : h e l d enter").split(' ').filter(|row| !row.starts_with('[')).count(), 3);
    assert_eq!(listed("enter").split(' ').nth(1), Some("[group:Superseded]"), "Enter folds a group");
}

#[test]
fn what_marks_free_is_no_sum() {
    let mut screen = builds((120, 60), "/ p y t h o n enter");
    assert!(rows(&screen).is_empty());
    screen.keys("esc / t o o l enter j");
    assert_eq!(selected(&screen), "tool:1");
    assert_eq!(head(&screen, 2), "marking this frees 5 MB");
    screen.keys("space");
    assert_eq!(head(&screen, 1), "1 marked: frees 5 MB");
    screen.keys("esc / o t h e r enter j");
    assert_eq!(
        head(&screen, 2),
        "marking this too frees another 407 MB: it was the last to share layers with tool:1"
    );
    screen.keys("space");
    assert_eq!(head(&screen, 1), "2 marked: free together 412 MB");
    assert_eq!(head(&screen, 2), "this is marked");
    // What a container holds comes free with the container alone.
    let mut screen = builds((120, 60), "/ s h o p / a p i : 4 enter j");
    assert_eq!(head(&screen, 2), "marking this frees nothing: it is held by old");
    screen.keys("esc / o l d enter g j space esc / s h o p / a p i : 4 enter g j");
    assert_eq!(head(&screen, 2), "marking this too frees another 130 MB");
    screen.keys("esc esc / s h o p / a p i : 4 enter g j space esc / o l d enter g j");
    assert_eq!(head(&screen, 2), "marking this too frees another 133 MB: it was the last to keep shop/api:4");
}

#[test]
fn the_last_user_of_a_base_is_told_so() {
    let base = "
        image python:3.12 90d 412MB layers=debian:75MB,python:337MB
        image tool:1 70d 420MB layers=debian:75MB,python:337MB,tool:8MB
        image other:1 70d 80MB layers=debian:75MB,other:5MB
        container runs other:1 running 1h
    ";
    let both = |first: &str, second: &str| {
        let mut screen = desk(base, (120, 40), "3 /");
        screen.types(first);
        screen.keys("enter j space esc /");
        screen.types(second);
        screen.keys("enter g j");
        head(&screen, 2)
    };
    assert_eq!(
        both("python", "tool"),
        "marking this too frees another 345 MB: it was the last user of python:3.12"
    );
    assert_eq!(
        both("tool", "python"),
        "marking this too frees another 337 MB: all that stands on it is marked"
    );
}

#[test]
fn groups_are_folded_and_unfolded_together() {
    let mut screen = builds((120, 60), "j j j");
    let all = rows(&screen).len();
    screen.keys("b");
    assert!(rows(&screen).iter().all(|row| row.starts_with('[')), "{:?}", rows(&screen));
    assert_eq!(selected(&screen), "group:Superseded", "the head of what was selected");
    screen.keys("b");
    assert_eq!((rows(&screen).len(), selected(&screen).as_str()), (all, "group:Superseded"));
}

#[test]
fn groups_are_marked_and_marks_inverted() {
    let mut screen = builds((120, 60), "");
    screen.keys("space");
    assert_eq!(marked(&screen), ["dadada"]);
    screen.keys("v");
    assert_eq!(marked(&screen).len(), 14);
    screen.keys("*");
    assert_eq!(marked(&screen).len(), 15);
    screen.keys("*");
    assert!(marked(&screen).is_empty());
    screen.keys("v - -");
    assert_eq!(marked(&screen).len(), 15, "what moves to another group keeps its mark");
}

#[test]
fn plans_are_made_once_for_each_change() {
    let mut screen = builds((120, 60), "j");
    let plans = |screen: &Screen| screen.model.desk.cleanup.plans();
    let before = plans(&screen);
    for _ in 0..3 {
        screen.terminal();
        screen.send(Msg::Clock(world::now()));
        screen.send(Msg::Resumed);
    }
    assert_eq!(plans(&screen), before, "drawing plans nothing");
    screen.keys("space");
    assert!(plans(&screen) - before <= 2, "one for the marks, one for what is selected next");
    let before = plans(&screen);
    screen.keys("i");
    screen.keys("i");
    assert_eq!(plans(&screen), before);
    screen.keys("j");
    assert!(plans(&screen) - before <= 1);
}

#[test]
fn exactly_what_is_marked_is_planned_and_done() {
    let mut screen = builds((120, 60), "*");
    let effects = screen.keys("d enter");
    let done = commands(&effects);
    assert_eq!(done.len(), 15, "{done:?}");
    assert!(
        done[..2].iter().all(|one| one.starts_with("docker rm ")),
        "containers before their images: {done:?}"
    );
    let anonymous = format!("docker volume rm {}", "ab".repeat(32));
    assert!(done.contains(&anonymous), "engines take no part of a volume's name: {done:?}");
    assert!(done.iter().any(|one| one == "docker volume rm aaaa"));
    assert!(done.iter().any(|one| one == "docker network rm shop_defaultshop_default"));
    assert!(
        !done.iter().any(|one| one.contains("shop/web:7") || one.contains("prune ") && !one.contains("id="))
    );
    let forced = |effect: &Effect| match effect {
        Effect::ActInOrder(acts) => {
            acts.iter().any(|(_, act)| matches!(act, Act::RemoveContainer { force: true, .. }))
        }
        _ => false,
    };
    assert!(!effects.iter().any(forced));
}

#[test]
fn stopped_containers_go_along_when_they_are_asked_to() {
    let mut screen = builds((120, 60), "/ s h o p / a p i : 4 enter j d");
    assert!(screen.text().contains("remove the stopped container that uses them, too"), "{}", screen.text());
    assert!(screen.keys("enter").is_empty());
    let effects = screen.keys("d space enter");
    let done = commands(&effects);
    assert_eq!(done.len(), 2);
    assert!(done[0].starts_with("docker rm ") && done[1] == "docker rmi shop/api:4", "{done:?}");
}

#[test]
fn what_was_predicted_is_said_beside_what_was_freed() {
    let mut screen = builds((120, 60), "/ i s : i m a g e enter * d");
    let effects = screen.keys("enter");
    let Some(Effect::ActInOrder(acts)) = effects.first() else { panic!("{effects:?}") };
    let acts = acts.clone();
    let (last, others) = acts.split_last().unwrap();
    for (id, _) in others {
        assert!(screen.send(Msg::End(*id, Ok("removed".to_owned()))).is_empty());
    }
    let effects = screen.send(Msg::End(last.0, Err("changed, skipped: it has run since".to_owned())));
    assert!(
        effects.contains(&Effect::Watch(WatchId(0), Watch::Stores)),
        "what is left is asked for: {effects:?}"
    );
    assert!(footer(&screen).contains("removed 5 of 6"), "{}", footer(&screen));
    assert!(footer(&screen).contains("predicted); 1 not: # shows why"), "{}", footer(&screen));
}

#[test]
fn where_nothing_is_cached_the_engine_measures_what_was_freed() {
    let mut screen = desk(BUILDS, (140, 60), "3");
    let layers = |bytes| Stores {
        reckoning: Ok(Usage { layers: Some(bytes), ..Usage::default() }),
        networks: Ok(Vec::new()),
    };
    told(&mut screen, layers(1_000_000_000));
    let effects = screen.keys("/ t o o l enter j d enter");
    let Some(Effect::ActInOrder(acts)) = effects.first() else { panic!("{effects:?}") };
    screen.send(Msg::End(acts[0].0, Ok("removed tool:1".to_owned())));
    assert!(!footer(&screen).contains("predicted"), "it is still being measured");
    told(&mut screen, layers(994_000_000));
    assert!(
        footer(&screen).contains("removed 1 of 1, 6 MB freed, by the engine's own figures (5 MB predicted)"),
        "{}",
        footer(&screen)
    );
}

#[test]
fn what_is_protected_stays() {
    let mut screen = desk(BUILDS, (120, 60), "");
    screen.model.desk.protect = Protect::new(&["shop/*".to_owned(), "old".to_owned()]).unwrap();
    screen.keys("3");
    told(&mut screen, stores());
    assert!(screen.text().contains("protected by shop/*"), "{}", screen.text());
    let done = commands(&screen.keys("* d space enter"));
    assert!(!done.iter().any(|one| one.contains("shop/api") || one.contains("dadada")), "{done:?}");
    assert_eq!(done.iter().filter(|one| one.starts_with("docker rm ")).count(), 1, "not old: {done:?}");
    screen.keys("d");
    let Some(Body::Plan(plan)) = screen.model.desk.dialog.as_ref().map(|dialog| &dialog.body) else {
        panic!()
    };
    assert!(plan.stays.iter().any(|row| row.why[0] == "protected by shop/*"), "{:?}", plan.stays);
}

#[test]
fn all_that_is_in_the_way_of_an_image() {
    let world = "
        image base:1,base:latest 9d 10MB layers=base:10MB
        container run base:1 running 1h
        container done base:1 exited 1h exit=3
    ";
    let mut screen = desk(world, (100, 30), "W");
    let text = screen.text();
    for says in [
        "3 things are in its way",
        "containers that run",
        "run (up 1 h)",
        "docker stop run && docker rm run",
        "docker rmi base:latest",
    ] {
        assert!(text.contains(says), "{says}: {text}");
    }
    screen.keys("enter");
    assert!(
        screen.text().contains("frees 10 MB") || screen.text().contains("frees ≈ 10 MB"),
        "{}",
        screen.text()
    );
    let done = commands(&screen.keys("enter"));
    assert_eq!(done.len(), 4, "stop, rm, rm, rmi: {done:?}");
    let mut screen = builds((100, 30), "/ t o o l enter j w");
    assert!(screen.text().contains("Nothing is in its way; its removal frees 5 MB."), "{}", screen.text());
    let done = commands(&screen.keys("enter enter"));
    assert_eq!(done, ["docker rmi tool:1"]);
}

#[test]
fn pictures() {
    for (name, size, keys) in [
        ("cleanup_80x24", (80, 24), "j space"),
        ("cleanup_120x35", (120, 35), "j j j space j j"),
        ("cleanup_plan", (100, 40), "* d"),
        ("cleanup_why", (100, 30), "/ s h o p / a p i : 4 enter j w"),
    ] {
        insta::assert_snapshot!(name, builds(size, keys).text());
    }
}
