//! Build steps: the config's history paired with layers, and decoded into what a Dockerfile said.

use super::config::HistoryEntry;

/// One build step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    pub entry: HistoryEntry,
    /// The layer it made, from 0; `None` for a step that made none or when that cannot be told.
    pub layer: Option<usize>,
}

impl Step {
    /// The step as a Dockerfile would have it, on one line.
    pub fn instruction(&self) -> String {
        self.entry.created_by.as_deref().map_or_else(String::new, instruction)
    }
}

/// Pairs history with layers from the start, over the entries that made one. Where the counts differ nothing
/// is guessed: no layer gets a step, and the second value says so.
pub fn pair(history: &[HistoryEntry], layers: usize) -> (Vec<Step>, Option<String>) {
    let filled = history.iter().filter(|entry| !entry.empty_layer).count();
    let matches = filled == layers;
    let mut next = 0..layers;
    let steps = history
        .iter()
        .map(|entry| {
            let layer = if entry.empty_layer || !matches { None } else { next.next() };
            Step { entry: entry.clone(), layer }
        })
        .collect();
    let problem = (!matches && !history.is_empty()).then(|| {
        format!(
            "the history names {filled} layers but there are {layers}; build steps are not shown per layer"
        )
    });
    (steps, problem)
}

/// Undoes what builders add around an instruction: the shell of a classic `RUN`, `#(nop)`, BuildKit's marks.
pub fn instruction(created_by: &str) -> String {
    let text = created_by.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.strip_suffix("# buildkit").map_or(text.as_str(), str::trim_end);
    if let Some(nop) = text.strip_prefix("/bin/sh -c #(nop)") {
        return nop.trim().to_owned();
    }
    if let Some(run) = text.strip_prefix("RUN ") {
        return format!("RUN {}", without_shell(&without_args(run)));
    }
    // Build arguments come first: |2 A=1 B=2 /bin/sh -c …
    let bare = without_args(text);
    let command = without_shell(&bare);
    if command.len() == text.len() { text.to_owned() } else { format!("RUN {command}") }
}

fn without_shell(text: &str) -> String {
    for shell in ["/bin/sh -c ", "/bin/bash -c ", "/bin/bash -o pipefail -c ", "/bin/sh -ec ", "cmd /S /C "] {
        if let Some(command) = text.strip_prefix(shell) {
            return command.trim().to_owned();
        }
    }
    text.to_owned()
}

/// Drops `|N NAME=value …` in front of the shell.
fn without_args(text: &str) -> String {
    let counted = text.strip_prefix('|').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    match text.find(" /bin/") {
        Some(shell) if counted => text[shell + 1..].to_owned(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_read_like_the_dockerfile() {
        for (created_by, shown) in [
            ("/bin/sh -c #(nop)  CMD [\"sh\"]", "CMD [\"sh\"]"),
            ("/bin/sh -c #(nop) ADD file:abc in / ", "ADD file:abc in /"),
            (
                "/bin/sh -c apt-get update &&     apt-get install -y x",
                "RUN apt-get update && apt-get install -y x",
            ),
            ("RUN /bin/sh -c make # buildkit", "RUN make"),
            ("RUN |1 V=1 /bin/sh -c make $V # buildkit", "RUN make $V"),
            ("|2 A=1 B=2 /bin/sh -c make", "RUN make"),
            ("COPY /app /app # buildkit", "COPY /app /app"),
            ("bazel build ...", "bazel build ..."),
            ("", ""),
        ] {
            assert_eq!(instruction(created_by), shown);
        }
    }

    #[test]
    fn pairing_never_guesses() {
        let entry = |empty_layer| HistoryEntry { empty_layer, ..HistoryEntry::default() };
        let layers = |history: &[HistoryEntry], layers| {
            let (steps, problem) = pair(history, layers);
            (steps.iter().map(|step| step.layer).collect::<Vec<_>>(), problem.is_some())
        };
        let mixed = [entry(false), entry(true), entry(false)];
        assert_eq!(layers(&mixed, 2), (vec![Some(0), None, Some(1)], false));
        assert_eq!(layers(&mixed, 3), (vec![None, None, None], true));
        assert_eq!(layers(&mixed, 1), (vec![None, None, None], true));
        assert_eq!(layers(&[], 4), (vec![], false));
    }
}
