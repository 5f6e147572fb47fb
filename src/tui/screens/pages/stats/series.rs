//! The samples of one container over the last minutes.

use std::collections::VecDeque;

use crate::container::stats::Usage;

/// Samples that are kept: one a second, five minutes.
pub const KEPT: usize = 300;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Thousandths of a processor.
    Cpu,
    /// Bytes.
    Memory,
    /// Bytes a second.
    Received,
    Sent,
    Read,
    Written,
}

impl Of {
    fn value(self, usage: &Usage) -> Option<u64> {
        // What is no number, or less than nothing, becomes nothing.
        let whole = |value: f64| value.round() as u64;
        match self {
            Of::Cpu => usage.cores.map(|cores| whole(cores * 1000.0)),
            Of::Memory => usage.memory,
            Of::Received => usage.received.map(whole),
            Of::Sent => usage.sent.map(whole),
            Of::Read => usage.read.map(whole),
            Of::Written => usage.written.map(whole),
        }
    }
}

/// See the module. Oldest first.
#[derive(Clone, Debug, Default)]
pub struct Series {
    samples: VecDeque<Usage>,
}

impl Series {
    pub fn push(&mut self, usage: Usage) {
        if self.samples.len() == KEPT {
            self.samples.pop_front();
        }
        self.samples.push_back(usage);
    }

    pub fn last(&self) -> Option<&Usage> {
        self.samples.back()
    }

    /// The newest value.
    pub fn now(&self, of: Of) -> Option<u64> {
        self.last().and_then(|usage| of.value(usage))
    }

    /// Values for so many columns, newest first, each the largest of its time; fewer where there are no more.
    pub fn columns(&self, of: Of, columns: usize) -> Vec<u64> {
        let each = KEPT.div_ceil(columns.max(1));
        // Columns stand for fixed times: a value stays in its column while the others move on.
        let values: Vec<u64> = self.samples.iter().map(|usage| of.value(usage).unwrap_or(0)).collect();
        let largest = |part: &[u64]| part.iter().copied().max().unwrap_or(0);
        values.rchunks(each).take(columns).map(largest).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(received: f64) -> Usage {
        Usage { received: Some(received), cores: Some(0.5), ..Usage::default() }
    }

    #[test]
    fn columns_stand_for_fixed_times() {
        let mut series = Series::default();
        assert_eq!(series.now(Of::Received), None);
        [0.0, 1000.4, 0.0, 600.0].into_iter().for_each(|received| series.push(usage(received)));
        assert_eq!((series.now(Of::Received), series.now(Of::Cpu)), (Some(600), Some(500)));
        assert_eq!((series.now(Of::Sent), series.now(Of::Memory)), (None, None));
        assert_eq!(series.columns(Of::Received, 300), [600, 0, 1000, 0]);
        assert_eq!(series.columns(Of::Received, 100), [1000, 0]);
        assert_eq!(series.columns(Of::Sent, 300), [0; 4]);
    }

    #[test]
    fn old_samples_go_and_odd_ones_are_nothing() {
        let mut series = Series::default();
        (0..1000).for_each(|_| series.push(usage(0.0)));
        assert_eq!(series.columns(Of::Cpu, 1000).len(), KEPT);
        assert_eq!(series.columns(Of::Cpu, 30).len(), 30);
        for odd in [f64::NAN, f64::NEG_INFINITY, -1.0] {
            series.push(usage(odd));
            assert_eq!(series.now(Of::Received), Some(0));
        }
    }
}
