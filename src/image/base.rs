//! Where the base image ends: what was built on top of which layers.

use super::{Digest, Step};

/// The part of an image that it was built on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// Layers below the boundary; never none and never all.
    pub layers: usize,
    /// Build steps below the boundary.
    pub steps: usize,
    pub basis: Basis,
    /// What the base is called, where that is known.
    pub name: Option<String>,
}

/// How the boundary is known, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The user named the base, and its layers are ours.
    Stated,
    /// The builder recorded what it built on.
    Comment,
    /// A base usually ends with the command it would run: a guess.
    Command,
    /// What is below was made by another builder: a guess.
    Builder,
}

impl Basis {
    /// One word, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Basis::Stated => "stated",
            Basis::Comment => "comment",
            Basis::Command => "command",
            Basis::Builder => "builder",
        }
    }
}

/// Why an image is not the base of another; the greatest is the nearest to being one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoBase {
    /// The first layer in which they differ.
    Differs(usize),
    /// A layer whose diff ID one of them does not state.
    Unknown(usize),
}

/// Comment of every step that BuildKit made from a Dockerfile.
const BUILDKIT: &str = "buildkit.dockerfile.v0";
const NAME_LABEL: &str = "org.opencontainers.image.base.name";

/// What the history says of the base, or lets one guess.
pub fn guess(steps: &[Step], layers: usize, labels: &[(String, String)]) -> Option<Base> {
    let label = || labels.iter().find(|(key, _)| key == NAME_LABEL).map(|(_, name)| name.clone());
    let base = |end: usize, basis, name: Option<String>| {
        let below = steps[..end].iter().filter(|step| step.layer.is_some()).count();
        let name = name.or_else(label).filter(|name| !name.is_empty());
        (0 < below && below < layers).then_some(Base { layers: below, steps: end, basis, name })
    };
    by_comment(steps)
        .and_then(|(end, name)| base(end, Basis::Comment, Some(name)))
        .or_else(|| by_command(steps).and_then(|end| base(end, Basis::Command, None)))
        .or_else(|| by_builder(steps).and_then(|end| base(end, Basis::Builder, None)))
}

/// Compares layers: how many the base has, when all of them are the lowest of ours.
pub fn compare(ours: &[Option<Digest>], base: &[Option<Digest>]) -> Result<usize, NoBase> {
    for (index, wanted) in base.iter().enumerate() {
        match (wanted, ours.get(index)) {
            (None, _) | (_, Some(None)) => return Err(NoBase::Unknown(index)),
            (Some(wanted), Some(Some(own))) if wanted == own => {}
            _ => return Err(NoBase::Differs(index)),
        }
    }
    Ok(base.len())
}

/// The base that the user stated, after [`compare`]; `recorded` is how many steps the base's own history has.
pub fn stated(steps: &[Step], layers: usize, below: usize, recorded: usize, name: &str) -> Option<Base> {
    if below == 0 || below >= layers {
        return None;
    }
    let lowest = steps.iter().position(|step| step.layer == Some(below - 1)).map_or(0, |at| at + 1);
    let above = steps.iter().position(|step| step.layer == Some(below)).unwrap_or(steps.len());
    // Steps without a layer may be the base's or ours: the base's own history decides, where it fits.
    let fits = (lowest..=above).contains(&recorded);
    let name = Some(name.to_owned());
    Some(Base { layers: below, steps: if fits { recorded } else { lowest }, basis: Basis::Stated, name })
}

/// Buildah and Podman: the comment `FROM NAME` is on the first step that was built on NAME.
fn by_comment(steps: &[Step]) -> Option<(usize, String)> {
    let from = |step: &Step| {
        let name = step.entry.comment.as_deref()?.strip_prefix("FROM ")?.trim();
        // Its own earlier steps are named by their ids.
        let id = name.len() >= 12 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        (!id && !name.is_empty() && name != "scratch").then(|| name.to_owned())
    };
    let (at, name) = steps.iter().enumerate().rev().find_map(|(at, step)| Some((at, from(step)?)))?;
    // Where all steps make one layer, only the last has a comment, and a RUN or COPY before it that made no
    // layer belongs to it.
    let silent = |step: &&Step| step.entry.empty_layer && step.entry.comment.is_none();
    let start = at - steps[..at].iter().rev().take_while(silent).count();
    let built = |step: &Step| matches!(step.verb(), "RUN" | "COPY" | "ADD");
    let Some(first) = steps[start..at].iter().position(built) else { return Some((at, name)) };
    let first = start + first;
    let end = steps[start..first].iter().rposition(is_command).map_or(start, |command| start + command + 1);
    Some((end, name))
}

