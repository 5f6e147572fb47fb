//! Secrets: what each rule finds, wherever in a content it stands, and where in an image it is shipped.
#![allow(clippy::unwrap_used, clippy::panic, clippy::too_many_lines)]

#[path = "common/archive.rs"]
mod archive;
#[path = "common/layers.rs"]
mod layers;
#[path = "secrets/samples.rs"]
mod samples;

use std::collections::BTreeSet;
use std::process::Command;

use archive::{Image, PACKINGS, Packing};
use hadal::analysis::Inspection;
use hadal::analysis::secrets::{Place, Rules, Scan, Scanner, Secret, Where};
use hadal::jobs::{self, OpenRequest, Opened, Task, Wishes};
use layers::{Line, tar_of};
use proptest::prelude::*;
use samples::{pem, random, samples, summed};
use serde_json::{Value, json};
use tar::EntryType;

fn scan(rules: &Rules, path: &str, pieces: &[&[u8]]) -> Scan {
    let mut scanner = Scanner::new(rules);
    scanner.begin(path.as_bytes());
    pieces.iter().for_each(|piece| scanner.take(piece));
    scanner.end()
}

#[test]
fn each_rule_finds_what_it_is_for_and_nothing_else() {
    let rules = Rules::embedded().unwrap();
    for sample in samples() {
        let found = scan(&rules, sample.path, &[sample.text.as_bytes()]);
        let names: Vec<&str> = found.matches.iter().map(|one| one.rule.as_str()).collect();
        let expected: Vec<&str> = sample.rule.into_iter().collect();
        assert_eq!(names, expected, "{} {}", sample.path, sample.text);
        for one in &found.matches {
            // A beginning and a length: never as much as half.
            let shown = one.preview.split('…').next().unwrap();
            assert!(shown.starts_with("-----BEGIN ") || shown.len() <= 6, "{}", one.preview);
        }
    }
}

#[test]
fn every_rule_has_a_sample() {
    let file: toml::Table = include_str!("../assets/secrets.toml").parse().unwrap();
    let rules = file["rule"].as_array().unwrap();
    let about_files = |rule: &&toml::Value| rule.get("texts").and_then(toml::Value::as_str) != Some("only");
    let ids: BTreeSet<&str> =
        rules.iter().filter(about_files).map(|rule| rule["id"].as_str().unwrap()).collect();
    let tried: BTreeSet<&str> = samples().iter().filter_map(|sample| sample.rule).collect();
    assert_eq!(tried, ids);
}

#[test]
fn lines_count_from_one_and_binaries_have_none() {
    let rules = Rules::embedded().unwrap();
    let token = summed(&["gh", "p_"]);
    let lines = |text: &str| -> Vec<Option<u64>> {
        scan(&rules, "/a", &[text.as_bytes()]).matches.iter().map(|one| one.line).collect()
    };
    assert_eq!(lines(&token), [Some(1)]);
    assert_eq!(lines(&format!("\n\na {token}\n")), [Some(3)]);
    assert_eq!(lines(&format!("\0\n{token}\n")), [None]);
    let env = format!("A=1\nDB_PASSWORD={}\n\nTOKEN={token}\n", ["c0rrect", "Horse9"].concat());
    let found = scan(&rules, "/app/.env", &[env.as_bytes()]);
    let found: Vec<_> = found.matches.iter().map(|one| (one.rule.as_str(), one.line)).collect();
    assert_eq!(found, [("dotenv", Some(2)), ("github-token", Some(4))], "the exact rule goes first");
}

#[test]
fn findings_of_one_content_are_bounded() {
    let rules = Rules::embedded().unwrap();
    let token = |seed: u64| format!("glpat-{}", random("abcdefghij0123456789", 20, seed + 1));
    let many = (0..50).map(token).collect::<Vec<_>>().join("\n");
    let found = scan(&rules, "/a", &[many.as_bytes()]);
    assert_eq!((found.matches.len(), found.more), (20, 30));
    assert_eq!(scan(&rules, "/a", &[b"nothing"]), Scan::default(), "and of the next one nothing is left");
}

