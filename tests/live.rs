//! The keeper of an engine: what it asks, how often, and what it makes of loss, silence and floods.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/engine.rs"]
mod engine;
#[path = "common/fake.rs"]
mod fake;
#[path = "common/place.rs"]
mod place;
#[path = "live/real.rs"]
mod real;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use fake::Fake;
use hadal::container::State;
use hadal::engine::Surroundings;
use hadal::jobs::live::{Live, Order, Pace, Patience, Wish};
use hadal::world::{Connection, Update, World};
use tokio::sync::mpsc;

/// Patience for a busy machine; nothing is asserted about how long anything takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A keeper, and the world as its updates make it.
struct Watched {
    live: Live,
    updates: mpsc::Receiver<Vec<Update>>,
    world: World,
    messages: usize,
    /// How many updates there were of each kind: all containers, all images, one container, one image.
    told: [usize; 4],
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// As for people, but with less patience for what does not answer.
fn pace() -> Pace {
    Pace {
        events: Patience { quiet: millis(50), longest: millis(250), settled: millis(400) },
        retry: (millis(20), millis(100)),
        search: millis(50),
        answer: millis(400),
        ping: millis(300),
        ..Pace::default()
    }
}

impl Watched {
    fn start(fake: &Fake, pace: Pace) -> Watched {
        Watched::at(fake.url(), pace)
    }

    fn at(url: String, pace: Pace) -> Watched {
        let (to, updates) = mpsc::channel(4);
        let around = Surroundings { engine: Some(url), ..Surroundings::default() };
        let live = Live::start(Wish { around, pace }, to);
        Watched { live, updates, world: World::default(), messages: 0, told: [0; 4] }
    }

    /// Takes updates until the world is as expected.
    async fn until(&mut self, what: &str, mut expected: impl FnMut(&World) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !expected(&self.world) {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(Some(batch)) = tokio::time::timeout(left, self.updates.recv()).await else {
                panic!("waited in vain until {what}; {:?}", self.world.connection);
            };
            self.take(batch);
        }
    }

    fn take(&mut self, batch: Vec<Update>) {
        self.messages += 1;
        for update in batch {
            match &update {
                Update::Containers(_) => self.told[0] += 1,
                Update::Images(_) => self.told[1] += 1,
                Update::Container(_) => self.told[2] += 1,
                Update::Image(_) => self.told[3] += 1,
                _ => {}
            }
            self.world.apply(update);
        }
    }

    /// Takes what comes within a time; returns how many messages that were.
    async fn listen(&mut self, time: Duration) -> usize {
        let (end, before) = (Instant::now() + time, self.messages);
        while let Ok(Some(batch)) =
            tokio::time::timeout(end.saturating_duration_since(Instant::now()), self.updates.recv()).await
        {
            self.take(batch);
        }
        self.messages - before
    }

    /// Until everything is known that was listed.
    async fn settle(&mut self) {
        self.until("all is known", |world| {
            world.containers_listed
                && world.images_listed
                && world.containers.values().all(|container| container.inspected)
                && world.images.values().all(|image| image.steps.is_some())
        })
        .await;
    }
}

fn container_id(number: usize) -> String {
    format!("{number:064x}")
}

fn image_id(number: usize) -> String {
    format!("sha256:{number:064x}")
}

/// Puts a container into the answers of one that is asked for alone.
fn put_container(fake: &Fake, number: usize, status: &str) {
    let id = container_id(number);
    let code = if status == "running" { 0 } else { 3 };
    let body = format!(
        r#"{{"Id":"{id}","Name":"/hadal-test-{number}","Image":"{}","Config":{{"Image":"x:1"}},
            "State":{{"Status":"{status}","ExitCode":{code},"StartedAt":"2026-01-01T00:00:00Z"}}}}"#,
        image_id(0)
    );
    fake.answer(&format!("/containers/{id}/json"), &body);
}