/// The last `CMD` or `ENTRYPOINT` that a step of a Dockerfile put a layer upon. What was added by other means
/// (`docker commit`, `tar`) does not make an image of its own of what is below.
fn by_command(steps: &[Step]) -> Option<usize> {
    let top = steps.iter().rposition(|step| step.layer.is_some() && !step.verb().is_empty())?;
    steps[..top].iter().rposition(is_command).map(|command| command + 1)
}

fn is_command(step: &Step) -> bool {
    matches!(step.verb(), "CMD" | "ENTRYPOINT")
}

/// BuildKit's steps above those of another builder.
fn by_builder(steps: &[Step]) -> Option<usize> {
    let buildkit = |step: &Step| step.entry.comment.as_deref() == Some(BUILDKIT);
    let first = steps.iter().position(buildkit)?;
    steps[first..].iter().all(buildkit).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::config::HistoryEntry;
    use crate::image::history::pair;

    /// Steps as `created_by | comment`, with `-` before those that made no layer.
    fn steps(text: &str) -> Vec<Step> {
        let entry = |line: &str| {
            let (line, empty_layer) = line.strip_prefix('-').map_or((line, false), |line| (line, true));
            let (created_by, comment) = line.split_once(" | ").unwrap_or((line, ""));
            let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
            HistoryEntry { created: None, created_by: text(created_by), comment: text(comment), empty_layer }
        };
        let history: Vec<HistoryEntry> = text.lines().map(|line| entry(line.trim())).collect();
        pair(&history, history.iter().filter(|entry| !entry.empty_layer).count()).0
    }

    fn guessed(text: &str, labels: &[(&str, &str)]) -> Option<(usize, usize, &'static str, Option<String>)> {
        let steps = steps(text);
        let layers = steps.iter().filter(|step| step.layer.is_some()).count();
        let labels: Vec<_> = labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        guess(&steps, layers, &labels).map(|base| (base.layers, base.steps, base.basis.name(), base.name))
    }

    /// What Buildah 1.28 recorded of an image that was built on another of its own.
    const BUILDAH: &str = "/bin/sh -c #(nop) ADD file:cc in /
        -/bin/sh -c #(nop) CMD [\"sh\"] | FROM c4fed12dac2e
        -/bin/sh -c #(nop) LABEL a=1 | FROM localhost/labbase:1
        -/bin/sh -c #(nop) WORKDIR /srv/app | FROM 0229680e48c1
        /bin/sh -c #(nop) COPY file:ab in /srv/a | FROM 9017606fe00a
        /bin/sh -c echo one | FROM 92048ebdfd4b
        -/bin/sh -c #(nop) CMD echo | FROM 1d5e79bacd35";

    #[test]
    fn comments() {
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(guessed(BUILDAH, &[]), Some((1, 2, "comment", name("localhost/labbase:1"))));
        // A stated name is worth more than a label.
        let label = [("org.opencontainers.image.base.name", "other")];
        assert_eq!(guessed(BUILDAH, &label), Some((1, 2, "comment", name("localhost/labbase:1"))));
        // Without --layers all steps are one layer, and the last of them has the comment.
        let squashed = "/bin/sh -c #(nop) ADD file:cc in /
            -/bin/sh -c #(nop) CMD [\"sh\"] | FROM c4fed12dac2e
            -/bin/sh -c #(nop) LABEL a=1
            -/bin/sh -c #(nop) COPY file:ab in /srv/a
            -/bin/sh -c #(nop) ENTRYPOINT echo
            /bin/sh -c #(nop) CMD echo | FROM localhost/labbase:1";
        assert_eq!(guessed(squashed, &[]), Some((1, 2, "comment", name("localhost/labbase:1"))));
        let on_docker = "ADD file:cc in /
            -/bin/sh -c #(nop)  CMD [\"sh\"]
            -/bin/sh -c #(nop) RUN x
            /bin/sh -c #(nop) CMD echo | FROM docker.io/library/debian:12";
        assert_eq!(guessed(on_docker, &[]), Some((1, 2, "comment", name("docker.io/library/debian:12"))));
        let two = "a\nb | FROM one:1\nc | FROM two:1\nd";
        assert_eq!(guessed(two, &[]), Some((2, 2, "comment", name("two:1"))));
        assert_eq!(guessed("a | FROM one:1\nb", &[]), None, "no layer below");
        assert_eq!(guessed("a\n-b | FROM one:1", &[]), None, "no layer above");
    }

    #[test]
    fn commands_and_builders() {
        let classic = "/bin/sh -c #(nop) ADD file:48 in / 
            -/bin/sh -c #(nop)  CMD [\"sh\"]
            -/bin/sh -c #(nop)  LABEL a=b
            /bin/sh -c make
            -/bin/sh -c #(nop)  ENTRYPOINT [\"a\"]
            -/bin/sh -c #(nop)  CMD [\"b\"]";
        assert_eq!(guessed(classic, &[]), Some((1, 2, "command", None)));
        let label = [("org.opencontainers.image.base.name", "docker.io/library/debian:12")];
        let named = Some("docker.io/library/debian:12".to_owned());
        assert_eq!(guessed(classic, &label), Some((1, 2, "command", named.clone())));
        let python = "# debian.sh | debuerreotype 0.15
            -ENV A=1 | buildkit.dockerfile.v0
            RUN /bin/sh -c make # buildkit | buildkit.dockerfile.v0
            -CMD [\"python3\"] | buildkit.dockerfile.v0";
        assert_eq!(guessed(python, &label), Some((1, 1, "builder", named)));
        let app = format!(
            "{python}
            COPY . /app # buildkit | buildkit.dockerfile.v0
            -CMD [\"app\"] | buildkit.dockerfile.v0"
        );
        assert_eq!(guessed(&app, &[]), Some((2, 4, "command", None)));
        for none in [
            "",
            "a",
            "a\nb\nc",
            "-CMD [\"a\"]\nRUN make # buildkit",
            "RUN make # buildkit\n-CMD [\"a\"]",
            "a | buildkit.dockerfile.v0\nb | buildkit.dockerfile.v0",
            "a\nb | buildkit.dockerfile.v0\nc",
            "RUN make # buildkit\n-CMD [\"a\"]\ntar -r -f layer.tar x",
            "-a\nb | buildkit.dockerfile.v0",
        ] {
            assert_eq!(guessed(none, &label), None, "{none}");
        }
        // Steps that could not be paired with layers say nothing of layers.
        let mut unpaired = steps(&app);
        unpaired.iter_mut().for_each(|step| step.layer = None);
        assert_eq!(guess(&unpaired, 3, &[]), None);
    }

    #[test]
    fn stated_bases_are_compared() {
        let digest = |at: u8| Some(Digest::of(&[at]));
        let ours = [digest(0), digest(1), digest(2)];
        assert_eq!(compare(&ours, &ours[..2]), Ok(2));
        assert_eq!(compare(&ours, &[digest(0), digest(7)]), Err(NoBase::Differs(1)));
        assert_eq!(compare(&ours[..2], &ours), Err(NoBase::Differs(2)));
        assert_eq!(compare(&ours, &[digest(0), None]), Err(NoBase::Unknown(1)));
        assert_eq!(compare(&[None], &[digest(0)]), Err(NoBase::Unknown(0)));
        let steps = steps(BUILDAH);
        let base = |below, recorded| stated(&steps, 3, below, recorded, "x").map(|base| base.steps);
        assert_eq!((base(1, 2), base(1, 9), base(2, 0)), (Some(2), Some(1), Some(5)));
        assert_eq!((base(0, 0), base(3, 7)), (None, None));
        assert_eq!(stated(&[], 3, 2, 5, "x").map(|base| base.steps), Some(0));
    }
}
