//! When a container ran: marks this run's lines off from those of earlier ones.

use jiff::Timestamp;

use crate::container::Container;

/// From one start of a container to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub started: Timestamp,
    /// `None` while it runs, and when nobody saw the end.
    pub finished: Option<Timestamp>,
    pub exit_code: Option<i64>,
}

/// The runs that are known of, oldest first. There may have been more: engines remember only the last one.
#[derive(Clone, Debug, Default)]
pub struct Runs(Vec<Run>);

impl Run {
    /// The newest run of a container, from its inspection: while it runs, the end that engines tell is that of the
    /// run before. A process that ended at once can have ended before its engine noted the start.
    pub fn of(container: &Container) -> Option<Run> {
        let started = container.started_at?;
        let finished = container.finished_at.filter(|_| !container.state.is_alive());
        let finished = finished.map(|finished| finished.max(started));
        Some(Run { started, finished, exit_code: finished.and(container.exit_code) })
    }
}

impl Runs {
    /// This run is known of, or known better.
    pub fn add(&mut self, run: Run) {
        self.start(run.started);
        if let Some(finished) = run.finished {
            self.end(finished, run.exit_code);
        }
    }

    /// It was started. Saying so again, within a second, changes nothing: an event and an inspection differ by a bit.
    pub fn start(&mut self, started: Timestamp) {
        let near = |run: &Run| run.started.duration_since(started).unsigned_abs().as_secs() == 0;
        let ended_since = |run: &Run| run.finished.is_some_and(|finished| finished < started);
        if self.0.iter().any(|run| near(run) && !ended_since(run)) {
            return;
        }
        let at = self.0.partition_point(|run| run.started < started);
        self.0.insert(at, Run { started, finished: None, exit_code: None });
    }

    /// It ended.
    pub fn end(&mut self, finished: Timestamp, exit_code: Option<i64>) {
        let at = self.0.partition_point(|run| run.started <= finished);
        if let Some(run) = at.checked_sub(1).and_then(|at| self.0.get_mut(at)) {
            run.finished = Some(finished);
            run.exit_code = exit_code.or(run.exit_code);
        }
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Run> {
        self.0.iter()
    }

    /// The newest.
    pub fn last(&self) -> Option<&Run> {
        self.0.last()
    }

    /// The newest run that starts behind a line of time `before` and not behind one of time `line`: a mark belongs
    /// between them. Lines of one second belong to the later run when only seconds are told.
    pub fn between(&self, before: Option<Timestamp>, line: Timestamp) -> Option<&Run> {
        let until = self.0.partition_point(|run| starts(run, line) <= line);
        let run = self.0.get(until.checked_sub(1)?)?;
        before.is_none_or(|before| before < starts(run, before)).then_some(run)
    }
}

/// When a run starts, as precisely as `like` is told.
fn starts(run: &Run, like: Timestamp) -> Timestamp {
    if like.subsec_nanosecond() != 0 {
        return run.started;
    }
    Timestamp::new(run.started.as_nanosecond().div_euclid(1_000_000_000) as i64, 0).unwrap_or(run.started)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::State;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-21T{text}Z").parse().unwrap()
    }

    fn inspected(state: State, started: &str, finished: &str, exit_code: Option<i64>) -> Runs {
        let (started_at, finished_at) = (Some(at(started)), Some(at(finished)));
        let container = Container { state, exit_code, started_at, finished_at, ..Container::default() };
        let mut runs = Runs::default();
        runs.add(Run::of(&container).unwrap());
        runs
    }

    #[test]
    fn the_end_before_the_start_is_that_of_an_earlier_run() {
        let running = inspected(State::Running, "10:00:05", "10:00:04", None);
        assert_eq!(running.last().unwrap().finished, None);
        let exited = inspected(State::Exited, "10:00:05", "10:00:07", Some(3));
        assert_eq!(
            (exited.last().unwrap().finished, exited.last().unwrap().exit_code),
            (Some(at("10:00:07")), Some(3))
        );
        let short = inspected(State::Exited, "10:00:05.2", "10:00:05.1", Some(0));
        assert_eq!(
            short.last().map(|run| (run.finished, run.exit_code)),
            Some((Some(at("10:00:05.2")), Some(0)))
        );
        assert_eq!(Run::of(&Container::default()), None);
    }

    #[test]
    fn an_event_and_an_inspection_tell_of_one_run() {
        let mut runs = inspected(State::Running, "10:00:05.1", "10:00:01", None);
        runs.start(at("10:00:05.3"));
        assert_eq!(runs.iter().count(), 1);
        runs.end(at("10:00:05.5"), Some(1));
        runs.start(at("10:00:05.7"));
        runs.start(at("09:00:00"));
        assert_eq!(runs.iter().map(|run| run.exit_code).collect::<Vec<_>>(), [None, Some(1), None]);
    }

    #[test]
    fn the_mark_stands_before_the_first_line_of_a_run() {
        let mut runs = Runs::default();
        runs.start(at("10:00:05.5"));
        runs.start(at("11:00:00.5"));
        for (before, line, expected) in [
            (Some("10:00:04.2"), "10:00:05.6", Some("10:00:05.5")),
            (Some("10:00:05.6"), "10:00:05.7", None),
            (Some("10:00:04"), "10:00:05", Some("10:00:05.5")),
            (Some("10:00:05"), "10:00:05", None),
            (None, "10:00:04", None),
            (None, "10:30:00", Some("10:00:05.5")),
            (Some("09:00:00"), "12:00:00", Some("11:00:00.5")),
        ] {
            let found = runs.between(before.map(at), at(line)).map(|run| run.started);
            assert_eq!(found, expected.map(at), "{before:?} {line}");
        }
    }
}
