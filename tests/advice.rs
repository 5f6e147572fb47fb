//! What to change in a build: each mistake found once, with its saving, its layers and the change; and every hidden byte
//! in exactly one of them.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/sketch.rs"]
mod sketch;

use hadal::analysis::JunkList;
use hadal::analysis::advice::{Finding, bytes_after, findings};
use hadal::image::{Base, Basis, Image};
use hadal::report::advice::{fix, steps, title};
use proptest::prelude::*;

fn found(image: &Image) -> Vec<Finding> {
    findings(image, &JunkList::embedded(), &[])
}

/// Each finding as `id bytes layers | title | fix`.
fn told(sketch: &str) -> Vec<String> {
    let image = sketch::image("shop", sketch);
    let tell = |finding: &Finding| {
        let bytes = finding.bytes.map_or("-".to_owned(), |bytes| bytes.to_string());
        let (title, fix) = (title(finding, &image), fix(finding, &image));
        format!("{} {bytes} {:?} | {title} | {fix}", finding.kind.id(), finding.layers)
    };
    found(&image).iter().map(tell).collect()
}

/// The only finding of an image, in parts.
fn only(sketch: &str) -> (String, String, String) {
    let told = told(sketch);
    let [one] = &told[..] else { panic!("{told:#?}") };
    let parts: Vec<&str> = one.split(" | ").collect();
    (parts[0].to_owned(), parts[1].to_owned(), parts[2].to_owned())
}

#[test]
fn ownership_changed_later_is_one_mistake_over_any_number_of_files() {
    let all =
        |rest: &str| (0..24_000).map(|at| format!("+ /app/f{at} {rest}\n")).collect::<Vec<_>>().concat();
    let (files, again) = (all("10"), all("10 1000:1000"));
    let text = format!("layer COPY . /app\n{files}layer RUN chown -R 1000:1000 /app\n{again}");
    let (what, title, fix) = only(&text);
    assert_eq!(what, "metadata-copy 240000 [0]");
    assert_eq!(title, "chown in layer 1 ships 24000 files of layer 0 again");
    assert_eq!(fix, "give the COPY of layer 0 `--chown`, and drop the later step");
    let image = sketch::image("shop", &text);
    let all = found(&image);
    assert_eq!((all[0].heaps.len(), image.tree.path(all[0].heaps[0].node)), (1, b"/app".to_vec()));
    assert_eq!(
        steps(&all[0], &image),
        [(0, "COPY . /app".to_owned()), (1, "RUN chown -R 1000:1000 /app".to_owned())]
    );
}

#[test]
fn modes_and_steps_that_run_have_another_remedy() {
    let (_, title, fix) = only("layer RUN make\n+ /app/x 10\nlayer RUN chmod 755 /app/x\n+ /app/x 10 755");
    assert_eq!(title, "chmod in layer 1 ships 1 file of layer 0 again");
    assert_eq!(fix, "do it at the end of the RUN of layer 0, which makes them, or make them as that user");
    let (_, _, fix) = only("layer COPY x /app\n+ /app/x 10\nlayer RUN chmod 755 /app/x\n+ /app/x 10 755");
    assert_eq!(fix, "give the COPY of layer 0 `--chmod`, and drop the later step");
}

#[test]
fn what_a_later_step_removes_is_one_mistake_of_that_step() {
    let text = "
        layer ADD src.tar /src
        + /src/a 100
        + /src/b/c 200
        layer RUN make
        + /build/o 1000
        layer RUN rm -rf /src /build
        - /src
        - /build";
    let (what, title, fix) = only(text);
    assert_eq!(what, "deleted-later 1300 [0, 1]");
    assert_eq!(title, "layers 0 and 1 ship 3 files that layer 2 removes");
    assert_eq!(
        fix,
        "leave them out of the ADD of layer 0 (.dockerignore), or mount them where they are needed: `RUN \
         --mount=type=bind`; remove them at the end of the RUN of layer 1, or give it a cache mount"
    );
}

#[test]
fn package_managers_leave_the_same_thing_hidden_or_seen() {
    let hidden = "
        layer RUN apt-get update && apt-get install -y curl
        + /usr/bin/curl 50
        + /var/lib/apt/lists/deb_Packages 5000
        layer RUN rm -rf /var/lib/apt/lists
        - /var/lib/apt/lists";
    let (what, title, fix) = only(hidden);
    assert_eq!(what, "hidden-leftovers 5000 [0]");
    assert_eq!(title, "package lists of apt: shipped by layer 0, hidden later");
    assert!(fix.contains("rm -rf /var/lib/apt/lists/*"), "{fix}");
    let seen = "
        layer RUN apt-get update
        + /var/lib/apt/lists/deb_Packages 5000
        + /home/dev/.cache/pip/http/x 70
        + /home/dev/.cache/other/y 7";
    assert_eq!(
        told(seen).iter().map(|line| line.split(" | ").next().unwrap().to_owned()).collect::<Vec<_>>(),
        ["leftovers 5000 [0]", "leftovers 70 [0]"]
    );
}

