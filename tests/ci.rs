//! `hadal ci` through the real program: rules, files of rules, verdicts, forms, mistakes.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/archive.rs"]
mod archive;
#[path = "common/layers.rs"]
mod layers;

use std::path::Path;
use std::process::{Command, Output};

use archive::{Image, docker_v12};
use serde_json::Value;
use tempfile::TempDir;

/// 3,000 bytes below, of which 1,000 are removed above, where 500 come.
const PLAIN: &str = "d /app\nf /app/kept 2000\nf /app/gone 1000\n---\nw /app/gone\nf /app/new 500";

struct Place(TempDir);

impl Place {
    /// A folder with `image.tar` of these layers.
    fn of(text: &str) -> Place {
        Place::with(&Image::new(text))
    }

    fn with(image: &Image) -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        place.image("image.tar", image);
        place
    }

    fn image(&self, name: &str, image: &Image) {
        std::fs::write(self.path().join(name), docker_v12(&[image]).tar()).unwrap();
    }

    fn file(&self, name: &str, text: &str) -> &Place {
        std::fs::write(self.path().join(name), text).unwrap();
        self
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_hadal"));
        program.args(["ci", "image.tar"]).args(args).current_dir(self.path());
        program.output().unwrap()
    }

    /// Whether it passes, and each rule with what became of it.
    fn verdict(&self, args: &[&str]) -> (bool, Vec<(String, String)>) {
        let document = self.document(args);
        let rules = document["rules"].as_array().unwrap().iter();
        let word = |rule: &Value, key: &str| rule[key].as_str().unwrap().to_owned();
        let rules = rules.map(|rule| (word(rule, "name"), word(rule, "status"))).collect();
        (document["passed"].as_bool().unwrap(), rules)
    }

    fn document(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--json"]].concat());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.is_empty(), "{args:?}: {errors}");
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let passed = document["passed"].as_bool().unwrap();
        assert_eq!(output.status.code(), Some(i32::from(!passed)), "{args:?}");
        document
    }

    /// The single rule of a verdict: what was there, the limit, the status.
    fn rule(&self, args: &[&str]) -> (Value, Value, String) {
        let document = self.document(args);
        let [rule] = document["rules"].as_array().unwrap().as_slice() else { panic!("{document:#}") };
        (rule["actual"].clone(), rule["limit"].clone(), rule["status"].as_str().unwrap().to_owned())
    }

    /// One line on standard error, with status 2 and nothing on standard output.
    fn mistake(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
        assert!(output.stdout.is_empty());
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        text.trim_end().to_owned()
    }

    fn text(&self, args: &[&str]) -> String {
        String::from_utf8(self.run(args).stdout).unwrap()
    }
}

#[test]
fn dives_rules_hold_unless_only_own_ones_are_given() {
    let place = Place::of(PLAIN);
    let names = |args: &[&str]| -> Vec<String> {
        place.verdict(args).1.into_iter().map(|(name, status)| format!("{name} {status}")).collect()
    };
    let defaults = ["lowestEfficiency fail", "highestWastedBytes skip", "highestUserWastedPercent fail"];
    assert_eq!(names(&[]), defaults);
    assert_eq!(names(&["--max-layers", "2"]), ["max-layers pass"]);
    let both = [
        "lowestEfficiency pass",
        "highestWastedBytes skip",
        "highestUserWastedPercent fail",
        "max-layers pass",
    ];
    assert_eq!(names(&["--max-layers", "2", "--lowestEfficiency", "0.5"]), both);
    place.file(".dive-ci", "rules:\n  lowestEfficiency: 0.5\n");
    assert_eq!(names(&["--max-layers", "2"]), both);
    place.file(".hadal-ci.toml", "max-layers = 1\n");
    assert_eq!(names(&[])[3], "max-layers fail");
    assert_eq!(names(&["--max-layers", "2"])[3], "max-layers pass", "a flag goes before a file");
}

