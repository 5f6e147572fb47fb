//! How many bytes the lowest layers of an image have together, from its build steps.
//!
//! Engines tell the bytes of steps, not of layers. A step with bytes made a layer. One without may have made an empty
//! layer or none at all; where that cannot be told, all ways to match them are considered, and there is a least and a
//! most.

use crate::image::LocalStep;

/// Instructions that never make a layer.
const WITHOUT_LAYER: [&str; 13] = [
    "ARG",
    "CMD",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
];

/// How the classic builder marks what it did not run.
const NOP: &str = "#(nop)";

/// At least and at most so many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub low: u64,
    pub high: u64,
}

impl Span {
    pub(super) const ANY: Span = Span { low: 0, high: u64::MAX };
    pub(super) const NONE: Span = Span { low: 0, high: 0 };

    pub(super) fn is_exact(self) -> bool {
        self.low == self.high
    }

    /// What both say.
    pub(super) fn narrow(&mut self, other: Span) {
        self.low = self.low.max(other.low);
        self.high = self.high.min(other.high);
    }
}

/// The sums of the lowest 0, 1, 2, … layers; `None` when the steps cannot have made so many layers.
pub(super) fn sums(steps: &[LocalStep], layers: usize) -> Option<Vec<Span>> {
    let total = steps.iter().try_fold(0_u64, |sum, step| sum.checked_add(step.bytes))?;
    let filled = steps.iter().filter(|step| step.bytes > 0).count();
    let empty = layers.checked_sub(filled)?;
    let mut may: Vec<bool> = steps.iter().map(|step| step.bytes == 0 && may_make_layer(step)).collect();
    if may.iter().filter(|may| **may).count() < empty {
        may = steps.iter().map(|step| step.bytes == 0).collect();
    }
    if may.iter().filter(|may| **may).count() < empty {
        return None;
    }
    // Empty layers as low as possible make for the least, as high as possible for the most.
    let matched = || steps.iter().map(|step| step.bytes).zip(may.iter().copied());
    let least = growing(matched(), empty);
    let most = growing(matched().rev(), empty);
    let span = |(low, above): (u64, &u64)| Span { low, high: total - above };
    Some(least.into_iter().zip(most.iter().rev()).map(span).collect())
}

/// Sums from one end, with the empty layers as early as possible.
fn growing(steps: impl Iterator<Item = (u64, bool)>, mut empty: usize) -> Vec<u64> {
    let mut sums = vec![0];
    let mut sum = 0;
    for (bytes, may_be_empty) in steps {
        if bytes > 0 {
            sum += bytes;
        } else if may_be_empty && empty > 0 {
            empty -= 1;
        } else {
            continue;
        }
        sums.push(sum);
    }
    sums
}

/// The steps that made the layers, in their order; `None` when that cannot be told.
pub(super) fn makers(steps: &[LocalStep], layers: usize) -> Option<Vec<&LocalStep>> {
    let makers: Vec<&LocalStep> =
        steps.iter().filter(|step| step.bytes > 0 || may_make_layer(step)).collect();
    (makers.len() == layers).then_some(makers)
}

/// Whether a step can have made a layer that changed nothing.
pub(super) fn may_make_layer(step: &LocalStep) -> bool {
    !WITHOUT_LAYER.contains(&verb(&step.created_by))
}

/// The first word of what a step was recorded as: of all but a classic `RUN`, the instruction's name.
pub(super) fn verb(created_by: &str) -> &str {
    let text = created_by.split_once(NOP).map_or(created_by, |(_, after)| after);
    text.split_whitespace().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(created_by: &str, bytes: u64) -> LocalStep {
        LocalStep { created_by: created_by.to_owned(), bytes, ..LocalStep::default() }
    }

    fn told(steps: &[LocalStep], layers: usize) -> Option<Vec<(u64, u64)>> {
        Some(sums(steps, layers)?.into_iter().map(|span| (span.low, span.high)).collect())
    }

    #[test]
    fn steps_with_bytes_are_layers() {
        let steps = [step("a", 5), step("/bin/sh -c #(nop)  CMD [\"sh\"]", 0), step("RUN b", 7)];
        assert_eq!(told(&steps, 2), Some(vec![(0, 0), (5, 5), (12, 12)]));
        assert_eq!(told(&[], 0), Some(vec![(0, 0)]));
    }

    #[test]
    fn metadata_makes_no_layer_where_another_step_can_have_made_it() {
        let steps = [step("a", 5), step("ENV A=b", 0), step("WORKDIR /", 0), step("RUN b", 7)];
        assert_eq!(told(&steps, 3), Some(vec![(0, 0), (5, 5), (5, 5), (12, 12)]));
        // Somebody's tool may write anything: then it was one of all.
        let odd = [step("ENV A=b", 0), step("a", 5), step("ENV A=b", 0)];
        assert_eq!(told(&odd, 2), Some(vec![(0, 0), (0, 5), (5, 5)]));
    }

    #[test]
    fn what_cannot_be_told_apart_has_a_least_and_a_most() {
        let steps = [step("RUN x", 0), step("a", 5), step("RUN y", 0), step("b", 7), step("RUN z", 0)];
        assert_eq!(told(&steps, 3), Some(vec![(0, 0), (0, 5), (5, 12), (12, 12)]));
        assert_eq!(told(&steps, 4), Some(vec![(0, 0), (0, 5), (5, 5), (5, 12), (12, 12)]));
    }

    #[test]
    fn steps_that_cannot_be_all_are_no_steps() {
        assert_eq!(told(&[step("a", 5)], 2), None);
        assert_eq!(told(&[step("a", 5), step("b", 5)], 1), None);
        assert_eq!(told(&[step("a", u64::MAX), step("b", 5)], 2), None);
        assert_eq!(told(&[], 1), None);
    }
}