#[test]
fn users_rules_add_replace_and_disable() {
    let own = "[[rule]]\nid = \"shop-token\"\ntitle = \"Token of the shop\"\nkeywords = [\"shop_\"]\nregex = 'shop_[a-z0-9]{12}'\n";
    let rules = Rules::with(own).unwrap();
    let names = |rules: &Rules, text: &str| -> Vec<String> {
        scan(rules, "/a", &[text.as_bytes()]).matches.iter().map(|one| one.rule.clone()).collect()
    };
    assert_eq!(names(&rules, "shop_a1b2c3d4e5f6"), ["shop-token"]);
    let token = summed(&["gh", "p_"]);
    assert_eq!(names(&rules, &token), ["github-token"]);
    assert_eq!(names(&Rules::with("disable = [\"github-token\"]").unwrap(), &token), [""; 0]);
    assert_eq!(names(&Rules::with("quiet = [\"/a\"]").unwrap(), &token), [""; 0]);
    let replaced = own.replace("shop-token", "github-token");
    assert_eq!(names(&Rules::with(&replaced).unwrap(), &token), [""; 0]);
    // More keywords than vector instructions take: an automaton finds the same.
    let prefixes: Vec<String> =
        (0..200).map(|at| format!("\"{}\"", random("abcdefghijklmnopqrstuvwxyz", 9, at + 1))).collect();
    let many = own.replace("\"shop_\"", &format!("\"shop_\", {}", prefixes.join(", ")));
    let many = Rules::with(&many).unwrap();
    for sample in samples() {
        let found = scan(&many, sample.path, &[sample.text.as_bytes()]);
        assert_eq!(found.matches.first().map(|one| one.rule.as_str()), sample.rule, "{}", sample.text);
    }
    for (text, wanted) in [
        ("disable = [\"no-such\"]", "line 1: there is no rule \"no-such\" to disable"),
        (
            "[[rule]]\nid = \"a\"\ntitle = \"A\"\nregex = 'x'\n",
            "line 1: rule \"a\": it needs keywords, or paths",
        ),
        (
            "\n[[rule]]\nid = \"a\"\ntitle = \"A\"\nkeywords = [\"abc\"]\nregex = '('\n",
            "line 2: rule \"a\": regex: unclosed group",
        ),
        (
            "[[rule]]\nid = \"a\"\ntitle = \"A\"\nkeywords = [\"ab\"]\nregex = 'x'\n",
            "line 1: rule \"a\": keywords have from 3",
        ),
        ("[[rule]]\nid = \"a\"\ntitle = \"A\"\npaths = [\"[\"]\nregex = 'x'\n", "the glob \"[\""),
        ("nonsense = 1", "line 1: unknown field `nonsense`"),
        (
            "[[rule]]\nid = \"a\"\ntitle = \"A\"\nkeywords = [\"abc\"]\nregex = 'x'\nchecks = [\"magic\"]\n",
            "line 6: unknown variant `magic`",
        ),
    ] {
        let error = Rules::with(text).unwrap_err().to_string();
        assert!(error.contains(wanted), "{text}: {error}");
    }
    let twice = Rules::with(&format!("{own}{own}")).unwrap_err().to_string();
    assert_eq!(twice, "line 6: a second rule \"shop-token\"");
}

