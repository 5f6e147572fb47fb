//! Which tag replaced an image: what is known, and what is left open.

use super::*;

/// `id created tag|- digest|- key=value,… | step; step@second; …`; steps without a time of their own were made with the
/// image.
fn image(line: &str) -> LocalImage {
    let (head, steps) = line.split_once(" | ").unwrap_or((line, ""));
    let words: Vec<&str> = head.split(' ').collect();
    let some = |at: usize| words.get(at).copied().filter(|word| *word != "-" && !word.is_empty());
    let created = Timestamp::from_second(words[1].parse().unwrap()).ok();
    let step = |text: &str| {
        let (text, time) = text.split_once('@').unwrap_or((text, words[1]));
        let created = Timestamp::from_second(time.parse().unwrap()).ok();
        LocalStep { created_by: text.to_owned(), created, bytes: 1, ..LocalStep::default() }
    };
    let label = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap();
        let prefix = if key.starts_with("com.") { "" } else { "org.opencontainers.image." };
        (format!("{prefix}{key}"), value.to_owned())
    };
    LocalImage {
        id: words[0].to_owned(),
        created: created.filter(|time| *time > Timestamp::UNIX_EPOCH),
        tags: some(2).map(str::to_owned).into_iter().collect(),
        digests: some(3).map(str::to_owned).into_iter().collect(),
        labels: some(4).into_iter().flat_map(|labels| labels.split(',')).map(label).collect(),
        steps: Some(steps.split("; ").filter(|step| !step.is_empty()).map(step).collect()),
        ..LocalImage::default()
    }
}

/// What replaced the first of these images: tag and basis.
fn replaced(lines: &[&str]) -> String {
    let images: Vec<LocalImage> = lines.iter().map(|line| image(line)).collect();
    let lineage = Stock::new(&images, []).lineage();
    assert!(
        lineage[1..].iter().zip(&images[1..]).all(|(found, image)| found.is_none() || image.tags.is_empty())
    );
    lineage[0].as_ref().map_or_else(String::new, |found| format!("{} {}", found.tag, found.basis.name()))
}

#[test]
fn a_digest_names_the_repository() {
    assert_eq!(replaced(&["old 10 - app@sha256:1", "new 20 app:latest"]), "app:latest repo-digest");
    assert_eq!(
        replaced(&["old 10 - host:5000/app@sha256:1", "new 20 host:5000/app:2"]),
        "host:5000/app:2 repo-digest"
    );
    // Another repository, an older image, two that may be meant.
    assert_eq!(replaced(&["old 10 - app@sha256:1", "new 20 other:latest"]), "");
    assert_eq!(replaced(&["old 10 - app@sha256:1", "new 5 app:latest"]), "");
    assert_eq!(replaced(&["old 10 - app@sha256:1", "new 20 app:latest", "newer 30 app:2"]), "");
    // Of two in the repository, labels tell which.
    let [old, web, db] =
        ["old 10 - app@sha256:1 title=web", "a 20 app:web - title=web", "b 20 app:db - title=db"];
    assert_eq!(replaced(&[old, web, db]), "app:web repo-digest");
}

#[test]
fn labels_say_what_an_image_is() {
    let old = "old 10 - - title=api,source=s,version=1";
    assert_eq!(replaced(&[old, "new 20 api:2 - title=api,source=s,version=2"]), "api:2 label");
    assert_eq!(replaced(&[old, "new 20 api:2 - title=api,source=fork"]), "");
    assert_eq!(replaced(&[old, "new 20 api:2 - version=1"]), "");
    assert_eq!(replaced(&[old, "a 20 api:2 - title=api,source=s", "b 30 api:3 - title=api,source=s"]), "");
    // More that is the same is a better match.
    assert_eq!(replaced(&[old, "a 20 api:2 - title=api", "b 30 api:3 - title=api,source=s"]), "api:3 label");
    let compose = "com.docker.compose.project=shop,com.docker.compose.service=web";
    let [old, other] = [format!("old 10 - - {compose}"), compose.replace("shop", "blog")];
    assert_eq!(replaced(&[&old, &format!("new 20 shop-web:latest - {compose}")]), "shop-web:latest label");
    assert_eq!(replaced(&[&old, &format!("new 20 blog-web:latest - {other}")]), "");
    let service = "com.docker.compose.service=web";
    assert_eq!(replaced(&[&format!("old 10 - - {service}"), &format!("new 20 x:1 - {service}")]), "");
}

