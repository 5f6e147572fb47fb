//! Looking into contents: the job around it, secrets in the waste pane, privileged files.

use std::sync::Arc;

use hadal::analysis::privileged::Privilege;
use hadal::analysis::secrets::{Place, Secret, TextSecret, Where};
use hadal::analysis::{Duplicate, Facts, Inspection, JunkList};
use hadal::image::Image;
use hadal::tui::model::Opened;
use hadal::tui::msg::{Answer, Effect, JobId, Progress};
use hadal::tui::overlays::Kind;
use hadal::tui::screens::explorer::{Load, Mode, Pane};

use super::{SHOP, Screen, based, drawn, footer, layer, notice, selected, shop, sketch};

/// What no screen may ever show.
const VALUE: &str = "hunter2hunter2";

fn file(image: &Image, path: &str, layer: usize, deleted_in: Option<usize>) -> Secret {
    let node = image.tree.find(path.as_bytes()).unwrap();
    secret("Private key", Place::File { node, layer, deleted_in, line: Some(3), more: 0 })
}

fn text(place: Where, detail: &str, step: Option<usize>, layer: Option<usize>) -> Secret {
    let detail = detail.to_owned();
    secret("Password", Place::Text(TextSecret { place, detail, step, layer, in_base: false }))
}

fn secret(title: &str, place: Place) -> Secret {
    let (rule, title) = ("some-rule".to_owned(), title.to_owned());
    Secret { rule, title, place, preview: "hun… (14 characters)".to_owned() }
}

/// A key in the first file that there is, deleted or not, and a password in the environment.
pub(super) fn some(screen: &Screen) -> Answer {
    let image = screen.model.explorer.image.clone().unwrap();
    let node = image.tree.all().last();
    let file = |deleted_in| {
        let place = Place::File { node: node?, layer: 0, deleted_in, line: None, more: 2 };
        Some(secret("Private key", place))
    };
    let files = [file(None), file(Some(1)), file(None)].into_iter().flatten();
    let texts = (0..4).map(|_| text(Where::Env, "TOKEN", None, None));
    answer(screen, files.chain(texts).collect(), Vec::new())
}

/// What a worker would tell of the image on the screen.
fn answer(screen: &Screen, secrets: Vec<Secret>, duplicates: Vec<Duplicate>) -> Answer {
    let explorer = &screen.model.explorer;
    let image = explorer.image.clone().unwrap();
    let (bytes, seconds) = (image.bytes(), 0.5);
    let inside = Inspection {
        secrets: Some(secrets),
        duplicates: Some(duplicates),
        bytes,
        seconds,
        ..Inspection::default()
    };
    let facts = Facts::clone(&explorer.facts).with(&image, &JunkList::embedded(), inside);
    Answer::Looked(Arc::new(facts), image)
}

/// Presses the key and answers as the worker would.
fn look(screen: &mut Screen, secrets: Vec<Secret>) {
    assert!(matches!(screen.keys("S")[..], [Effect::LookInside(_)]));
    let answer = answer(screen, secrets, Vec::new());
    screen.answer(answer);
}

/// The image of the other tests, in which a key was deleted, another is still there, and two steps tell passwords.
fn looked(keys: &str) -> Screen {
    let mut screen = Screen::with(based(), 160, 40);
    let image = screen.model.explorer.image.clone().unwrap();
    let secrets = vec![
        file(&image, "/etc/shadow", 0, None),
        file(&image, "/app/cache/a.pyc", 2, Some(3)),
        text(Where::History, "MODE", Some(3), None),
        text(Where::History, "RUN", Some(2), Some(1)),
        text(Where::Env, "TOKEN", None, None),
    ];
    look(&mut screen, secrets);
    screen.keys(keys);
    screen
}

