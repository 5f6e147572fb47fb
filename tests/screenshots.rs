//! The pictures of the README, drawn by the program itself: a row of the table is an image and some keys, and
//! `screenshots/` holds what comes out. `HADAL_UPDATE=1 cargo test --test screenshots` draws them anew.

#![allow(clippy::unwrap_used)]

#[path = "common/archive.rs"]
mod archive;
#[path = "common/desk.rs"]
mod desk;
#[path = "common/layers.rs"]
mod layers;
#[path = "common/screen.rs"]
mod screen;
#[path = "common/sketch.rs"]
mod sketch;
#[path = "common/svg.rs"]
mod svg;
#[path = "common/world.rs"]
mod world;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hadal::analysis::secrets::Rules;
use hadal::analysis::{Facts, JunkList};
use hadal::container::log::LogStore;
use hadal::container::stats::Usage as Sample;
use hadal::image::config::HistoryEntry;
use hadal::image::{Base, Basis, Choice, Digest, Image, Platform, Step};
use hadal::jobs::{OpenRequest, Task, Wishes, inspect, open, open_keeping};
use hadal::tui::msg::{Answer, Feed, Msg, Seen, Stores, Verdict, WatchId};
use hadal::tui::wish::{Page, Wish};
use hadal::world::{CacheRecord, Network, Usage, Volume};
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Style};
use ratatui::text::Line;
use screen::Screen;
use serde_json::json;
use svg::{DARK, LIGHT, Palette, svg};

/// An image to look at: the embedded sample, or the sketch below.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    Sample,
    Damaged,
    /// With secrets, and contents that were looked into.
    Leaking,
    /// On a base image, with steps that made no layer.
    Built,
    /// One of several.
    Several,
    /// What an engine holds.
    Engine,
    /// The same, and what it keeps beside.
    Cleanup,
    /// What a container wrote.
    Log,
    /// What the engine says about it.
    Inspect,
    /// What it uses.
    Usage,
    /// Why a recorded one died.
    Verdict,
}

/// File name, what it shows (the picture's text in the README too), colours, image, size, keys.
type Row = (&'static str, &'static str, &'static Palette, Of, (u16, u16), &'static str);

#[rustfmt::skip]
const SCREENSHOTS: [Row; 22] = [
    ("layer", "What a layer changed", &DARK, Of::Sample, (120, 35), "j j j j j j tab j j j"),
    ("small", "80 × 24: the panes one above the other", &DARK, Of::Sample, (80, 24), "j j j j tab j j"),
    ("large", "240 × 70: the final image", &DARK, Of::Sample, (240, 70), "j j j j m m tab j j j"),
    ("help", "The keys that are valid now", &DARK, Of::Sample, (100, 30), "tab ?"),
    ("waste", "Wasted bytes by folder and cause", &DARK, Of::Sample, (120, 35), "w j"),
    ("secrets", "Secrets in any layer, deleted ones too", &DARK, Of::Leaking, (140, 30), "w j j"),
    ("filter", "A filter finds what it is typed for", &DARK, Of::Sample, (120, 35), "m m / * . t s v"),
    ("range", "Layers above the base image, as a range", &DARK, Of::Built, (120, 30), "e j j j space j j"),
    ("dockerfile", "A Dockerfile from the history", &DARK, Of::Sample, (100, 40), "D"),
    ("details", "Everything about a path", &DARK, Of::Sample, (100, 30), "j j j j j j tab j j j i"),
    ("images", "The images and platforms of an archive", &DARK, Of::Several, (100, 14), "o j"),
    ("engine-images", "The images of an engine", &DARK, Of::Engine, (120, 30), "j j"),
    ("engine-containers", "Containers, what failed first", &DARK, Of::Engine, (120, 30), "2 b j"),
    ("plan", "A removal is a plan before it is done", &DARK, Of::Engine, (100, 30), "> > j space space space space d"),
    ("cleanup", "What could go, and what that frees", &DARK, Of::Cleanup, (120, 32), "j space j j j j j j"),
    ("menu", "What can be done, and the commands that do the same", &DARK, Of::Engine, (100, 30), "2 j j j j x"),
    ("light", "The light theme", &LIGHT, Of::Sample, (120, 35), "t t j j j j j j tab j j j"),
    ("log", "What a container wrote, over two runs", &DARK, Of::Log, (100, 24), "g / e r r o r enter s j"),
    ("inspect", "What the engine says, with secrets masked", &DARK, Of::Inspect, (100, 30), "j j j j"),
    ("usage", "What a container uses", &DARK, Of::Usage, (100, 28), ""),
    ("diagnosis", "Why a container died, with the evidence", &DARK, Of::Verdict, (100, 30), "j j j"),
    ("problems", "A layer that could not be read whole", &DARK, Of::Damaged, (100, 30), "j j !"),
];