#[test]
fn the_readme_s_rules_are_rules() {
    let readme = include_str!("../README.md");
    let example = readme.split("```toml\n").find(|block| block.starts_with("disable =")).unwrap();
    let rules = Rules::with(example.split("```").next().unwrap()).unwrap();
    let text = format!("a {}_{}", "shop", random("abcdefghij0123456789", 24, 1));
    assert_eq!(scan(&rules, "/a", &[text.as_bytes()]).matches.len(), 1);
    assert_eq!(scan(&rules, "/opt/vendor/a", &[text.as_bytes()]).matches.len(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// However a content comes in pieces, and wherever in it secrets stand, the same is found as in one piece: in sight
    /// of the borders at which the scanner lets go of what it has seen.
    #[test]
    fn borders_hide_nothing(
        gaps in prop::collection::vec(prop_oneof![1usize..300, 200_000usize..300_000], 1..6),
        kinds in prop::collection::vec(0usize..3, 6),
        cuts in prop::collection::vec(1usize..700_000, 0..6),
        binary in any::<bool>(),
    ) {
        let rules = Rules::embedded().unwrap();
        let dashes = "-----";
        let key = pem(concat!("EC PRIVATE", " KEY"), &[vec![0x30, 0x82, 4, 0], random("abcdefghijklmnop", 1024, 9).into_bytes()].concat());
        prop_assert!(key.starts_with(dashes));
        let secrets = [summed(&["gh", "p_"]), key, ["AK", "IA", "2E0A8F3B244C9986"].concat()];
        let mut text = if binary { vec![0, b'\n'] } else { Vec::new() };
        let mut lines = Vec::new();
        for (gap, kind) in gaps.iter().zip(&kinds) {
            text.extend(b"lorem ipsum -----BEGIN\n".iter().cycle().take(*gap));
            text.push(b'\n');
            lines.push((!binary).then(|| text.split(|byte| *byte == b'\n').count() as u64));
            text.extend(secrets[*kind].as_bytes());
            text.push(b'\n');
        }
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % text.len()).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
        let found = scan(&rules, "/a", &pieces);
        prop_assert_eq!(found.matches.iter().map(|one| one.line).collect::<Vec<_>>(), lines);
        prop_assert_eq!(found, scan(&rules, "/a", &[&text]));
    }
}

fn open(bytes: &[u8]) -> Opened {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    std::fs::write(&path, bytes).unwrap();
    let request = OpenRequest { image: Some(path.display().to_string()), ..OpenRequest::default() };
    jobs::open_keeping(&request, &Task::new(), &mut |_| {}).unwrap()
}

fn inspect(opened: &Opened) -> Inspection {
    let rules = Rules::embedded().unwrap();
    let wishes = Wishes { duplicates: true, secrets: Some(&rules) };
    jobs::inspect(opened, wishes, &Task::new()).unwrap().0
}

fn secrets(opened: &Opened) -> Vec<Secret> {
    inspect(opened).secrets.unwrap()
}

fn file(path: &str, content: &str) -> Line {
    let mut line = Line::new(EntryType::Regular, path.as_bytes());
    line.content = content.into();
    line
}

fn link(path: &str, target: &str) -> Line {
    let mut line = Line::new(EntryType::Link, path.as_bytes());
    line.link = target.into();
    line
}

/// A key that a later layer deletes; a token under two names, the first of which goes; one in a large file.
fn image() -> Image {
    let key = pem(
        concat!("RSA PRIVATE", " KEY"),
        &[vec![0x30, 0x82, 4, 0], random("abcdefghijklmnop", 1024, 9).into_bytes()].concat(),
    );
    let large = format!("{}\n{}\n", "x".repeat(3 << 20), summed(&["gh", "o_"]));
    let base = [
        file("root/.ssh/id_rsa", &key),
        file("a", &summed(&["gh", "p_"])),
        link("b", "a"),
        file("empty", ""),
    ];
    let middle = [file("large", &large), file("c", "nothing")];
    let last = [file("root/.ssh/.wh.id_rsa", ""), file(".wh.a", "")];
    Image::of(vec![tar_of(&base), tar_of(&middle), tar_of(&last)])
}

/// Rule, path, layer, the layer that hid it, line.
type Told = (String, String, usize, Option<usize>, Option<u64>);

fn told(opened: &Opened) -> Vec<Told> {
    secrets(opened)
        .into_iter()
        .map(|secret| match secret.place {
            Place::File { node, layer, deleted_in, line, .. } => {
                let path = String::from_utf8(opened.image.tree.path(node)).unwrap();
                (secret.rule, path, layer, deleted_in, line)
            }
            Place::Text(text) => panic!("{text:?}"),
        })
        .collect()
}

#[test]
fn what_a_later_layer_deletes_is_found_in_every_form() {
    let expected = [
        ("github-token".to_owned(), "/b".to_owned(), 0, None, Some(1)),
        ("private-key".to_owned(), "/root/.ssh/id_rsa".to_owned(), 0, Some(2), Some(1)),
        ("github-token".to_owned(), "/large".to_owned(), 1, None, Some(2)),
    ];
    for packing in PACKINGS {
        let image = image().packed(packing);
        for archive in [archive::docker_v12(&[&image]), archive::docker_v25(&image), archive::oci(&[&image])]
        {
            assert_eq!(told(&open(&archive.tar())), expected, "{packing:?}");
        }
    }
    for (how, bytes) in archive::outer(&archive::docker_v12(&[&image()]).tar()) {
        assert_eq!(told(&open(&bytes)), expected, "{how}");
    }
}

#[test]
fn a_layer_that_occurs_twice_is_read_once_and_reported_twice() {
    for packing in [Packing::Plain, Packing::Gzip] {
        let layer = tar_of(&[file("a", &summed(&["gh", "p_"]))]);
        let image = Image::of(vec![layer.clone(), layer.clone()]).packed(packing);
        for archive in [archive::docker_v12(&[&image]), archive::oci(&[&image])] {
            let opened = open(&archive.tar());
            let layers: Vec<_> = told(&opened).into_iter().map(|one| (one.2, one.3)).collect();
            assert_eq!(layers, [(0, Some(1)), (1, None)], "{packing:?}");
            assert_eq!(inspect(&opened).bytes, 40, "{packing:?}");
        }
    }
}

#[test]
fn a_layer_that_cannot_be_read_is_a_problem_and_the_rest_is_looked_into() {
    let opened = {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("layout");
        let image = image().packed(Packing::Gzip);
        archive::oci(&[&image]).folder(&place);
        let request = OpenRequest { image: Some(place.display().to_string()), ..OpenRequest::default() };
        let opened = jobs::open_keeping(&request, &Task::new(), &mut |_| {}).unwrap();
        // Between opening it and looking into it, the layer in the middle is lost.
        let digest = opened.image.layers[1].digest.clone().unwrap();
        std::fs::remove_file(place.join("blobs/sha256").join(digest.hex())).unwrap();
        let found = inspect(&opened);
        let secrets = found.secrets.unwrap();
        assert_eq!(secrets.len(), 2, "{secrets:?}");
        let problems: Vec<String> = found.problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].starts_with("layer 1: not all of its contents could be looked into: "),
            "{problems:?}"
        );
        opened
    };
    let task = Task::new();
    task.cancel();
    let rules = Rules::embedded().unwrap();
    let wishes = Wishes { duplicates: false, secrets: Some(&rules) };
    assert_eq!(jobs::inspect(&opened, wishes, &task).unwrap_err().to_string(), "cancelled");
}