#[test]
fn the_key_has_contents_read_and_esc_stops_that() {
    let mut screen = shop("");
    assert_eq!(screen.keys("S"), [Effect::LookInside(JobId(2))], "a job of its own");
    screen.answer(Answer::Progress(Progress { done: 50_000_000, total: 200_000_000, millis: 500 }));
    assert!(
        footer(&screen).contains("looking inside: 50 MB of 200 MB, 100 MB/s · Esc stops"),
        "{}",
        footer(&screen)
    );
    assert!(screen.keys("S").is_empty(), "once is enough");
    assert!(notice(&screen).contains("already"));
    let late = answer(&screen, vec![], vec![]);
    assert_eq!(screen.keys("esc"), [Effect::Cancel(JobId(2))]);
    assert!(notice(&screen).contains("stopped"), "{}", notice(&screen));
    // The worker ends, this way or that, after nobody wants to know.
    screen.answer(Answer::Failed("cancelled".to_owned()));
    screen.answer(late);
    assert_eq!(screen.model.explorer.load, Load::Ready);
    assert!(screen.model.explorer.facts.inside.is_none());
    assert_eq!(screen.keys("S"), [Effect::LookInside(JobId(3))], "and again");
    screen.answer(Answer::Failed("the disk is gone".to_owned()));
    assert!(notice(&screen).contains("cannot look inside: the disk is gone"), "{}", notice(&screen));
    assert_eq!(screen.model.explorer.load, Load::Ready, "the image stays");
    let mut engine = Screen::with(
        {
            let mut image = based();
            image.head.engine_id = Some("sha256:1".to_owned());
            image
        },
        120,
        35,
    );
    engine.keys("S");
    assert!(
        footer(&engine).contains("the engine prepares another export · Esc stops"),
        "{}",
        footer(&engine)
    );
}

#[test]
fn another_image_ends_it() {
    let mut screen = shop("S");
    let job = screen.model.job;
    let effects = {
        screen.model.opened = Opened::Named;
        screen.model.explorer.choices = super::chooser::choices();
        screen.keys("o j enter")
    };
    assert!(effects.contains(&Effect::Cancel(job)), "{effects:?}");
    assert!(screen.model.explorer.looking.is_none());
}

#[test]
fn there_is_nothing_to_look_into_before_all_has_been_read() {
    let mut screen = Screen::start(120, 35);
    assert!(screen.keys("S").is_empty());
    assert!(notice(&screen).contains("when all layers have been read"), "{}", notice(&screen));
}

#[test]
fn secrets_come_first() {
    let screen = looked("w");
    let text = screen.text();
    assert!(text.contains("Waste · 5 secrets · 106 kB"), "{text}");
    let place = |what: &str| text.find(what).unwrap_or_else(|| panic!("no {what} in\n{text}"));
    let all = [
        "secret 2→3    Private key: /app/cache/a.pyc:3  deleted in layer 3, still shipped",
        "Password: build step 3, MODE",
        "Password: env, TOKEN",
        // Those of the base image come last.
        "secret 0      Private key: /etc/shadow:3  hun… (14 characters)",
        "secret 1      Password: build step 2, RUN",
        "chown in layer 3 ships",
    ];
    assert!(all.windows(2).all(|pair| place(pair[0]) < place(pair[1])), "{text}");
    assert!(text.contains("→ revoke it and make a new one"), "{text}");
    assert!(
        looked("").model.explorer.notice.unwrap().contains("5 secrets, w lists them, 1 deleted and still")
    );
    // The folders are about bytes.
    // With less room in fewer words.
    let mut screen = looked("w");
    for (width, said) in
        [(130, "a.pyc:3  still shipped"), (80, "secret 2→3    Private key: /app/cache/a.pyc:3")]
    {
        screen.resize(width, 40);
        assert!(screen.text().contains(said), "{}", screen.text());
    }
    let mut screen = looked("w b");
    assert!(!screen.text().contains("Private key"), "{}", screen.text());
    screen.keys("b");
    assert!(screen.text().contains("Private key"), "{}", screen.text());
}

#[test]
fn none_is_worth_a_word_too() {
    let mut screen = shop("w");
    assert!(!screen.text().contains("secrets ·"));
    look(&mut screen, vec![]);
    assert!(screen.text().contains("Waste · no secrets · 106 kB"), "{}", screen.text());
    assert!(screen.keys("S").is_empty(), "it is known");
    assert!(notice(&screen).starts_with("no secrets; nothing twice; read 200 kB, "), "{}", notice(&screen));
}