const BUILT: &str = "
    layer ADD rootfs.tar.xz /
    d /etc
    + /etc/passwd 900
    + /usr/bin/sudo 281000 4755
    + /usr/lib/libc.so.6 1900000 755
    layer RUN apt-get update && apt-get install -y --no-install-recommends python3
    + /usr/bin/python3 5900000 755
    + /var/lib/apt/lists/packages 38000000
    layer COPY . /app
    d /app 755 0:0
    + /app/app.py 2200 644 0:0 first
    + /app/model.bin 61200000 644 0:0
    layer RUN chown -R app /app && rm -rf /var/lib/apt/lists
    d /app 755 1000:1000
    + /app/app.py 2200 644 1000:1000 first
    + /app/model.bin 61200000 644 1000:1000
    - /var/lib/apt/lists
";

const DAMAGED: &str = "
    layer FROM debian:12
    d /etc
    + /etc/passwd 900
    d /usr/bin
    + /usr/bin/sudo 281000 4755
    layer RUN apt-get update && apt-get install -y --no-install-recommends python3
    + /usr/bin/python3 5900000 755
    + /var/lib/apt/lists/packages 38000000
    layer COPY . /app
    + /app/app.py 2200 644 1000:1000
    + /app/model.bin 61200000 644 1000:1000
    ! the layer ends in the middle of a content at byte 61440512, after entry app/model.bin
";

const ENGINE: &str = "
    image debian:12 90d 75MB layers=debian:75MB
    image shop/api:1.3 20d 690MB layers=debian:75MB,python:203MB,venv:412MB
    image shop/api:1.4,shop/api:latest,registry.example:5000/shop/api:1.4 3d 720MB layers=debian:75MB,python:203MB,venv4:442MB label=team=shop
    image - 4d 715MB layers=debian:75MB,python:203MB,venv3:437MB label=team=shop
    image shop/web:7 2d 92MB layers=alpine:8MB,web:84MB
    image shop/web:6 9d 91MB layers=alpine:8MB,web6:83MB
    image redis:7 40d 117MB layers=debian:75MB,redis:42MB
    image postgres:16 41d 432MB layers=debian:75MB,postgres:357MB
    image builder:1 1h 1.2GB layers=rust:1.2GB
    container api shop/api:1.4 running 2h health=healthy project=shop port=8080:80 wrote=1.2MB
    container worker shop/api:1.4 exited 3h exit=1 project=shop volume=queue wrote=3.1MB
    container web shop/web:7 running 3d project=shop port=80:80 port=443:443 wrote=12kB
    container cache redis:7 exited 2d exit=137 oom project=shop volume=cache wrote=0
    container db postgres:16 running 6d health=healthy project=shop volume=db wrote=63kB
    container migrate shop/api:1.3 exited 20d exit=0 wrote=48kB
    container try builder:1 restarting 5s restarts=7 exit=2 wrote=4kB
";

fn image(of: Of) -> Image {
    match of {
        Of::Sample => open(&OpenRequest::default(), &Task::new(), &mut |_| {}).unwrap(),
        Of::Damaged => sketch::image("shop/api:1.4", DAMAGED),
        _ => built(),
    }
}

