//! Build steps: the config's history paired with layers, and decoded into what a Dockerfile said.

mod decode;
mod golang;
mod layout;
mod shell;
#[cfg(test)]
mod tests;

use super::config::HistoryEntry;
use decode::{Decoded, checksum, decode};
pub use golang::json_list;

/// Digits of a checksum that are shown on one line.
const SHOWN: usize = 12;

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
        instruction(self.recorded())
    }

    /// The step as a Dockerfile would have it, in full and with its line breaks.
    pub fn text(&self) -> String {
        let step = decode(self.recorded());
        let body = match step.verb {
            "RUN" if step.body.contains('\n') => layout::heredoc(&step.body),
            "RUN" if !step.windows && !step.body.starts_with('[') => layout::command(&step.body),
            "ENV" | "LABEL" => layout::pairs(&step.body),
            _ => step.body.clone(),
        };
        joined(&step, &body)
    }

    /// The instruction's name, such as `RUN`; empty when the step is no Dockerfile's.
    pub fn verb(&self) -> &'static str {
        decode(self.recorded()).verb
    }

    /// The build arguments that a `RUN` was given, as recorded: `NAME=value …`, with nothing to tell where a
    /// value with spaces ends.
    pub fn arguments(&self) -> Option<&str> {
        decode(self.recorded()).arguments
    }

    /// Whether its sources are recorded as a checksum only (`COPY file:… in /app`).
    pub fn sources_unknown(&self) -> bool {
        matches!(self.verb(), "ADD" | "COPY") && checksum(self.recorded()).is_some()
    }

    fn recorded(&self) -> &str {
        self.entry.created_by.as_deref().unwrap_or_default()
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

/// What was recorded of a step, as a Dockerfile would have it, on one line.
pub fn instruction(created_by: &str) -> String {
    let step = decode(created_by);
    let body = match checksum(&step.body) {
        Some(digits) => [&step.body[..digits.start + SHOWN], &step.body[digits.end..]].concat(),
        None => step.body.clone(),
    };
    joined(&step, &layout::one_line(&body))
}

fn joined(step: &Decoded<'_>, body: &str) -> String {
    match (step.verb, body) {
        ("", body) => body.to_owned(),
        (verb, "") => verb.to_owned(),
        (verb, body) => format!("{verb} {body}"),
    }
}
