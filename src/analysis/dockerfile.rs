//! The Dockerfile that the history lets one write again. What builders do not record is said in comments.

use crate::image::history::json_list;
use crate::image::{Base, Basis, Head, Layer, Step};

/// An instruction, or a remark, with what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// A remark's lines start with `#`; an instruction may be continued over several.
    pub lines: Vec<String>,
    /// Index into [`Head::history`].
    pub step: Option<usize>,
    /// The layer that it made.
    pub layer: Option<usize>,
    /// It belongs to the base image: `FROM` stands for it.
    pub base: bool,
}

/// Mark of the steps that BuildKit made from a Dockerfile.
const BUILDKIT: &str = "# buildkit";
/// Where BuildKit puts a script with a first line of its own (`#!`), which it does not record.
const PIPES: &str = "/dev/pipes/";

/// `FROM` first, then the steps, oldest first; those of the base are there for completeness only.
pub fn dockerfile(head: &Head, layers: &[Layer]) -> Vec<Part> {
    let below = head.base.as_ref().map_or(0, |base| base.steps);
    let own = head.history.get(below..).unwrap_or_default();
    let mut parts = vec![from(head, own)];
    if own.iter().any(by_buildkit) {
        let text =
            "BuildKit records no --from, --chown, --chmod and --link of COPY and ADD, and no --mount of RUN";
        parts.push(remark(text));
    }
    for (index, step) in head.history.iter().enumerate() {
        let lines = lines(step, head);
        parts.push(Part { lines, step: Some(index), layer: step.layer, base: index < below });
    }
    let silent = |(index, _): (usize, &Layer)| {
        let text = format!("layer {index}: nothing is recorded of how it was made");
        Part { layer: Some(index), ..remark(&text) }
    };
    if head.history.is_empty() {
        parts.extend(layers.iter().enumerate().map(silent));
    } else if !layers.is_empty() && layers.iter().all(|layer| layer.step.is_none()) {
        parts.push(remark("which step made which layer is not recorded"));
    }
    parts
}

fn remark(text: &str) -> Part {
    Part { lines: vec![format!("# {text}")], ..Part::default() }
}

/// What the image was built on.
fn from(head: &Head, own: &[Step]) -> Part {
    let Some(base) = &head.base else {
        let scratch = own.iter().find(|step| step.layer == Some(0)).is_some_and(adds_root);
        let from = Part { lines: vec!["FROM scratch".to_owned()], ..Part::default() };
        return if scratch { from } else { remark("FROM: what it was built on is not recorded") };
    };
    let mut lines = Vec::new();
    if matches!(base.basis, Basis::Command | Basis::Builder) {
        lines.push("# where the base image ends is a guess".to_owned());
    }
    // A name is foreign text: a line break in it must not make an instruction.
    lines.push(match base.name.as_deref().and_then(|name| name.lines().next()) {
        Some(name) => format!("FROM {name}"),
        None => format!("# FROM an image of {}, whose name is not recorded", size(base)),
    });
    Part { lines, ..Part::default() }
}

fn size(base: &Base) -> String {
    let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    format!("{} in {}", count(base.steps, "step"), count(base.layers, "layer"))
}

/// Whether it puts something at the root, as images without a base begin.
fn adds_root(step: &Step) -> bool {
    step.verb() == "ADD" && step.instruction().split_whitespace().next_back() == Some("/")
}

fn by_buildkit(step: &Step) -> bool {
    let marked = |text: &String| text.trim_end().ends_with(BUILDKIT);
    step.entry.created_by.as_ref().is_some_and(marked)
}

fn lines(step: &Step, head: &Head) -> Vec<String> {
    let text = step.text();
    let missing = match step.verb() {
        "" if text.is_empty() => return vec!["# a step of which nothing is recorded".to_owned()],
        "" => Some("no instruction of a Dockerfile:"),
        "COPY" | "ADD" if step.sources_unknown() => Some("the sources are recorded as a checksum only:"),
        "COPY" | "ADD" if text.split(' ').any(|word| word.starts_with("<<")) => {
            Some("the contents are not recorded:")
        }
        "RUN" if text.strip_prefix("RUN ").is_some_and(|command| command.starts_with(PIPES)) => {
            Some("the script is not recorded:")
        }
        _ => None,
    };
    match missing {
        // As an instruction it would not be what was built.
        Some(why) => [why].into_iter().chain(text.lines()).map(|line| format!("# {line}")).collect(),
        None => exact_check(&text, head).unwrap_or(text).lines().map(str::to_owned).collect(),
    }
}