fn list_containers(fake: &Fake, containers: &[(usize, &str)]) {
    let mut rows = String::new();
    for (number, status) in containers {
        put_container(fake, *number, status);
        let words = if *status == "running" { "Up 3 minutes" } else { "Exited (3) 2 hours ago" };
        let _ = write!(
            rows,
            r#",{{"Id":"{}","Names":["/hadal-test-{number}"],"Image":"x:1","ImageID":"{}","State":"{status}",
                "Status":"{words}","Created":1700000000}}"#,
            container_id(*number),
            image_id(0)
        );
    }
    fake.answer("/containers/json", &format!("[{}]", rows.trim_start_matches(',')));
}

fn list_images(fake: &Fake, images: &[(usize, &str, &str)]) {
    let mut rows = String::new();
    for (number, tags, parent) in images {
        let id = image_id(*number);
        let common = format!(r#""Id":"{id}","RepoTags":[{tags}],"Size":1000"#);
        let _ = write!(rows, r#",{{{common},"ParentId":"{parent}","Created":1700000000}}"#);
        let inspected = format!(r#"{{{common},"Parent":"{parent}","RootFS":{{"Layers":["sha256:aa"]}}}}"#);
        fake.answer(&format!("/images/{id}/json"), &inspected);
        fake.answer(&format!("/images/{id}/history"), r#"[{"Id":"<missing>","CreatedBy":"x","Size":1000}]"#);
    }
    fake.answer("/images/json", &format!("[{}]", rows.trim_start_matches(',')));
}

/// The fleet that everything is measured with.
fn fleet(fake: &Fake) {
    let status = |number: usize| if number < 150 { "running" } else { "exited" };
    list_containers(fake, &(0..200).map(|number| (number, status(number))).collect::<Vec<_>>());
    let tags: Vec<String> = (0..500).map(|number| format!(r#""hadal-test:{number}""#)).collect();
    list_images(fake, &(0..500).map(|number| (number, &*tags[number], "")).collect::<Vec<_>>());
}

fn event(kind: &str, action: &str, id: &str, attributes: &str) -> String {
    static TIME: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1_700_000_000_000_000_000);
    let time = TIME.fetch_add(1000, std::sync::atomic::Ordering::SeqCst);
    let (status, actor) =
        (format!("{action:?}"), format!(r#"{{"ID":"{id}","Attributes":{{{attributes}}}}}"#));
    format!(r#"{{"status":{status},"Type":"{kind}","Action":{status},"Actor":{actor},"timeNano":{time}}}"#)
        + "\n"
}

/// How often a path was asked for, whatever the object and the query.
fn count(asked: &[String], beginning: &str, end: &str) -> usize {
    let path = |target: &String| target.split('?').next().unwrap_or_default().to_owned();
    asked.iter().map(path).filter(|path| path.starts_with(beginning) && path.ends_with(end)).count()
}

#[tokio::test]
async fn a_fleet_comes_in_few_messages_and_then_costs_nothing() {
    let fake = Fake::new();
    fleet(&fake);
    let begun = Instant::now();
    let mut watched = Watched::start(&fake, pace());
    watched.settle().await;
    let asked = fake.asked();
    assert_eq!((watched.world.containers.len(), watched.world.images.len()), (200, 500));
    assert_eq!(watched.world.connection, Connection::Live);
    assert_eq!(count(&asked, "/containers/json", ""), 1);
    assert_eq!(count(&asked, "/images/json", ""), 1);
    assert_eq!(count(&asked, "/containers/0", "/json"), 200);
    assert_eq!(count(&asked, "/images/sha256", "/json"), 500);
    assert_eq!(count(&asked, "/images/sha256", "/history"), 500);
    // One message in 50 ms, and those before and after.
    let most = begun.elapsed().as_millis() / 50 + 4;
    assert!(watched.messages as u128 <= most, "{} messages, {most} are enough", watched.messages);
    let first_image = asked.iter().position(|path| path.starts_with("/images/sha256")).unwrap();
    let late = asked.iter().skip(first_image).filter(|path| path.starts_with("/containers/0")).count();
    assert!(late < 8, "containers come before images");

    assert_eq!(watched.listen(Duration::from_secs(2)).await, 0);
    assert_eq!(fake.asked(), [""; 0], "nothing happens, nothing is asked");
}

#[tokio::test]
async fn now_and_then_lists_make_up_for_dropped_events() {
    let fake = Fake::new();
    list_containers(&fake, &[(1, "running"), (2, "running")]);
    let mut watched = Watched::start(&fake, Pace { reconcile: millis(600), ..pace() });
    watched.settle().await;
    fake.asked();
    assert_eq!(watched.listen(millis(1500)).await, 0, "what is the same is not told again");
    let asked = fake.asked();
    assert!(asked.len() >= 4 && asked.iter().all(|path| path.contains("/json?all=1")), "{asked:?}");
    list_containers(&fake, &[(1, "exited")]);
    watched.until("the change is seen", |world| world.containers.len() == 1).await;
    watched.until("its end is known", |world| world.containers[&container_id(1)].exit_code == Some(3)).await;
    watched.settle().await;
}

#[tokio::test]
async fn a_thousand_events_about_one_container_are_few_questions() {
    let fake = Fake::new();
    fleet(&fake);
    let mut watched = Watched::start(&fake, pace());
    watched.settle().await;
    fake.asked();
    let before = watched.told;
    for number in 0..1000 {
        let action = if number % 2 == 0 { "die" } else { "start" };
        fake.tell(&event("container", action, &container_id(3), ""));
        if number % 100 == 99 {
            watched.listen(millis(50)).await;
        }
    }
    put_container(&fake, 3, "exited");
    fake.tell(&event("container", "die", &container_id(3), ""));
    watched.until("it has ended", |world| world.containers[&container_id(3)].state == State::Exited).await;
    let asked = fake.asked();
    assert!(asked.iter().all(|path| *path == format!("/containers/{}/json", container_id(3))), "{asked:?}");
    assert!(asked.len() <= 10, "{} questions", asked.len());
    assert_eq!(watched.told[..2], before[..2], "no list is told again");
    assert_eq!(watched.world.journal.len(), 1001, "all of them are in the journal");
}

#[tokio::test]
async fn a_thousand_events_about_a_fleet_are_few_lists() {
    let fake = Fake::new();
    fleet(&fake);
    let mut watched = Watched::start(&fake, pace());
    watched.settle().await;
    fake.asked();
    let containers: Vec<(usize, &str)> = (0..200).map(|number| (number, "exited")).collect();
    list_containers(&fake, &containers);
    let begun = Instant::now();
    for number in 0..1000 {
        fake.tell(&event("container", "die", &container_id(number % 200), ""));
    }
    watched
        .until("all have ended", |world| {
            world.containers.values().all(|container| !container.state.is_alive())
        })
        .await;
    watched.settle().await;
    let asked = fake.asked();
    let most = 2 + begun.elapsed().as_millis() / 250;
    assert!(
        count(&asked, "/containers/json", "") as u128 <= most,
        "{:?}",
        count(&asked, "/containers/json", "")
    );
    assert!(count(&asked, "/containers/0", "/json") <= 212, "details are asked for once, when it is over");
    assert_eq!(count(&asked, "/images", ""), 0);
}

#[tokio::test]
async fn a_flood_of_execs_costs_nothing() {
    let fake = Fake::new();
    fleet(&fake);
    let mut watched = Watched::start(&fake, pace());
    watched.settle().await;
    fake.asked();
    for number in 0..5000 {
        let action = ["exec_create: /bin/sh -c true", "exec_start: /bin/sh -c true", "exec_die"][number % 3];
        fake.tell(&event("container", action, &container_id(number % 200), ""));
    }
    assert_eq!(watched.listen(Duration::from_secs(1)).await, 0);
    assert_eq!(fake.asked(), [""; 0]);
    assert!(watched.world.journal.is_empty());
    // Podman tells the outcome of each health check; only a change is news.
    let health = |health: &str| {
        let text = event("container", "health_status", &container_id(1), "");
        text.replace(r#""timeNano""#, &format!(r#""HealthStatus":"{health}","timeNano""#))
    };
    let id = container_id(1);
    fake.answer(
        &format!("/containers/{id}/json"),
        &format!(r#"{{"Id":"{id}","State":{{"Status":"running","Health":{{"Status":"healthy"}}}}}}"#),
    );
    fake.tell(&health("healthy"));
    watched.until("it is healthy", |world| world.containers[&container_id(1)].health.is_some()).await;
    assert_eq!(fake.asked().len(), 1);
    for _ in 0..100 {
        fake.tell(&health("healthy"));
    }
    assert_eq!(watched.listen(millis(700)).await, 0);
    assert_eq!(fake.asked(), [""; 0]);
}

#[tokio::test]
async fn losing_the_engine_empties_nothing_and_all_is_right_when_it_is_back() {
    let mut fake = Fake::new();
    fleet(&fake);
    let mut watched = Watched::start(&fake, pace());
    watched.settle().await;
    assert!(watched.live.engine().is_some());
    fake.wait_for_listener();
    fake.stop();
    watched.until("it is lost", |world| matches!(world.connection, Connection::Lost { .. })).await;
    assert!(watched.live.engine().is_none());
    watched.listen(millis(500)).await;
    let Connection::Lost { why, .. } = watched.world.connection.clone() else { panic!("it is away") };
    assert!(why.contains("no such socket"), "{why}");
    assert_eq!((watched.world.containers.len(), watched.world.images.len()), (200, 500));

    let mut containers: Vec<(usize, &str)> = (0..200).map(|number| (number, "exited")).collect();
    containers.remove(7);
    list_containers(&fake, &containers);
    fake.start();
    watched.until("it is back", |world| world.connection == Connection::Live).await;
    watched.until("the list is new", |world| world.containers.len() == 199).await;
    watched
        .until("all have ended", |world| {
            world.containers.values().all(|container| !container.state.is_alive())
        })
        .await;
    watched.settle().await;
    assert!(watched.live.engine().is_some());
    fake.asked();
    assert_eq!(watched.world.images.len(), 500);
    fake.wait_for_listener();
    put_container(&fake, 5, "running");
    fake.tell(&event("container", "start", &container_id(5), ""));
    watched.until("it runs", |world| world.containers[&container_id(5)].state == State::Running).await;
    assert_eq!(
        count(&fake.asked(), "/images/sha256", ""),
        0,
        "layers of known images are not asked for again"
    );
}

#[tokio::test]
async fn silence_is_a_loss_and_blocks_nothing() {
    let fake = Fake::new();
    list_containers(&fake, &[(1, "running")]);
    let mut watched = Watched::start(&fake, Pace { reconcile: millis(200), ..pace() });
    watched.settle().await;
    fake.silence(true);
    watched.until("it is lost", |world| matches!(world.connection, Connection::Lost { .. })).await;
    assert_eq!(watched.world.containers.len(), 1);
    fake.silence(false);
    watched.until("it is back", |world| world.connection == Connection::Live).await;
    // While it is silent another engine can be chosen.
    fake.silence(true);
    let other = Fake::new();
    list_containers(&other, &[(8, "running"), (9, "running")]);
    watched.live.order(Order::Switch(Some(other.url())));
    watched.until("the other is shown", |world| world.containers.len() == 2).await;
    assert!(!watched.world.containers.contains_key(&container_id(1)), "nothing of the old one counts");
    assert_eq!(watched.world.about.as_ref().unwrap().url, other.url());
}

#[tokio::test]
async fn a_slow_engine_that_is_alive_is_waited_for() {
    let fake = Fake::new();
    list_containers(&fake, &[(1, "running")]);
    let mut watched = Watched::start(&fake, pace());
    watched.settle().await;
    fake.delay("/containers/json", millis(1500));
    list_containers(&fake, &[(1, "running"), (2, "running")]);
    watched.live.order(Order::Refresh);
    watched
        .until("the list came", |world| {
            assert_eq!(world.connection, Connection::Live);
            world.containers.len() == 2
        })
        .await;
    assert!(count(&fake.asked(), "/_ping", "") >= 1);
}

#[tokio::test]
async fn it_goes_live_by_itself_when_an_engine_appears() {
    let mut fake = Fake::absent();
    list_containers(&fake, &[(1, "running")]);
    let mut watched = Watched::start(&fake, pace());
    watched.until("none is found", |world| matches!(world.connection, Connection::Absent { .. })).await;
    let Connection::Absent { tried } = &watched.world.connection else { panic!("there is none") };
    assert!(tried.len() == 1 && tried[0].why.contains("no such socket"), "{tried:?}");
    assert_eq!(watched.listen(millis(400)).await, 0, "it is said once");
    fake.start();
    watched.settle().await;
    assert_eq!(watched.world.containers.len(), 1);
}

#[tokio::test]
async fn a_name_that_moves_leaves_the_old_image_dangling() {
    let fake = Fake::new();
    let base = image_id(0);
    list_images(&fake, &[(0, r#""base:1""#, ""), (1, r#""app:1""#, &base), (2, r#""app:2""#, &base)]);
    let mut watched = Watched::start(&fake, pace());
    watched.settle().await;
    fake.asked();
    list_images(&fake, &[(0, r#""base:1""#, ""), (1, "", &base), (2, r#""app:1","app:2""#, &base)]);
    fake.tell(&event("image", "tag", &image_id(2), r#""name":"app:1""#));
    watched.until("it has two names", |world| world.images[&image_id(2)].tags.len() == 2).await;
    watched.until("the old one is dangling", |world| world.images[&image_id(1)].dangling()).await;
    let asked = fake.asked();
    assert!(asked.iter().all(|path| path.starts_with(&format!("/images/{}", image_id(2)))), "{asked:?}");
    // Without its name, the base only stands behind others; when those are gone, it is dangling.
    list_images(&fake, &[(0, "", ""), (1, "", &base), (2, r#""app:1","app:2""#, &base)]);
    fake.tell(&event("image", "untag", &image_id(0), ""));
    watched.until("it is intermediate", |world| world.images[&base].intermediate).await;
    for number in [1, 2] {
        fake.forget(&format!("/images/{}/json", image_id(number)));
        fake.tell(&event("image", "delete", &image_id(number), ""));
    }
    watched.until("the others are gone", |world| world.images.len() == 1).await;
    watched.until("it is dangling", |world| world.images[&base].dangling()).await;
    // Podman tells of an image that lost one of its names as if it were deleted.
    fake.tell(&event("image", "delete", &image_id(0), ""));
    watched.listen(millis(500)).await;
    assert_eq!(watched.world.images.len(), 1);
    // An image that nobody knew is listed.
    fake.asked();
    list_images(&fake, &[(0, "", ""), (5, r#""new:1""#, "")]);
    fake.tell(&event("image", "pull", "new:1", ""));
    watched.until("it is there", |world| world.images.contains_key(&image_id(5))).await;
    watched.settle().await;
    assert_eq!(count(&fake.asked(), "/images/json", ""), 1);
}

#[tokio::test]
async fn what_is_destroyed_is_gone_without_a_question() {
    let fake = Fake::new();
    list_containers(&fake, &[(1, "running"), (2, "running")]);
    let mut watched = Watched::start(&fake, pace());
    watched.settle().await;
    fake.asked();
    for action in ["kill", "die", "destroy"] {
        fake.tell(&event("container", action, &container_id(1), ""));
    }
    watched.until("it is gone", |world| world.containers.len() == 1).await;
    watched.listen(millis(500)).await;
    assert_eq!(fake.asked(), [""; 0]);
    // One that vanished before it could be looked at leaves no trace.
    fake.tell(&event("container", "create", &container_id(3), ""));
    watched.listen(millis(500)).await;
    assert_eq!(fake.asked().len(), 1);
    assert_eq!(watched.world.containers.len(), 1);
    assert_eq!(watched.world.journal.len(), 4);
}

#[tokio::test]
async fn a_container_is_asked_for_when_its_network_changes() {
    let fake = Fake::new();
    list_containers(&fake, &[(1, "running")]);
    let mut watched = Watched::start(&fake, pace());
    watched.settle().await;
    fake.asked();
    fake.tell(&event("network", "connect", "n", &format!(r#""container":"{}""#, container_id(1))));
    fake.tell(&event("volume", "create", "v", ""));
    fake.tell(&event("container", "attach", &container_id(1), ""));
    watched.listen(millis(500)).await;
    assert_eq!(fake.asked(), [format!("/containers/{}/json", container_id(1))]);
    assert_eq!(watched.world.journal.len(), 3);
}

#[tokio::test]
async fn what_an_engine_will_not_tell_is_said_in_its_own_words() {
    let fake = Fake::new();
    list_containers(&fake, &[(1, "running")]);
    fake.refuse("/images/json", 500, r#"{"message":"layer store: out of luck"}"#);
    let mut watched = Watched::start(&fake, pace());
    watched.until("it is said", |world| world.trouble.is_some()).await;
    watched.until("containers are there all the same", |world| world.containers.len() == 1).await;
    assert_eq!(watched.world.trouble.as_deref(), Some("cannot list images: layer store: out of luck"));
    assert_eq!(watched.world.connection, Connection::Live);
    list_images(&fake, &[(0, "", "")]);
    watched.live.order(Order::Refresh);
    watched.until("it is over", |world| world.trouble.is_none() && world.images.len() == 1).await;
}

#[tokio::test]
async fn bytes_are_reckoned_on_order_only() {
    let fake = Fake::new();
    list_containers(&fake, &[(1, "running")]);
    list_images(&fake, &[(0, "", "")]);
    fake.answer(
        "/system/df",
        &format!(
            r#"{{"Images":[{{"Id":"{}","SharedSize":700}}],"Containers":[{{"Id":"{}","SizeRw":5}}]}}"#,
            image_id(0),
            container_id(1)
        ),
    );
    let mut watched = Watched::start(&fake, pace());
    watched.settle().await;
    assert_eq!(count(&fake.asked(), "/system/df", ""), 0);
    watched.live.order(Order::Bytes);
    watched
        .until("bytes are known", |world| {
            world.containers[&container_id(1)].writable_bytes == Some(5)
                && world.images[&image_id(0)].shared_bytes == Some(700)
        })
        .await;
    assert_eq!(fake.asked(), ["/system/df"]);
    // They stay known when the object is looked at again.
    fake.tell(&event("container", "rename", &container_id(1), ""));
    watched.live.order(Order::Refresh);
    watched.listen(millis(600)).await;
    assert_eq!(watched.world.containers[&container_id(1)].writable_bytes, Some(5));
}

#[tokio::test]
async fn it_ends_with_its_handle() {
    let fake = Fake::new();
    let mut watched = Watched::start(&fake, pace());
    watched.settle().await;
    let engine = watched.live.watch();
    drop(watched.live);
    while let Some(batch) = watched.updates.recv().await {
        batch.into_iter().for_each(|update| watched.world.apply(update));
    }
    assert!(engine.has_changed().is_err(), "nobody holds the other end");
}