#[test]
fn enter_goes_to_where_a_secret_is() {
    for (keys, wanted_layer, path) in
        [("w j j j enter", 0, "/etc/shadow"), ("w enter", 2, "/app/cache/a.pyc")]
    {
        let mut screen = looked("m m");
        screen.keys(keys);
        let explorer = &screen.model.explorer;
        assert_eq!((layer(&screen), explorer.mode, explorer.pane), (wanted_layer, Mode::Layer, Pane::Files));
        assert_eq!(selected(&screen), path);
        assert!(notice(&screen).contains(&format!("layer {wanted_layer}")), "{}", notice(&screen));
    }
    let screen = looked("w j enter");
    let explorer = &screen.model.explorer;
    assert_eq!(explorer.pane, Pane::Layers);
    assert!(screen.text().contains("ENV MODE=fast"), "a step that made no layer: {}", screen.text());
    assert!(explorer.list.empty_steps);
    let screen = looked("w j j j j enter");
    assert_eq!((layer(&screen), screen.model.explorer.pane), (1, Pane::Layers));
    let screen = looked("w j j enter");
    assert!(notice(&screen).contains("I shows"), "{}", notice(&screen));
}

#[test]
fn a_secret_has_details_and_is_copied_without_its_value() {
    let mut screen = looked("w i");
    let text = screen.text();
    for part in [
        " Secret ",
        "hun… (14 characters)",
        "/app/cache/a.pyc",
        "COPY . /app",
        "layer 3, and still shipped",
        "RUN chown -R app /app",
        "What to do",
        "layer 3 only hides it: whoever has the image reads it in layer 2",
        ".dockerignore",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let effects = screen.keys("i y");
    let [Effect::Copy(text)] = &effects[..] else { panic!("{effects:?}") };
    let start = "Private key: /app/cache/a.pyc:3 (layer 2, deleted in layer 3, still shipped): revoke it";
    assert!(text.starts_with(start), "{text}");
    assert!(!text.contains("hun"), "{text}");
    screen.keys("space");
    assert!(notice(&screen).contains("a secret is no matter of bytes"), "{}", notice(&screen));
    assert!(!screen.text().contains("marked leave"));
    assert!(looked("w j j j i").text().contains("tell who makes the base image"));
    assert!(looked("w j j i").text().contains("--env-file"));
}

#[test]
fn many_secrets_do_not_hide_mistakes() {
    let mut screen = shop("w");
    let image = screen.model.explorer.image.clone().unwrap();
    look(&mut screen, (0..30).map(|_| file(&image, "/app/app.py", 2, None)).collect());
    let folded = screen.text();
    assert!(
        folded.contains("▸      25 more secrets") && folded.contains("chown in layer 3 ships"),
        "{folded}"
    );
    let count = |screen: &Screen| screen.model.explorer.waste.rows().len();
    let few = count(&screen);
    (0..5).for_each(|_| drop(screen.keys("j")));
    screen.keys("enter");
    assert_eq!(count(&screen), few + 25);
    screen.keys("i y");
    screen.keys("i l");
    assert!(screen.model.explorer.waste.secret(&screen.model.explorer.facts).is_some(), "a step inside");
    screen.keys("h");
    assert_eq!(count(&screen), few);
    assert_eq!(screen.model.explorer.waste.cursor.at, 5, "on what it is folded into");
    screen.keys("E");
    assert!(count(&screen) > few + 25);
    screen.keys("G C");
    assert_eq!(count(&screen), few);
    screen.keys("g E C");
    assert_eq!((count(&screen), screen.model.explorer.waste.cursor.at), (few, 0));
}

#[test]
fn equal_trees_join_the_advice_and_marks_stay() {
    let sketch = format!("{SHOP}layer COPY . /copy\n+ /copy/model.bin 61200");
    let mut screen = drawn(&sketch, (120, 35), "w space S");
    assert!(screen.text().contains("1 marked leaves"), "{}", screen.text());
    let tree = &screen.model.explorer.image.clone().unwrap().tree;
    let contents: Vec<_> =
        ["/app/model.bin", "/copy/model.bin"].map(|path| tree.find(path.as_bytes()).unwrap()).to_vec();
    let duplicate = Duplicate {
        sha256: "0".repeat(64),
        bytes: 61_200,
        paths: contents.clone(),
        contents,
        redundant_bytes: 61_200,
    };
    let before = screen.model.explorer.facts.findings.len();
    let answer = answer(&screen, vec![], vec![duplicate]);
    screen.answer(answer);
    let facts = &screen.model.explorer.facts;
    assert_eq!(facts.findings.len(), before + 1);
    assert!(screen.text().contains("1 file is shipped in two places"), "{}", screen.text());
    assert!(screen.text().contains("no secrets · 1 marked leaves"), "{}", screen.text());
    assert!(notice(&screen).contains("61.2 kB twice or more"), "{}", notice(&screen));
}

#[test]
fn what_was_found_in_texts_is_hidden_there() {
    let mut image = based();
    image.head.config.env = vec![format!("TOKEN={VALUE}")];
    let mut screen = Screen::with(image, 160, 40);
    screen.keys("I");
    assert!(screen.text().contains(VALUE), "nobody has looked yet");
    screen.keys("I S");
    let Answer::Looked(facts, image) = answer(&screen, vec![text(Where::Env, "TOKEN", None, None)], vec![])
    else {
        panic!("it looked")
    };
    let mut covered = Image::clone(&image);
    covered.head.config.env = vec!["TOKEN=hun… (14 characters)".to_owned()];
    screen.answer(Answer::Looked(facts, Arc::new(covered)));
    for keys in ["I", "I D", "D w", "i", "i y"] {
        screen.keys(keys);
        assert!(!screen.text().contains(VALUE), "{}", screen.text());
    }
}

#[test]
fn what_strangers_wrote_is_harmless() {
    let mut screen = drawn("layer COPY . /app\n+ /a\\x1b[2J\\x0ab 10\n+ /z 1", (120, 35), "w");
    let image = screen.model.explorer.image.clone().unwrap();
    let mut bad = file(&image, "/a\u{1b}[2J\nb", 0, None);
    (bad.title, bad.preview, bad.rule) = ("\u{1b}[31mkey".into(), "\u{1b}]0;x".into(), "\u{7}".into());
    look(&mut screen, vec![bad, text(Where::Labels, "\u{1b}[2J", None, None)]);
    for keys in ["g", "i", "i j", "i", "i g enter", "w"] {
        screen.keys(keys);
        assert!(!screen.lines().iter().any(|line| line.contains('\u{1b}')), "{}", screen.text());
    }
    for keys in ["g y", "j y"] {
        let effects = screen.keys(keys);
        assert!(
            matches!(&effects[..], [Effect::Copy(text)] if !text.contains(char::is_control)),
            "{effects:?}"
        );
    }
}

#[test]
fn it_fits_every_screen() {
    for (width, height) in [(60, 14), (80, 24), (120, 35), (240, 70)] {
        let mut screen = looked("w");
        screen.resize(width, height);
        for keys in ["g", "j", "i", "i j", "z", "z G", "b", "b E"] {
            screen.keys(keys);
            screen.terminal();
        }
        screen.keys("g");
        assert!(screen.text().contains("Private key"), "{width}×{height}: {}", screen.text());
    }
}

#[test]
fn privileged_files_are_listed_without_reading() {
    let sketch = "layer FROM debian\n+ /usr/bin/su 100 4755\n+ /usr/bin/wall 50 2755\nd /srv/drop 777\nlayer RUN x\n\
                  + /usr/bin/mine 10 4755\n+ /tmp/x 1";
    let mut screen = drawn(sketch, (120, 40), "I");
    assert_eq!(screen.model.overlay.unwrap().kind, Kind::Image);
    let text = screen.text();
    for part in [
        "Risks",
        "not looked for: S reads all contents",
        "4 files of the final tree: 2 setuid, 1 setgid, 1 world-writable",
        "since layer 0: 1 setuid, 1 setgid, 1 world-writable",
        "since layer 1: 1 setuid",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    screen.keys("I g i");
    let text = screen.text();
    assert!(text.contains("-rwsr-xr-x setuid") && text.contains("/usr/bin/su"), "{text}");
    assert!(text.contains("drwxrwxrwx world-writable") && !text.contains("/usr/bin/mine"), "{text}");
    screen.keys("i j i");
    let text = screen.text();
    assert!(text.contains("/usr/bin/mine") && !text.contains("/usr/bin/su"), "{text}");
    assert!(Privilege::ALL.len() == 4);
    let none = drawn("layer A\n+ /a 1", (120, 40), "I").text();
    assert!(none.contains("no file gives more rights than others"), "{none}");
}

#[test]
fn sketches_hold_what_these_tests_say() {
    let image = sketch::image("shop", SHOP);
    assert!(image.tree.find(b"/etc/shadow").is_some() && image.tree.find(b"/app/cache/a.pyc").is_some());
}