#[test]
fn dives_rules_come_from_its_file_and_its_flags() {
    let place = Place::of(PLAIN);
    let document = place.document(&[]);
    let figures = |name: &str| {
        document["rules"].as_array().unwrap().iter().find(|rule| rule["name"] == name).unwrap()["actual"]
            .clone()
    };
    // As dive counts: /app/gone twice.
    assert_eq!(figures("highestWastedBytes"), 1000);
    assert_eq!(figures("highestUserWastedPercent"), 2.0);
    for (file, flags, passed) in [
        ("rules:\n  lowestEfficiency: 0.7\n  highestUserWastedPercent: disabled\n", &[][..], true),
        ("rules:\n  lowestEfficiency: 0.72\n  highestUserWastedPercent: off\n", &[], false),
        ("rules:\n  LOWESTEFFICIENCY: 0.7\n  highestUserWastedPercent: false\n", &[], true),
        ("rules:\n  lowestEfficiency: disabled\n  highestUserWastedPercent: \"\"\n", &[], true),
        (
            "rules:\n  lowestEfficiency: 0.1\n  highestUserWastedPercent: Disabled\n  highestWastedBytes: 1kB\n",
            &[],
            true,
        ),
        (
            "rules:\n  lowestEfficiency: 0.1\n  highestUserWastedPercent: off\n  highestWastedBytes: 999\n",
            &[],
            false,
        ),
        (
            "rules:\n  lowestEfficiency: 0.1\n  highestUserWastedPercent: off\n  highestWastedBytes: 0.5KiB\n",
            &[],
            false,
        ),
        (
            "rules:\n  lowestEfficiency: 0.99\n",
            &["--lowestEfficiency", "0.1", "--highestUserWastedPercent", "off"],
            true,
        ),
        ("", &["--lowestEfficiency", "0.1"], false),
    ] {
        place.file(".dive-ci", file);
        assert_eq!(place.verdict(flags).0, passed, "{file} {flags:?}");
    }
    place.file(".dive-ci", "rules:\n  lowestEfficiency: 0.1\n  highestUserWastedPercent: off\n");
    place.file("other", "rules:\n  lowestEfficiency: 0.99\n");
    assert!(place.verdict(&[]).0 && !place.verdict(&["--ci-config", "other"]).0);
}

#[test]
fn what_is_no_number_passes_and_what_has_no_bound_fails() {
    let one = Place::of("f /x 300");
    let rule = |place: &Place| {
        let document = place.document(&["--lowestEfficiency", "off", "--highestUserWastedPercent", "0"]);
        let rule = document["rules"][2].clone();
        (rule["actual"].clone(), rule["status"].as_str().unwrap().to_owned())
    };
    assert_eq!(rule(&one), (Value::Null, "pass".to_owned()));
    let gone = Place::of("f /x 300\n---\nw /x");
    assert_eq!(rule(&gone), (Value::Null, "fail".to_owned()));
}

#[test]
fn own_rules() {
    let place = Place::of(PLAIN);
    for (args, actual, limit, status) in [
        (&["--max-wasted-bytes", "1kB"][..], Value::from(1000), Value::from(1000), "pass"),
        (&["--max-wasted-bytes", "999"], 1000.into(), 999.into(), "fail"),
        (&["--min-efficiency", "0.71"], (2500.0 / 3500.0).into(), 0.71.into(), "pass"),
        (&["--min-efficiency", "0.72"], (2500.0 / 3500.0).into(), 0.72.into(), "fail"),
        (&["--max-size", "3.5kB"], 3500.into(), 3500.into(), "pass"),
        (&["--max-size", "3KiB"], 3500.into(), 3072.into(), "fail"),
        (&["--max-layers", "2"], 2.into(), 2.into(), "pass"),
        (&["--max-layers", "1"], 2.into(), 1.into(), "fail"),
        (&["--forbid", "*.pem"], 0.into(), "*.pem".into(), "pass"),
        (&["--forbid", "/app/new"], 1.into(), "/app/new".into(), "fail"),
        (&["--forbid", "gone"], 1.into(), "gone".into(), "fail"),
        (&["--forbid", "app/"], 1.into(), "app/".into(), "fail"),
    ] {
        assert_eq!(place.rule(args), (actual, limit, status.to_owned()), "{args:?}");
    }
    let document = place.document(&["--forbid", "*.pem", "--forbid", "gone"]);
    assert_eq!(document["rules"].as_array().unwrap().len(), 2, "one rule for each glob");
    let part = &document["rules"][1]["parts"][0];
    assert_eq!(
        (&part["path"], &part["layer"], &part["hidden_by"]),
        (&"/app/gone".into(), &0.into(), &1.into())
    );
}