/// The words of a health check that BuildKit records without quotes, from the config, where it is the same one.
fn exact_check(text: &str, head: &Head) -> Option<String> {
    let (options, words) = text.strip_prefix("HEALTHCHECK ")?.split_once("CMD [")?;
    let (kind, exact) = head.config.healthcheck.split_first()?;
    let same = kind == "CMD" && words.strip_suffix(']') == Some(exact.join(" ").as_str());
    same.then(|| format!("HEALTHCHECK {options}CMD {}", json_list(exact)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::config::HistoryEntry;
    use crate::image::history::pair;
    use crate::image::{Config, base};

    /// A head of steps as `created_by | comment`, with `-` before those that made no layer; and its layers.
    fn head(steps: &[&str]) -> (Head, Vec<Layer>) {
        let entry = |line: &&str| {
            let (line, empty_layer) = line.strip_prefix('-').map_or((*line, false), |line| (line, true));
            let (created_by, comment) = line.split_once(" | ").unwrap_or((line, ""));
            let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
            HistoryEntry { created: None, created_by: text(created_by), comment: text(comment), empty_layer }
        };
        let history: Vec<HistoryEntry> = steps.iter().map(entry).collect();
        let count = history.iter().filter(|entry| !entry.empty_layer).count();
        let (history, _) = pair(&history, count);
        let step = |index| history.iter().position(|step| step.layer == Some(index));
        let layers = (0..count).map(|index| Layer { step: step(index), ..Layer::default() }).collect();
        let base = base::guess(&history, count, &[]);
        (Head { history, base, ..Head::default() }, layers)
    }

    /// Each line with `b` where it is the base's, and the layer.
    fn shown(steps: &[&str]) -> String {
        let (head, layers) = head(steps);
        written(&dockerfile(&head, &layers))
    }

    fn written(parts: &[Part]) -> String {
        let line = |part: &Part, line: &String| {
            let layer = part.layer.map_or("-".to_owned(), |layer| layer.to_string());
            format!("{}{layer} {line}\n", if part.base { "b" } else { " " })
        };
        parts.iter().flat_map(|part| part.lines.iter().map(move |text| line(part, text))).collect()
    }

    const DIGITS: &str = "48d39dc39de3cccf2c041e287cb45f526e6054ca0370415454beefc12f5c3038";

    #[test]
    fn buildah() {
        let add = format!("/bin/sh -c #(nop) ADD file:{DIGITS} in / ");
        let steps = [
            add.as_str(),
            "-/bin/sh -c #(nop) CMD [\"sh\"] | FROM c4fed12dac2e",
            "-/bin/sh -c #(nop) LABEL a=\"two words\" | FROM localhost/labbase:1",
            "/bin/sh -c echo one | FROM 92048ebdfd4b",
        ];
        let wanted = format!(
            " - FROM localhost/labbase:1\nb0 # the sources are recorded as a checksum only:\nb0 # ADD file:{DIGITS} in /\n\
            b- CMD [\"sh\"]\n - LABEL a=\"two words\"\n 1 RUN echo one\n"
        );
        assert_eq!(shown(&steps), wanted);
    }

    #[test]
    fn buildkit_on_scratch() {
        let steps = [
            "ADD rootfs.tar.xz / # buildkit",
            "RUN /bin/sh -c set -e\necho a\n # buildkit",
            "COPY <<EOF /etc/motd # buildkit",
            "RUN /bin/sh -c /dev/pipes/EOF # buildkit",
            "-EXPOSE map[80/tcp:{}]",
            "-HEALTHCHECK {Test:[CMD /bin/true x y] Interval:30s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}",
        ];
        let (mut head, layers) = head(&steps);
        let words = ["CMD", "/bin/true", "x y"].map(str::to_owned).to_vec();
        head.config = Config { healthcheck: words, ..Config::default() };
        let wanted = " - FROM scratch\n - # BuildKit records no --from, --chown, --chmod and --link of COPY and ADD, \
            and no --mount of RUN\n 0 ADD rootfs.tar.xz /\n 1 RUN <<EOF\n 1 set -e\n 1 echo a\n 1 EOF\n \
            2 # the contents are not recorded:\n 2 # COPY <<EOF /etc/motd\n 3 # the script is not recorded:\n \
            3 # RUN /dev/pipes/EOF\n - EXPOSE 80/tcp\n - HEALTHCHECK --interval=30s CMD [\"/bin/true\", \"x y\"]\n";
        assert_eq!(written(&dockerfile(&head, &layers)), wanted);
    }

    #[test]
    fn guesses_and_gaps_are_said() {
        let steps = ["# debian.sh | debuerreotype", "-CMD [\"sh\"]", "/bin/sh -c make", ""];
        let wanted = " - # where the base image ends is a guess\n - # FROM an image of 2 steps in 1 layer, whose \
            name is not recorded\nb0 # no instruction of a Dockerfile:\nb0 # # debian.sh\nb- CMD [\"sh\"]\n \
            1 RUN make\n 2 # a step of which nothing is recorded\n";
        assert_eq!(shown(&steps), wanted);
        let unknown = "# FROM: what it was built on is not recorded";
        assert_eq!(
            shown(&["bazel build"]),
            format!(" - {unknown}\n 0 # no instruction of a Dockerfile:\n 0 # bazel build\n")
        );
        assert_eq!(shown(&["COPY . / # buildkit"]).lines().next(), Some(format!(" - {unknown}").as_str()));
        let layers = [Layer::default(), Layer::default()];
        let nothing = written(&dockerfile(&Head::default(), &layers));
        assert_eq!(
            nothing,
            format!(
                " - {unknown}\n 0 # layer 0: nothing is recorded of how it was made\n 1 # layer 1: nothing is \
                recorded of how it was made\n"
            )
        );
        let (mut head, _) = head(&["RUN make"]);
        head.history[0].layer = None;
        let unpaired = written(&dockerfile(&head, &layers));
        assert!(
            unpaired.ends_with(" - RUN make\n - # which step made which layer is not recorded\n"),
            "{unpaired}"
        );
    }
}
