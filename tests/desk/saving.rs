//! Saving what a plan removes: where to, how far it is, and that nothing goes without it.

use hadal::tui::desk::tasks::TaskId;
use hadal::tui::msg::{Effect, Msg};
use hadal::world::{Act, Kind, Step, Update};

use super::{Screen, desk, footer};

const TWO: &str = "
    image shop/api:1,shop/api:latest 20d 690MB layers=debian:75MB,python:203MB,venv:412MB
    image - 4d 715MB layers=debian:75MB,python:203MB,venv3:437MB id=dadada
    container old shop/api:1 exited 9d exit=0 wrote=3MB
";

/// The plan for both images and the container between them, saved to a file first.
fn planned(size: (u16, u16), keys: &str) -> Screen {
    let mut screen = desk(TWO, size, "3 * d s");
    screen.keys(keys);
    screen
}

/// The one thing that is begun: the act that saves.
fn saving(effects: &[Effect]) -> (TaskId, String) {
    let [Effect::Act(id, act @ Act::Save { ids, .. })] = effects else { panic!("{effects:?}") };
    assert_eq!(ids.len(), 2, "what is relied on is named by its id");
    (*id, act.command(Kind::Docker))
}

fn removes(effects: &[Effect]) -> usize {
    let acts = |effect: &Effect| match effect {
        Effect::ActInOrder(acts) => acts.len(),
        Effect::Act(..) => 1,
        _ => 0,
    };
    effects.iter().map(acts).sum()
}

#[test]
fn it_is_asked_where_to_and_gone_back_to_the_plan() {
    let mut screen = planned((100, 30), "");
    assert!(screen.text().contains("hadal-saved-2026-05-28-2026.tar"), "{}", screen.text());
    screen.keys("esc");
    assert!(screen.text().contains("s: save the 2 images to an archive first"), "{}", screen.text());
    screen.keys("s ctrl-u");
    screen.types("all of it.tar");
    assert!(screen.keys("enter").is_empty());
    assert!(screen.text().contains("First the 2 images are saved to all of it.tar"), "{}", screen.text());
    assert!(screen.text().contains("docker save -o 'all of it.tar' "), "{}", screen.text());
    screen.keys("s");
    assert!(!screen.text().contains("docker save"));
    assert_eq!(removes(&screen.keys("enter")), 3, "without it, as ever");
    // Nothing is asked where there is nothing to save.
    let mut screen = desk(TWO, (100, 30), "2 d s");
    assert!(!screen.text().contains("archive"), "{}", screen.text());
    assert_eq!(removes(&screen.keys("enter")), 1);
}

#[test]
fn nothing_goes_before_it_is_saved() {
    let mut screen = planned((100, 30), "enter");
    let (id, command) = saving(&screen.keys("enter"));
    assert!(command.starts_with("docker save -o hadal-saved-2026-05-28-2026.tar "), "{command}");
    assert!(command.contains(" shop/api:1 shop/api:latest") && command.contains(" dadada"), "{command}");
    let (text, rate) = ("saving".to_owned(), 85_000_000);
    screen.send(Msg::Step(id, Step { text, done: 12_000_000, total: 70_000_000, rate, ..Step::default() }));
    assert!(screen.text().contains("saving 12 MB of 70 MB, 85 MB/s"), "{}", screen.text());
    let effects = screen.send(Msg::End(id, Ok("saved".to_owned())));
    assert_eq!(removes(&effects), 3, "{effects:?}");
    assert!(screen.model.desk.dialog.is_none());
    let Some(Effect::ActInOrder(acts)) = effects.first() else { panic!("{effects:?}") };
    for (id, _) in acts {
        screen.send(Msg::End(*id, Ok("removed".to_owned())));
    }
    screen.resize(240, 30);
    let footer = footer(&screen);
    assert!(footer.contains("removed 3 of 3") && footer.contains("; saved in hadal-saved-"), "{footer}");
}

#[test]
fn what_is_not_saved_stays() {
    let failed = |text: &str| Err(text.to_owned());
    // It fails.
    let mut screen = planned((160, 30), "enter");
    let (id, _) = saving(&screen.keys("enter"));
    let effects = screen.send(Msg::End(id, failed("cannot save to x.tar: the disk is full")));
    assert_eq!(removes(&effects), 0, "{effects:?}");
    assert!(footer(&screen).contains("the disk is full; nothing was removed"), "{}", footer(&screen));
    assert!(screen.model.desk.dialog.is_none() && screen.model.desk.saving.is_none());
    // It is stopped, and is done a moment before that is heard of.
    for result in [failed("stopped; what was done until then stays"), Ok("saved it".to_owned())] {
        let mut screen = planned((160, 30), "enter");
        let (id, _) = saving(&screen.keys("enter"));
        assert_eq!(screen.keys("esc"), [Effect::StopAct(id)]);
        let effects = screen.send(Msg::End(id, result));
        assert_eq!(removes(&effects), 0, "{effects:?}");
        assert!(footer(&screen).contains("nothing was removed"), "{}", footer(&screen));
    }
    // It is stopped among all that is under way.
    let mut screen = planned((160, 30), "enter");
    let (id, _) = saving(&screen.keys("enter"));
    assert!(screen.keys("enter").is_empty(), "goes on behind the lists");
    assert_eq!(screen.keys("# d"), [Effect::StopAct(id)]);
    assert_eq!(removes(&screen.send(Msg::End(id, Ok("saved".to_owned())))), 0);
    // Another engine is looked at meanwhile.
    let mut screen = planned((160, 30), "enter");
    let (id, _) = saving(&screen.keys("enter enter"));
    let about = hadal::world::About { url: "unix:///other".to_owned(), ..hadal::world::About::default() };
    screen.send(Msg::World(vec![Update::Connected(Box::new(about))]));
    assert_eq!(removes(&screen.send(Msg::End(id, Ok("saved".to_owned())))), 0);
}

#[test]
fn only_one_at_a_time_and_none_where_nothing_may_change() {
    let mut screen = planned((160, 30), "enter");
    saving(&screen.keys("enter enter"));
    assert!(screen.keys("d s enter enter").is_empty());
    assert!(footer(&screen).contains("something is being saved already"), "{}", footer(&screen));
    let mut screen = planned((160, 30), "enter");
    screen.model.desk.read_only = true;
    assert!(screen.keys("enter").is_empty());
    assert!(footer(&screen).contains("--read-only forbids it"), "{}", footer(&screen));
}

#[test]
fn pictures() {
    insta::assert_snapshot!("save_where", planned((80, 24), "").text());
    insta::assert_snapshot!("save_plan", planned((80, 24), "enter").text());
    let mut screen = planned((80, 24), "enter");
    let (id, _) = saving(&screen.keys("enter"));
    let (text, rate) = ("saving".to_owned(), 85_000_000);
    screen.send(Msg::Step(id, Step { text, done: 12_000_000, total: 70_000_000, rate, ..Step::default() }));
    insta::assert_snapshot!("save_under_way", screen.text());
}