#[test]
fn growth_is_held_against_a_baseline() {
    let place = Place::of(PLAIN);
    place.image("old.tar", &Image::new("f /app/kept 2000\nf /log 400"));
    let growth = |more: &[&str]| place.rule(&[&["--baseline", "old.tar", "--max-growth"], more].concat());
    assert_eq!(growth(&["1100"]), (1100.into(), 1100.into(), "pass".to_owned()));
    assert_eq!(growth(&["1099"]), (1100.into(), 1099.into(), "fail".to_owned()));
    assert_eq!(growth(&["0", "--ignore", "/app"]), ((-400).into(), 0.into(), "pass".to_owned()));
    place.file("old.tar", "nothing");
    assert!(
        place.mistake(&["--baseline", "old.tar", "--max-growth", "1"]).contains("cannot open the baseline")
    );
    assert!(place.mistake(&["--baseline", "image.tar"]).contains("--max-growth"));
    assert!(place.mistake(&["--max-growth", "1"]).contains("--baseline"));
}

#[test]
fn paths_and_the_base_image_are_left_out() {
    let place = Place::of(PLAIN);
    assert_eq!(place.rule(&["--max-size", "9kB", "--ignore", "/app/kept"]).0, 1500);
    assert_eq!(place.rule(&["--max-wasted-bytes", "0", "--ignore", "gone"]).2, "pass");
    assert_eq!(place.rule(&["--forbid", "new", "--ignore", "app"]).2, "pass");
    assert!(place.verdict(&["--ignore", "gone"]).0, "dive's figures as well");
    place.image("base.tar", &Image::new(PLAIN.split("\n---\n").next().unwrap()));
    assert_eq!(place.rule(&["--max-size", "9kB", "--base", "base.tar"]).0, 500);
    assert_eq!(place.rule(&["--max-layers", "1", "--base", "base.tar"]).2, "pass");
    assert_eq!(
        place.rule(&["--max-wasted-bytes", "0", "--base", "base.tar"]).2,
        "pass",
        "the base's own waste"
    );
    assert_eq!(place.rule(&["--forbid", "kept", "--base", "base.tar"]).2, "pass");
    assert!(place.verdict(&["--base", "base.tar"]).0, "nothing counts twice above the base");
    place.file(".hadal-ci.toml", "base = \"base.tar\"\nignore = [\"new\"]\nmax-size = 0\n");
    assert!(place.verdict(&[]).0);
    place.image("base.tar", &Image::new("f /other 3"));
    assert!(place.mistake(&["--max-size", "1"]).contains("base.tar is not the base image"));
}

/// Put together here, so that no scanner of these sources takes it for one.
fn password() -> String {
    ["c0rrect", "Horse9"].concat()
}

/// An image of layers in words; `dotenv` is what a file of the environment would say.
fn telling(text: &str) -> Image {
    Image::new(&text.replace("dotenv", &format!("\"DB_PASSWORD={}\"", password())))
}

