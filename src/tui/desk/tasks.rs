//! What is being done to the engine's objects, and how it ended. Nothing that failed is forgotten unseen.

use std::collections::VecDeque;

use crate::world::{Act, Step};

/// Outcomes that are kept.
const KEPT: usize = 200;

/// Tells one act under way from another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(pub u32);

/// One act.
#[derive(Clone, Debug)]
pub struct Task {
    pub id: TaskId,
    pub act: Act,
    /// The command that would do the same.
    pub command: String,
    pub step: Step,
    /// One line of what came of it, or why nothing did; `None` while it is under way.
    pub result: Option<Result<String, String>>,
}

/// All of them, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    list: VecDeque<Task>,
    last: TaskId,
    /// Failures that nobody has looked at.
    pub unseen: usize,
}

impl Tasks {
    /// Takes an act up; the caller does it.
    pub fn begin(&mut self, act: Act, command: String) -> TaskId {
        self.last.0 += 1;
        let ended = self.list.iter().position(|task| task.result.is_some());
        if let Some(oldest) = ended.filter(|_| self.list.len() >= KEPT) {
            self.list.remove(oldest);
        }
        self.list.push_back(Task { id: self.last, act, command, step: Step::default(), result: None });
        self.last
    }

    pub fn step(&mut self, id: TaskId, step: Step) {
        if let Some(task) = self.find(id) {
            task.step = step;
        }
    }

    /// How an act ended. The result is told to the user by the caller.
    pub fn end(&mut self, id: TaskId, result: Result<String, String>) {
        let failed = result.is_err();
        if let Some(task) = self.find(id) {
            task.result = Some(result);
            self.unseen += usize::from(failed);
        }
    }

    /// Oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Task> {
        self.list.iter()
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn under_way(&self) -> impl DoubleEndedIterator<Item = &Task> {
        self.list.iter().filter(|task| task.result.is_none())
    }

    fn find(&mut self, id: TaskId) -> Option<&mut Task> {
        self.list.iter_mut().find(|task| task.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_under_way_is_never_dropped() {
        let mut tasks = Tasks::default();
        let act = || Act::Start { id: "x".to_owned() };
        let first = tasks.begin(act(), String::new());
        for _ in 0..2 * KEPT {
            let id = tasks.begin(act(), String::new());
            tasks.end(id, Err("no".to_owned()));
        }
        assert_eq!((tasks.len(), tasks.unseen), (KEPT, 2 * KEPT));
        assert!(tasks.under_way().map(|task| task.id).eq([first]));
    }
}