#[test]
fn sparse_files_are_read_with_their_holes() {
    let token = summed(&["gh", "p_"]);
    for packing in [Packing::Plain, Packing::Gzip] {
        let mut entry = Line::new(EntryType::GNUSparse, b"holes");
        entry.content = format!("{token:\n<512}").into_bytes();
        let mut bytes = layers::entry(&entry);
        // The old GNU form: one segment at 8192 of a file of 16384 bytes.
        bytes[386..398].copy_from_slice(b"00000020000\0");
        bytes[398..410].copy_from_slice(b"00000001000\0");
        bytes[483..495].copy_from_slice(b"00000040000\0");
        bytes[148..156].fill(b' ');
        let sum: u32 = bytes[..512].iter().map(|byte| u32::from(*byte)).sum();
        bytes[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let image = Image::of(vec![layers::raw(&[bytes, layers::entry(&file("flat", "a"))])]);
        let opened = open(&archive::oci(&[&image.packed(packing)]).tar());
        assert_eq!(told(&opened), [("github-token".into(), "/holes".into(), 0, None, None)], "{packing:?}");
        let node = opened.image.tree.find(b"/holes").unwrap();
        let stored = opened.image.tree.in_final(node).unwrap().content().unwrap();
        let mut whole = vec![0; 8192];
        whole.extend(&entry.content);
        whole.resize(16384, 0);
        let sum = hadal::image::Digest::of(&whole).hex().to_owned();
        assert_eq!(opened.sha256(&[stored, stored], &Task::new()).unwrap(), [Some(sum.clone()), Some(sum)]);
    }
}

fn token() -> String {
    summed(&["gh", "p_"])
}

fn password() -> String {
    ["c0rrect", "Horse9"].concat()
}

/// Secrets in build history, environment and labels.
fn spoken() -> Image {
    Image::new("f /a 1").with_config(|config| {
        config["config"]["Env"] = json!([
            "PATH=/bin",
            format!("API_TOKEN={}", token()),
            format!("DB_PASSWORD={}", password()),
            "GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568",
            "TOKEN_FILE=/run/secrets/token",
        ]);
        config["config"]["Labels"] = json!({"deploy.token": token(), "version": "1.2.3"});
        config["history"] = json!([
            {"created_by": format!("|1 NPM_TOKEN={} /bin/sh -c npm ci", token())},
            {"created_by": format!("/bin/sh -c #(nop)  ENV DB_PASSWORD={}", password()), "empty_layer": true},
            {"created_by": format!("RUN /bin/sh -c curl -u robot:{} https://r.io/x # buildkit", password()), "empty_layer": true},
            {"created_by": format!("RUN /bin/sh -c echo root:{} | chpasswd # buildkit", password()), "empty_layer": true},
            {"created_by": format!("RUN /bin/sh -c tool --password {} # buildkit", password()), "empty_layer": true},
            {"created_by": format!("RUN /bin/sh -c echo machine r.io login me password {} > /root/.netrc", password()), "empty_layer": true},
            {"created_by": format!("RUN /bin/sh -c git clone https://me:{}@git.io/a # buildkit", password()), "empty_layer": true},
            {"created_by": "RUN |1 TOKEN_URL=https://r.io /bin/sh -c X=$(get) && PASSWORD=$X make # buildkit", "empty_layer": true},
        ]);
    })
}

#[test]
fn history_environment_and_labels_are_looked_at() {
    let found = secrets(&open(&archive::docker_v12(&[&spoken()]).tar()));
    let found: Vec<_> = found
        .iter()
        .map(|secret| match &secret.place {
            Place::Text(text) => {
                (secret.rule.as_str(), text.place, text.detail.as_str(), text.step, text.layer)
            }
            place @ Place::File { .. } => panic!("{place:?}"),
        })
        .collect();
    let history = |rule, detail, step, layer| (rule, Where::History, detail, Some(step), layer);
    assert_eq!(
        found,
        [
            history("github-token", "RUN", 0, Some(0)),
            history("named-value", "DB_PASSWORD", 1, None),
            history("curl-user", "RUN", 2, None),
            history("chpasswd", "RUN", 3, None),
            history("named-argument", "password", 4, None),
            history("netrc-text", "RUN", 5, None),
            history("url-password", "me", 6, None),
            ("github-token", Where::Env, "API_TOKEN", None, None),
            ("named-value", Where::Env, "DB_PASSWORD", None, None),
            ("github-token", Where::Labels, "deploy.token", None, None),
        ]
    );
}

fn hadal(image: &std::path::Path, arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_hadal")).arg("analyze").arg(image).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn no_secret_is_printed_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tar");
    let mut image = spoken();
    image.layers =
        vec![(tar_of(&[file("app/.env", &format!("DB_PASSWORD={}\n", password()))]), Packing::Gzip)];
    std::fs::write(&path, archive::docker_v12(&[&image]).tar()).unwrap();
    let document: Value = serde_json::from_str(&hadal(&path, &["--secrets", "--json"])).unwrap();
    assert_eq!(document["secrets"].as_array().unwrap().len(), 11);
    let first = &document["secrets"][0];
    assert_eq!(first["path"], json!("/app/.env"));
    assert_eq!((&first["rule"], &first["layer"], &first["line"]), (&json!("dotenv"), &json!(0), &json!(1)));
    assert_eq!(first["preview"], json!("c0r… (13 characters)"));
    assert!(document["read"]["bytes"].as_u64().unwrap() > 20);
    for arguments in [&["--secrets"][..], &["--secrets", "--json"], &["--secrets", "--duplicates"]] {
        let text = hadal(&path, arguments);
        assert!(!text.contains(&password()) && !text.contains(&token()), "{text}");
        assert!(text.contains("c0r… (13 characters)"));
    }
    // Without the flag nothing is looked for, and what the image says about itself is shown as it is.
    let plain: Value = serde_json::from_str(&hadal(&path, &["--json"])).unwrap();
    assert!(
        plain.get("secrets").is_none() && plain.get("duplicates").is_none() && plain.get("read").is_none()
    );
    assert!(plain["image"]["config"]["env"][1].as_str().unwrap().ends_with(&token()));
}

#[test]
fn a_file_of_rules_is_read_before_the_image_and_complained_about() {
    let folder = tempfile::tempdir().unwrap();
    let (rules, image) = (folder.path().join("rules.toml"), folder.path().join("image.tar"));
    std::fs::write(
        &image,
        archive::docker_v12(&[&Image::of(vec![tar_of(&[file("a", "shop_a1b2c3d4e5f6")])])]).tar(),
    )
    .unwrap();
    let run = |text: &str| {
        std::fs::write(&rules, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_hadal"));
        let output = command
            .arg("analyze")
            .arg(&image)
            .args(["--secrets", "--secret-rules"])
            .arg(&rules)
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let good = "[[rule]]\nid = \"shop\"\ntitle = \"Token of the shop\"\nkeywords = [\"shop_\"]\nregex = 'shop_[a-z0-9]{12}'\n";
    let (status, text, _) = run(good);
    assert!(status == Some(0) && text.contains("Token of the shop: /a:1"), "{text}");
    let (status, text, errors) = run("rules = 1");
    assert_eq!((status, text.as_str()), (Some(2), ""));
    assert!(errors.contains("rules.toml, line 1: unknown field `rules`"), "{errors}");
}