#[test]
fn secrets_fail_wherever_they_are() {
    let rule = |place: &Place, args: &[&str]| {
        let (actual, limit, status) = place.rule(&[&["--forbid-secrets"], args].concat());
        assert_eq!(limit, 0);
        (actual.as_u64().unwrap(), status)
    };
    let is = |count, status: &str| (count, status.to_owned());
    assert_eq!(rule(&Place::of(PLAIN), &[]), is(0, "pass"));
    assert_eq!(rule(&Place::with(&telling("f /app/.env dotenv")), &[]), is(1, "fail"));

    let gone = Place::with(&telling("f /app/.env dotenv\nf /a 9\n---\nw /app/.env\n---\nf /b 9"));
    assert_eq!(rule(&gone, &[]), is(1, "fail"));
    assert_eq!(rule(&gone, &["--ignore", ".env"]), is(0, "pass"));
    assert_eq!(rule(&gone, &["--ignore", "/app"]), is(0, "pass"));
    assert_eq!(rule(&gone, &["--ignore", "/a"]), is(1, "fail"));
    let part = gone.document(&["--forbid-secrets"])["rules"][0]["parts"][0].clone();
    assert_eq!(
        (&part["path"], &part["layer"], &part["hidden_by"]),
        (&"/app/.env".into(), &0.into(), &1.into())
    );
    assert_eq!((&part["secret"]["rule"], &part["secret"]["line"]), (&"dotenv".into(), &1.into()));
    assert_eq!(part["secret"]["preview"], "c0r… (13 characters)");

    let said = Image::new("f /a 9").with_config(|config| {
        config["config"]["Env"] = Value::from(vec![format!("API_PASSWORD={}", password())]);
        config["config"]["Labels"] = serde_json::json!({ "api.password": password() });
        config["history"][0]["created_by"] =
            format!("RUN |1 TOKEN_PASSWORD={} /bin/sh -c make", password()).into();
    });
    let place = Place::with(&said);
    assert_eq!(rule(&place, &[]), is(3, "fail"));
    let document = place.document(&["--forbid-secrets"]);
    let parts = document["rules"][0]["parts"].as_array().unwrap();
    let spots: Vec<_> = parts.iter().map(|part| part["secret"]["where"].as_str().unwrap()).collect();
    assert_eq!(spots, ["history", "env", "labels"]);
    assert!(parts.iter().all(|part| part["path"].is_null()));
    for form in ["text", "json", "junit", "github", "markdown"] {
        for place in [&place, &gone] {
            let text = place.text(&["--forbid-secrets", "--max-size", "0", "--format", form]);
            assert!(text.contains("c0r…") && !text.contains(&password()), "{text}");
        }
    }
}

#[test]
fn secrets_of_the_base_image_are_its_own() {
    let base = telling("f /app/.env dotenv").with_config(|config| {
        config["config"]["Env"] = Value::from(vec![format!("BASE_PASSWORD={}", password())]);
        config["history"][0]["created_by"] = format!("RUN BASE_PASSWORD={} make", password()).into();
    });
    let own = |text: &str| telling(&format!("f /app/.env dotenv\n---\n{text}"));
    let quiet = own("f /b 9").with_config(|config| {
        config["config"]["Env"] = Value::from(vec![format!("BASE_PASSWORD={}", password())]);
        config["history"][0]["created_by"] = format!("RUN BASE_PASSWORD={} make", password()).into();
    });
    let place = Place::with(&quiet);
    place.image("base.tar", &base);
    let count = |place: &Place, args: &[&str]| place.rule(&[&["--forbid-secrets"], args].concat()).0;
    assert_eq!(count(&place, &[]), 3);
    assert_eq!(count(&place, &["--base", "base.tar"]), 0);
    let place = Place::with(&own("f /srv/.env dotenv").with_config(|config| {
        config["config"]["Env"] = Value::from(vec![format!("BASE_PASSWORD={}8", password())]);
    }));
    place.image("base.tar", &base);
    assert_eq!(count(&place, &["--base", "base.tar"]), 2, "another value, another file");
    place.file(".hadal-ci.toml", "forbid-secrets = true\nbase = \"base.tar\"\nignore = \"/srv\"\n");
    assert_eq!(place.rule(&[]).0, 1);
}

#[test]
fn rules_for_secrets_are_the_users_too() {
    let place = Place::with(&telling("f /app/.env dotenv"));
    place.file("own.toml", "disable = [\"dotenv\"]\n");
    assert_eq!(place.rule(&["--forbid-secrets", "--secret-rules", "own.toml"]).2, "pass");
    place.file(".hadal-ci.toml", "forbid-secrets = true\nsecret-rules = \"own.toml\"\n");
    assert_eq!(place.rule(&[]).2, "pass");
    place.file("own.toml", "disable = [\"nothing\"]\n");
    assert!(place.mistake(&[]).contains("own.toml, line 1: there is no rule \"nothing\""));
    std::fs::remove_file(place.path().join(".hadal-ci.toml")).unwrap();
    assert!(place.mistake(&["--secret-rules", "own.toml"]).contains("--secret-rules needs --forbid-secrets"));
}