#[test]
fn labels_of_the_base_say_what_the_base_is() {
    let base = "LABEL org.opencontainers.image.title=debian@1; CMD [\"bash\"]@1";
    let old = format!("old 10 - - title=debian | {base}; RUN make one");
    let new = format!("new 20 other:1 - title=debian | {base}; RUN make two");
    assert_eq!(replaced(&[&old, &new]), "");
}

#[test]
fn builds_of_one_dockerfile_begin_alike() {
    let base = "ADD file:0123456789abcdef0123456789abcdef in / @1; CMD [\"bash\"]@1";
    let build = |sum: &str, last: &str| {
        format!(
            "{base}; RUN apt-get install x@5; COPY dir:{} in /app; RUN {last}; CMD [\"app\"]",
            sum.repeat(32)
        )
    };
    let old = format!("old 10 - - | {}", build("a", "make"));
    assert_eq!(replaced(&[&old, &format!("new 20 app:1 - | {}", build("b", "make"))]), "app:1 history");
    assert_eq!(
        replaced(&[&old, &format!("new 20 app:1 - | {}", build("b", "make install"))]),
        "app:1 history"
    );
    // An older one, one that nobody knows the time of, another one, and two that are equally alike.
    assert_eq!(replaced(&[&old, &format!("new 9 app:1 - | {}", build("b", "make"))]), "");
    assert_eq!(replaced(&[&old, &format!("new 0 app:1 - | {}", build("b", "make"))]), "");
    assert_eq!(replaced(&[&old, &format!("new 20 app:1 - | {base}; RUN something else; CMD [\"app\"]")]), "");
    let twice =
        [format!("a 20 app:1 - | {}", build("b", "make")), format!("b 30 app:2 - | {}", build("c", "make"))];
    assert_eq!(replaced(&[&old, &twice[0], &twice[1]]), "");
    // The one that goes on alike for longer.
    let shorter = format!("b 30 app:2 - | {}", build("c", "make other"));
    assert_eq!(replaced(&[&old, &twice[0], &shorter]), "app:1 history");
}

#[test]
fn what_all_images_begin_with_tells_nothing() {
    // Two imports; two editions of one base; a first step that only has a checksum.
    assert_eq!(replaced(&["old 10 - - | ; RUN x", "new 20 other:1 - | "]), "");
    let edition = |sum: &str| format!("ADD file:{} in /; CMD [\"bash\"]", sum.repeat(32));
    let old = format!("old 10 - - | {}; RUN one; CMD [\"one\"]", edition("a"));
    assert_eq!(replaced(&[&old, &format!("new 20 other:1 - | {}; RUN two", edition("b"))]), "");
    assert_eq!(
        replaced(&[&format!("old 10 - - | {}", edition("a")), &format!("new 20 x:1 - | {}", edition("b"))]),
        ""
    );
    assert_eq!(replaced(&["old 10 - -"]), "");
}

#[test]
fn a_step_that_a_third_image_has_too_belongs_to_a_base() {
    let base = "RUN base@1; RUN more@2";
    let old = format!("old 10 - - | {base}; RUN one");
    let new = format!("new 20 app:1 - | {base}; RUN two");
    let third = format!("third 15 other:1 - | {base}; RUN three");
    assert_eq!(replaced(&[&old, &new]), "app:1 history");
    assert_eq!(replaced(&[&old, &new, &third]), "");
}