fn built() -> Image {
    let mut image = sketch::image("shop/api:1.4", BUILT);
    let step = |text: &str| {
        let entry =
            HistoryEntry { created_by: Some(text.to_owned()), empty_layer: true, ..HistoryEntry::default() };
        Step { entry, layer: None }
    };
    for (at, text) in
        [(1, "CMD [\"bash\"]"), (3, "WORKDIR /app"), (6, "USER app"), (7, "CMD [\"python3\" \"app.py\"]")]
    {
        image.head.history.insert(at, step(text));
    }
    for (layer, step) in image.layers.iter_mut().zip([0, 2, 4, 5]) {
        layer.step = Some(step);
    }
    let name = Some("debian:12".to_owned());
    image.head.base = Some(Base { layers: 1, steps: 2, basis: Basis::Comment, name });
    image
}

/// An archive with secrets of no use to anybody, as the worker finds them.
fn leaking(width: u16, height: u16) -> Screen {
    let file = |path: &str, content: &str| {
        let mut line = layers::Line::new(tar::EntryType::Regular, path.as_bytes());
        line.content = content.into();
        line
    };
    let model = "many words ".repeat(90_000);
    let tars = [
        vec![file("etc/passwd", "root:x:0:0::/root:/bin/sh\n")],
        vec![
            file("app/.env", "MODE=fast\nDATABASE_PASSWORD=Xk29vLq83mZpQw7T\n"),
            file("app/model.bin", &model),
            file("root/.netrc", "machine git.shop.dev login ci password bV7tRq2nWx94KzLm\n"),
        ],
        vec![file("root/.wh..netrc", ""), file("srv/model.bin", &model)],
    ];
    let tars = tars.iter().map(|lines| layers::tar_of(lines)).collect();
    let image = archive::Image::of(tars).named(Some("shop/api:1.4")).with_config(|config| {
        config["config"]["Env"] = json!(["PATH=/bin", "QUEUE_PASSWORD=Zr84hWq6nTx2LmVc"]);
        let steps = ["ADD rootfs.tar.xz /", "COPY . /", "RUN make install && rm /root/.netrc"];
        config["history"] = steps.map(|step| json!({"created_by": step})).into();
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.tar");
    fs::write(&path, archive::docker_v12(&[&image]).tar()).unwrap();
    let request = OpenRequest { image: Some(path.display().to_string()), ..OpenRequest::default() };
    let opened = open_keeping(&request, &Task::new(), &mut |_| {}).unwrap();
    let rules = Rules::embedded().unwrap();
    let wishes = Wishes { duplicates: true, secrets: Some(&rules) };
    let (inside, veil) = inspect(&opened, wishes, &Task::new()).unwrap();
    let mut image = opened.image;
    veil.cover(&mut image.head);
    let facts = Facts::of(&image, &JunkList::embedded()).with(&image, &JunkList::embedded(), inside);
    let mut screen = Screen::with(image.clone(), width, height);
    screen.keys("S");
    screen.answer(Answer::Looked(Arc::new(facts), Arc::new(image)));
    screen
}

/// What an archive of several images holds.
fn choices() -> Vec<Choice> {
    let choice = |name: &str, platform: &str, stored_bytes| Choice {
        names: vec![name.to_owned()],
        platform: Platform::parse(platform),
        digest: Some(Digest::of(format!("{name}{platform}").as_bytes())),
        created: Some("2026-11-02T08:15:00Z".to_owned()),
        stored_bytes: Some(stored_bytes),
        layers: 4,
        complete: !platform.ends_with("v7"),
        ..Choice::default()
    };
    vec![
        choice("shop/api:1.4", "linux/amd64", 58_300_000),
        choice("shop/api:1.4", "linux/arm64", 57_900_000),
        choice("shop/api:1.4", "linux/arm/v7", 49_100_000),
        choice("shop/worker:1.4", "linux/amd64", 21_700_000),
    ]
}

const LOG: &str = r#"
    11:42:01.102 \e[32mINFO\e[0m  listening on :8080, 4 workers
    11:42:09.480 \e[32mINFO\e[0m  GET /orders/1041 200 12 ms
    11:43:30.007 {"level":"info","msg":"paid","order":1041,"amount":"19.90","card":"visa"}
    11:43:58.911 ! \e[33mWARN\e[0m  slow query: 1240 ms, select * from orders where customer = 7
    11:44:02.300 ! \e[31mERROR\e[0m order 1042: gateway did not answer within 30 s
    11:44:02.301 ! Traceback (most recent call last):
    11:44:02.301 !   File "/app/pay.py", line 88, in charge
    11:44:02.301 !     raise TimeoutError("gateway")
    11:44:02.301 ! TimeoutError: gateway
    11:58:21.730 \e[32mINFO\e[0m  listening on :8080, 4 workers
    11:58:22.118 \e[32mINFO\e[0m  GET /health 200 1 ms
    11:59:40.002 \e[32mINFO\e[0m  GET /orders/1043 200 15 ms
    11:59:59.390 ! \e[31mERROR\e[0m order 1043: card declined
"#;

/// The verdict on the first of the recorded containers.
fn verdict(width: u16, height: u16) -> Screen {
    let facts = hadal::diagnosis::recorded().remove(0);
    let (diagnosis, _) = hadal::diagnosis::diagnose(&facts, hadal::diagnosis::Knowledge::embedded());
    let mut screen = desk::desk(width, height, Vec::new());
    screen.keys("2");
    let wish = Wish::Page { page: Page::Diagnosis, id: facts.id.clone(), title: facts.name.clone() };
    let sheet = desk::open(&mut screen, wish)[0].0;
    screen.send(Msg::Seen(sheet, Seen::Diagnosed(Ok(Box::new(Verdict { facts, diagnosis })))));
    screen
}

/// A sheet about one container.
fn container(of: Of, width: u16, height: u16) -> Screen {
    let one = desk::running("shop-api-1", "11:58:20");
    let (id, title) = (one.id.clone(), one.name.clone());
    let mut screen = desk::desk(width, height, vec![one]);
    screen.keys("2");
    let page = |page| Wish::Page { page, id: id.clone(), title: title.clone() };
    let wish = match of {
        Of::Log => Wish::Logs { ids: vec![id.clone()] },
        Of::Inspect => page(Page::InspectContainer),
        _ => page(Page::Stats),
    };
    let sheet = desk::open(&mut screen, wish)[0].0;
    let mut tell = |seen| screen.send(Msg::Seen(sheet, seen));
    match of {
        Of::Log => {
            let first = desk::run("11:42:00", Some(("11:44:02.4", 1)));
            tell(Seen::LogRun { feed: Feed(1), run: first });
            tell(Seen::LogRun { feed: Feed(1), run: desk::run("11:58:20", None) });
            desk::wrote(&mut screen, sheet, 1, LOG);
            screen.keys("g");
            let result = Ok(LogStore::default());
            screen.send(Msg::Seen(sheet, Seen::LogPage { feed: Feed(1), result }));
        }
        Of::Inspect => drop(tell(Seen::Inspected(Ok(Box::new(inspection()))))),
        _ => (0..240).for_each(|at| drop(tell(Seen::Usage { id: id.clone(), usage: Box::new(usage(at)) }))),
    }
    screen
}

fn inspection() -> serde_json::Value {
    serde_json::json!({
        "Id": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "Name": "/shop-api-1",
        "Config": {
            "Cmd": ["python3", "-m", "gunicorn", "app:server"],
            "Env": ["PATH=/usr/local/bin:/usr/bin:/bin", "DATABASE_URL=postgres://shop:hunter2@db/shop",
                    "STRIPE_API_KEY=sk_test_1234", "WORKERS=4"],
            "Labels": { "com.docker.compose.project": "shop", "com.docker.compose.service": "api" },
            "User": "app",
        },
        "HostConfig": { "Memory": 536_870_912, "RestartPolicy": { "Name": "on-failure", "MaximumRetryCount": 3 } },
        "State": { "Status": "running", "OOMKilled": false, "StartedAt": "2026-11-21T11:58:20Z" },
    })
}

fn usage(at: u32) -> Sample {
    let wave = (f64::from(at) / 17.0).sin() + 1.0;
    let burst = if at % 60 < 9 { 1.0 } else { 0.04 };
    Sample {
        cores: Some(0.25 + 0.5 * wave + 0.3 * burst),
        cores_allowed: Some(2.0),
        memory: Some(210_000_000 + u64::from(at) * 900_000),
        memory_limit: Some(536_870_912),
        received: Some(90_000.0 * wave + 700_000.0 * burst),
        sent: Some(1_400_000.0 * burst + 120_000.0 * wave),
        read: Some(if at % 60 < 3 { 9_000_000.0 } else { 0.0 }),
        written: Some(340_000.0 * burst),
        processes: Some(9),
        ..Sample::default()
    }
}

/// What could go of an engine, with what it was asked for beside images and containers.
fn cleanup(size: (u16, u16)) -> Screen {
    let mut screen = Screen::desk(world::updates(ENGINE), world::now(), size);
    screen.keys("3");
    let step = |id: &str, command: &str, bytes| CacheRecord {
        id: id.to_owned(),
        kind: "regular".to_owned(),
        description: format!("mount / from exec /bin/sh -c {command}"),
        bytes,
        last_used: Some(world::now() - jiff::SignedDuration::from_hours(50)),
        ..CacheRecord::default()
    };
    let volume = Volume {
        name: "3f9ac2".repeat(11)[..64].to_owned(),
        bytes: Some(31_000_000),
        anonymous: true,
        created: Some(world::now() - jiff::SignedDuration::from_hours(24 * 12)),
        ..Volume::default()
    };
    let network = Network { id: "n".to_owned(), name: "shop_old".to_owned(), ..Network::default() };
    let stores = Stores {
        reckoning: Ok(Usage {
            layers: Some(3_120_000_000),
            volumes: vec![volume],
            cache: vec![step("c1", "make", 212_000_000), step("c2", "npm ci", 388_000_000)],
            ..Usage::default()
        }),
        networks: Ok(vec![network]),
    };
    screen.send(Msg::Seen(WatchId(0), Seen::Stores(Box::new(stores))));
    screen
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots")
}

fn drawn((_, says, palette, of, (width, height), keys): Row) -> String {
    let mut screen = match of {
        Of::Engine => Screen::desk(world::updates(ENGINE), world::now(), (width, height)),
        Of::Cleanup => cleanup((width, height)),
        Of::Log | Of::Inspect | Of::Usage => container(of, width, height),
        Of::Verdict => verdict(width, height),
        Of::Leaking => leaking(width, height),
        of => Screen::with(image(of), width, height),
    };
    if of == Of::Several {
        screen.answer(Answer::Choices(choices()));
        screen.answer(Answer::Chosen(0));
    }
    screen.keys(keys);
    svg(screen.terminal().backend().buffer(), palette, "hadal", says)
}

#[test]
fn pictures_are_what_the_program_draws() {
    for row in SCREENSHOTS {
        let (path, drawn) = (folder().join(row.0).with_extension("svg"), drawn(row));
        if std::env::var_os("HADAL_UPDATE").is_some() {
            fs::create_dir_all(folder()).unwrap();
            fs::write(path, drawn).unwrap();
        } else {
            let shown = fs::read_to_string(&path).unwrap_or_default();
            assert!(shown == drawn, "screenshots/{}.svg is out of date; HADAL_UPDATE=1 renews it", row.0);
        }
    }
}

#[test]
fn every_picture_comes_from_a_row() {
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let made = SCREENSHOTS.iter().any(|row| name == format!("{}.svg", row.0));
        assert!(made, "no row of the table makes screenshots/{name}");
    }
}

#[test]
fn the_readme_shows_every_picture() {
    let text = fs::read_to_string(folder().with_file_name("README.md")).unwrap();
    for (name, says, ..) in SCREENSHOTS {
        let picture = format!("![{says}](screenshots/{name}.svg)");
        assert!(text.contains(&picture), "README.md has no {picture}");
    }
}

/// The lines of a picture that hold cells.
fn lines(text: &str, style: Style, palette: &Palette) -> Vec<String> {
    let buffer = Buffer::with_lines([Line::styled(text, style)]);
    let drawn = svg(&buffer, palette, "", "");
    let cells = drawn.split("translate(8 26)\">\n").nth(1).unwrap();
    cells.lines().take_while(|line| *line != "</g>").map(str::to_owned).collect()
}

fn word(x: usize, cells: usize, more: &str) -> String {
    let length = 8 * cells;
    let start = format!("<text xml:space=\"preserve\" x=\"{}\" y=\"12\" textLength=\"{length}\"", x * 8);
    format!("{start} lengthAdjust=\"spacingAndGlyphs\"{more}</text>")
}

#[test]
fn words_keep_their_columns() {
    let plain = |text| lines(text, Style::new(), &DARK);
    assert_eq!(plain("a b"), [word(0, 3, ">a b")]);
    assert_eq!(plain(" a   b "), [word(1, 1, ">a"), word(5, 1, ">b")]);
    assert_eq!(plain("x漢字y"), [word(0, 1, ">x"), word(1, 4, ">漢字"), word(5, 1, ">y")]);
    assert_eq!(plain("e\u{301}t"), [word(0, 1, ">e\u{301}"), word(1, 1, ">t")]);
    assert_eq!(plain("<&>"), [word(0, 3, ">&lt;&amp;&gt;")]);
}

#[test]
fn frames_and_bars_are_shapes_that_touch() {
    let plain = |text| lines(text, Style::new(), &DARK);
    let path = |shapes: &str| [format!("<path d=\"{shapes}\" fill=\"#d5dbe4\"/>")];
    assert_eq!(plain("──"), path("M0 8h16v1h-16z"));
    assert_eq!(plain("█▌"), path("M0 0h12v16h-12z"));
    assert_eq!(plain("▂"), path("M0 12h8v4h-8z"));
    assert_eq!(plain("┓"), path("M0 7h5v2h-5zM3 7h2v9h-2z"));
    assert_eq!(plain("╭"), ["<path d=\"M8 8.5Q4.5 8.5 4.5 12.5V16\" fill=\"none\" stroke=\"#d5dbe4\"/>"]);
}

#[test]
fn styles_are_what_a_terminal_makes_of_them() {
    let ground = |colour: &str| format!("<path d=\"M0 0h8v16h-8z\" fill=\"{colour}\"/>");
    let ink = |colour: &str| word(0, 1, &format!(" fill=\"{colour}\">x"));
    for (style, expected) in [
        (Style::new().bold().italic(), vec![word(0, 1, " font-weight=\"bold\" font-style=\"italic\">x")]),
        (Style::new().red(), vec![ink("#ba303c")]),
        (Style::new().bg(Color::Rgb(1, 2, 3)), vec![ground("#010203"), word(0, 1, ">x")]),
        (Style::new().reversed(), vec![ground("#2a2f3a"), ink("#fcfcfa")]),
        (Style::new().dim(), vec![ink("#7e8187")]),
        (Style::new().fg(Color::Indexed(9)), vec![ink("#c94a33")]),
        (Style::new().fg(Color::Indexed(208)), vec![ink("#ff8700")]),
        (Style::new().fg(Color::Indexed(244)), vec![ink("#808080")]),
        (
            Style::new().underlined(),
            vec!["<path d=\"M0 14h8v1h-8z\" fill=\"#2a2f3a\"/>".to_owned(), word(0, 1, ">x")],
        ),
    ] {
        assert_eq!(lines("x", style, &LIGHT), expected, "{style:?}");
    }
}