#[test]
fn what_is_broken_fails_whatever_the_rules() {
    let whole = docker_v12(&[&Image::new(PLAIN)]);
    let broken = |spoil: fn(archive::Archive) -> archive::Archive| {
        let place = Place::of(PLAIN);
        std::fs::write(place.path().join("image.tar"), spoil(whole.clone()).tar()).unwrap();
        let (passed, rules) = place.verdict(&["--max-layers", "9"]);
        (passed, rules[0].0.clone())
    };
    let failed = (false, "readable".to_owned());
    assert_eq!(
        broken(|archive| {
            let layer = archive.find("layer.tar");
            archive.without(&layer)
        }),
        failed
    );
    assert_eq!(
        broken(|mut archive| {
            let layer = archive.find("layer.tar");
            archive.replace(&layer, vec![7; 2000]);
            archive
        }),
        failed
    );
    assert_eq!(
        broken(|archive| {
            let config = archive
                .0
                .iter()
                .map(|(name, _)| name)
                .find(|name| name.len() == 69 && !name.contains('/'))
                .unwrap()
                .clone();
            archive.without(&config)
        }),
        failed
    );
    assert_eq!(broken(|archive| archive), (true, "max-layers".to_owned()));
    let place = Place::of(PLAIN);
    place.file("image.tar", "no image");
    assert!(place.mistake(&[]).contains("image.tar"));
}

#[test]
fn the_text_says_what_failed_and_over_what() {
    let place = Place::of(PLAIN);
    let text = place.text(&["--max-wasted-bytes", "400", "--max-layers", "2"]);
    assert_eq!(
        text,
        "example.com/app:1\n\
         \x20     RULE              ACTUAL  LIMIT\n\
         FAIL  max-wasted-bytes    1 kB  400 B  600 B too many\n\
         pass  max-layers             2      2\n\
         \n\
         max-wasted-bytes: what weighs most\n\
         BYTES  PATH       SHIPPED BY       THEN\n\
         \x201 kB  /app/gone  layer 0  step 0  removed by layer 1  step 1\n\
         \n\
         failed: 1 of 2 rules\n"
    );
    assert!(!text.contains('\x1b'));
    let coloured = place.text(&["--max-layers", "1", "--color", "always"]);
    assert!(coloured.contains("\x1b[31mFAIL\x1b[0m"), "{coloured}");
    assert!(place.text(&["--max-layers", "2"]).ends_with("\npassed: 1 rule\n"));
}

#[test]
fn names_from_the_image_stay_names_in_every_form() {
    let hostile =
        Image::new("f /</failure>|`x`@you%0A 900\n---\nw /</failure>|`x`@you%0A\nf /a\u{1b}[31m::error::y 3");
    let hostile = hostile.named(Some("evil\n::error::name<b>&\"'|`"));
    let hostile = hostile.with_config(|config| {
        config["history"][0]["created_by"] = "RUN x ]]>\u{1b}[2J\n::set-output name=a::b <script>|".into();
    });
    let place = Place::with(&hostile);
    let forms =
        |form: &str| place.text(&["--max-wasted-bytes", "1", "--forbid", "*error*", "--format", form]);

    let junit = forms("junit");
    assert!(junit.contains("&lt;/failure&gt;|`x`@you%0A"), "{junit}");
    assert_eq!(junit.matches("</failure>").count(), 2, "{junit}");
    assert!(!junit.contains("<b>") && !junit.contains("<script>") && !junit.contains('\x1b'), "{junit}");
    assert!(junit.contains("tests=\"2\" failures=\"2\" skipped=\"0\""), "{junit}");

    let github = forms("github");
    let lines: Vec<&str> = github.lines().collect();
    assert_eq!(lines.len(), 3, "{github}");
    assert!(
        lines[0].starts_with("::error title=hadal ci%3A max-wasted-bytes::evil\\n::error::name"),
        "{github}"
    );
    assert!(lines[0].contains("@you%250A") && lines[0].contains("%0A900 B, "), "{github}");
    assert!(lines[2].starts_with("::notice title=hadal ci::"), "{github}");
    assert!(!github.contains('\x1b'));

    let markdown = forms("markdown");
    assert!(markdown.contains("/&lt;/failure&gt;\\|\\`x\\`&#64;you%0A"), "{markdown}");
    assert!(
        !markdown.contains("<b>") && !markdown.contains('\x1b') && !markdown.contains("\n::"),
        "{markdown}"
    );
    let rows = markdown.lines().filter(|line| line.starts_with("| ❌ fail | "));
    assert_eq!(rows.count(), 2, "{markdown}");

    let text = forms("text");
    assert!(!text.contains('\x1b') && !text.contains("\n::"), "{text}");
}