#[test]
fn junk_that_is_linked_from_elsewhere_frees_nothing() {
    assert!(told("layer A\n+ /tmp/x 500\nh /usr/lib/x /tmp/x").is_empty());
    assert_eq!(only("layer A\n+ /tmp/x 500\nh /tmp/y /tmp/x").0, "leftovers 500 [0]");
}

#[test]
fn databases_are_one_mistake_that_may_not_be_worth_the_change() {
    let step = |bytes: u64, tag: char| {
        format!(
            "layer RUN apt-get install x{tag}\n+ /var/lib/dpkg/status {bytes} {tag}\n+ /usr/bin/{tag} 100\n"
        )
    };
    let small: String = ['a', 'b', 'c'].map(|tag| step(3000, tag)).concat();
    let (what, title, fix) = only(&small);
    assert_eq!(what, "database-rewrites 6000 [0, 1]");
    assert_eq!(
        title,
        "layers 0 and 1 ship the package manager's own records, which a later layer writes anew"
    );
    assert!(fix.starts_with("not worth a change"), "{fix}");
    let large: String = ['a', 'b', 'c'].map(|tag| step(3_000_000, tag)).concat();
    let (what, _, fix) = only(&large);
    assert_eq!(
        (what.as_str(), fix.as_str()),
        ("database-rewrites 6000000 [0, 1]", "install everything in one RUN instead of in layers 0 and 1")
    );
}

#[test]
fn other_ways_to_hide_bytes() {
    for (text, what, says) in [
        (
            "layer A\n+ /d/a 2000000\nlayer B\n+ /d/a 3000000",
            "overwritten 2000000 [0]",
            "layer 1 writes 1 file of layer 0 anew",
        ),
        (
            "layer A\n+ /d/a 20\nlayer B\no /d\n+ /d/b 1",
            "replaced-directory 20 [0]",
            "puts something else in the place of",
        ),
        (
            "layer A\n+ /d/a 20\nlayer B\nl /d x",
            "replaced-directory 20 [0]",
            "puts something else in the place of",
        ),
        ("layer A\n+ /a 20 x\n+ /a 30 y", "shadowed-in-layer 20 [0]", "layer 0 stores 1 file more than once"),
    ] {
        let (found, title, _) = only(text);
        assert_eq!(found, what);
        assert!(title.contains(says), "{title}");
    }
}

#[test]
fn the_base_image_is_not_this_builds_to_change() {
    let mut image = sketch::image(
        "shop",
        "layer A\n+ /a 900\nlayer B\n- /a\nlayer COPY x /\n+ /x 5\nlayer RUN rm /x\n- /x",
    );
    image.head.base = Some(Base { layers: 2, steps: 2, basis: Basis::Stated, name: None });
    let all = found(&image);
    let base: Vec<bool> = all.iter().map(|finding| finding.in_base).collect();
    assert_eq!(base, [true, false]);
    assert!(title(&all[0], &image).ends_with("(in the base image)"));
    assert!(fix(&all[0], &image).starts_with("nothing in this build"));
}

#[test]
fn trees_that_are_shipped_twice() {
    let image = sketch::image(
        "shop",
        "layer COPY a /a\n+ /a/lib/x 500\n+ /a/lib/y 300\nlayer COPY b /b\n+ /b/lib/x 500\n+ /b/lib/y 300",
    );
    let node = |path: &str| image.tree.find(path.as_bytes()).unwrap();
    let equal = [vec![node("/a/lib/x"), node("/b/lib/x")], vec![node("/a/lib/y"), node("/b/lib/y")]];
    let all = findings(&image, &JunkList::embedded(), &equal);
    assert_eq!(all.len(), 1, "one mistake for the whole tree: {all:#?}");
    assert_eq!((all[0].kind.id(), all[0].bytes, all[0].contents), ("duplicated-tree", Some(800), 2));
    assert_eq!(bytes_after(&image, &all), 800);
}

#[test]
fn hints_promise_nothing() {
    let text = "
        layer FROM debian
        + /etc/passwd 10
        layer COPY . /app
        + /app/package.json 5
        + /app/node_modules/left/index.js 100
        + /app/.git/HEAD 20
        layer RUN npm ci
        + /app/lock 5
        layer RUN apt-get install -y gcc
        + /usr/bin/gcc 100
        + /usr/bin/make 100";
    let image = sketch::image("shop", text);
    let all = found(&image);
    assert!(all.iter().all(|finding| finding.bytes.is_none()));
    let told: Vec<_> = all.iter().map(|finding| (finding.kind.id(), title(finding, &image))).collect();
    assert_eq!(
        told,
        [
            ("build-tools", "programs that build others are in the image: gcc and make".to_owned()),
            ("copied-extras", ".git and node_modules came along with the sources".to_owned()),
            (
                "step-order",
                "layer 1 copies everything before layer 2 installs what rarely changes".to_owned()
            ),
        ]
    );
    assert_eq!(bytes_after(&image, &all), image.bytes());
    // Done as one should.
    let well = "
        layer FROM debian
        + /etc/passwd 10
        layer COPY package.json /app/
        + /app/package.json 5
        layer RUN npm ci
        + /app/node_modules/left/index.js 100
        layer COPY . /app
        + /app/main.js 20";
    assert!(found(&sketch::image("shop", well)).is_empty());
}