#[test]
fn mistakes_name_file_line_and_key() {
    let place = Place::of(PLAIN);
    for (file, text, wanted) in [
        (
            ".dive-ci",
            "rules:\n  lowestEfficiency: 1.5\n",
            ".dive-ci, line 2: rules.lowestEfficiency: \"1.5\" is no share",
        ),
        (
            ".dive-ci",
            "rules:\n  highestWastedBytes: much\n",
            ".dive-ci, line 2: rules.highestWastedBytes: \"much\"",
        ),
        (".dive-ci", "rules:\n  lowest: 1\n", ".dive-ci, line 2: rules.lowest: unknown rule"),
        (
            ".dive-ci",
            "rules:\n  lowestEfficiency: 1\n  lowestEfficiency: 1\n",
            ".dive-ci, line 3: rules.lowestEfficiency: stands here twice",
        ),
        (".dive-ci", "rules: [\n", ".dive-ci, line "),
        (".hadal-ci.toml", "\nmax-sise = 1\n", ".hadal-ci.toml, line 2: max-sise: unknown key"),
        (".hadal-ci.toml", "max-size = 1\nmax-size = 2\n", ".hadal-ci.toml, line 2: duplicate key"),
        (
            ".hadal-ci.toml",
            "max-layers = \"2\"\n",
            ".hadal-ci.toml, line 1: max-layers: expected a whole number",
        ),
    ] {
        place.file(file, text);
        let says = place.mistake(&[]);
        assert!(says.starts_with(&format!("hadal: {wanted}")), "{says}");
        std::fs::remove_file(place.path().join(file)).unwrap();
    }
    for (args, wanted) in [
        (&["--ci-config", "gone"][..], "cannot read the rules in gone: there is no such file"),
        (&["--lowestEfficiency", "95%"], "--lowestEfficiency: \"95%\" is no share"),
        (&["--forbid", "["], "--forbid: the glob \"[\""),
        (&["--baseline", "image.tar"], "a baseline needs --max-growth"),
    ] {
        assert!(place.mistake(args).contains(wanted), "{}", place.mistake(args));
    }
    // The parser of arguments says more than one line.
    assert_eq!(place.run(&["--max-size", "much"]).status.code(), Some(2));
    std::fs::write(place.path().join(".dive-ci"), b"\xff").unwrap();
    assert!(place.mistake(&[]).contains("it is no text in UTF-8"));
}

#[test]
fn a_build_needs_a_terminal_or_rules() {
    let place = Place::of(PLAIN);
    let says = |args: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_hadal"));
        let output = program.arg("build").args(args).current_dir(place.path()).output().unwrap();
        assert!(output.stdout.is_empty());
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, text) = says(&["-t", "x", "."]);
    assert_eq!(code, Some(2));
    assert!(text.contains("needs a terminal") && text.contains("hadal build --ci"), "{text}");
    let (code, text) = says(&["--max-size", "1", "."]);
    assert!(code == Some(2) && text.contains("need --ci"), "{text}");
    place.file(".dive-ci", "rules: 3\n");
    let (code, text) = says(&["--ci", "."]);
    assert!(code == Some(2) && text.contains(".dive-ci, line 1"), "before anything is built: {text}");
}