#[test]
fn an_image_that_exists_to_build_has_its_tools_on_purpose() {
    let mut image = sketch::image("cc", "layer A\n+ /usr/bin/gcc 100");
    assert_eq!(found(&image).len(), 1);
    image.head.config.entrypoint = vec!["/usr/bin/gcc".to_owned()];
    assert!(found(&image).is_empty());
}

#[test]
fn the_list_of_junk_is_the_users_to_extend() {
    let own = "[[junk]]\nid = \"models\"\nwhat = \"old models\"\ngroup = \"cache\"\npaths = [\"**/*.old\", \"/srv/*/v1/\"]\nfix = \"drop them\"\n\
               [[junk]]\nid = \"temporary\"\nwhat = \"\"\ngroup = \"temporary\"\npaths = []\nfix = \"\"";
    let list = JunkList::embedded().patched(own).unwrap();
    let image = sketch::image(
        "shop",
        "layer A\n+ /x/m.old 10\n+ /srv/a/v1/w 20\n+ /srv/v1 5\n+ /srv/b/v1 7\n+ /tmp/t 99",
    );
    let all = findings(&image, &list, &[]);
    assert_eq!(all.len(), 1, "{all:#?}");
    assert_eq!(
        (all[0].bytes, title(&all[0], &image)),
        (Some(30), "old models: 2 files, shipped by layer 0".to_owned())
    );
    for (text, wanted) in [
        ("[[junk]]\nid = 1", "line 2"),
        ("[[junk]]\nid = \"a\"\nwhat = \"a\"\ngroup = \"none\"\npaths = []\nfix = \"\"", "line 4"),
        (
            "[[junk]]\nid = \"a\"\nwhat = \"a\"\ngroup = \"log\"\npaths = [\"x\"]\nfix = \"\"",
            "a path begins with / or **/",
        ),
        (
            "[[junk]]\nid = \"a\"\nwhat = \"a\"\ngroup = \"log\"\npaths = [\"/a/**/b\"]\nfix = \"\"",
            "** stands only in front",
        ),
        ("nothing = 1", "line 1"),
    ] {
        let error = JunkList::embedded().patched(text).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
}

#[test]
fn what_comes_with_the_program_can_be_read() {
    assert_eq!(
        JunkList::default().patched(include_str!("../assets/junk.toml")).unwrap(),
        JunkList::embedded()
    );
    assert_ne!(JunkList::embedded(), JunkList::default());
}

fn entry() -> impl Strategy<Value = String> {
    let names = vec!["a", "b", "tmp", "var", "lib", "dpkg", "apt", "lists", ".git", "x.old"];
    let path = move || {
        prop::collection::vec(prop::sample::select(names.clone()), 1..5)
            .prop_map(|names| format!("/{}", names.join("/")))
    };
    prop_oneof![
        8 => (path(), 0u64..5000, 0..3).prop_map(|(path, bytes, tag)| format!("+ {path} {bytes} t{tag}")),
        1 => (path(), path()).prop_map(|(path, to)| format!("h {path} {to}")),
        3 => path().prop_map(|path| format!("- {path}")),
        1 => path().prop_map(|path| format!("o {path}")),
    ]
}

proptest! {
    /// Every hidden byte is somebody's mistake, and nobody's twice; with all of them mended only what is seen is left.
    #[test]
    fn mistakes_cover_the_waste(layers in prop::collection::vec(prop::collection::vec(entry(), 0..16), 1..6)) {
        let lines = layers.iter().flat_map(|entries| std::iter::once("layer RUN x".to_owned()).chain(entries.iter().cloned()));
        let image = sketch::image("any", &lines.collect::<Vec<_>>().join("\n"));
        let all = found(&image);
        let hides = |finding: &&Finding| finding.bytes.is_some() && finding.heaps.iter().all(|heap| heap.fate.is_some());
        let hidden: u64 = all.iter().filter(hides).filter_map(|finding| finding.bytes).sum();
        prop_assert_eq!(hidden, image.wasted_bytes());
        prop_assert_eq!(bytes_after(&image, all.iter().filter(hides)), image.visible_bytes());
        for finding in all.iter().filter(|finding| finding.bytes.is_some()) {
            let heaps: u64 = finding.heaps.iter().map(|heap| heap.bytes).sum();
            prop_assert_eq!(Some(heaps), finding.bytes);
            prop_assert_eq!(Some(image.bytes() - bytes_after(&image, [finding])), finding.bytes);
        }
        prop_assert!(bytes_after(&image, &all) <= image.visible_bytes());
    }
}
