//! What is to be asked next about one kind of object: all of them, or one, and when.
//!
//! Events name objects. They are collected until it is quiet for a moment; a few are then asked for one by one, many by
//! a single list, their details following once the burst is over. A list and the question for one object never run at
//! the same time: an answer that was begun earlier could otherwise hide a later one.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

/// So many objects at once are asked for by a list.
const MANY: usize = 12;

/// How long events are collected.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// So long must nothing have happened,
    pub quiet: Duration,
    /// unless something has been waiting for so long.
    pub longest: Duration,
    /// Details of many objects wait until it was quiet for so long.
    pub settled: Duration,
}

/// A question about objects of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    All,
    One(String),
}

/// See the module.
#[derive(Debug)]
pub(super) struct Lane {
    patience: Patience,
    /// Named by events, and when the first and the last of them came.
    named: BTreeSet<String>,
    first: Option<Instant>,
    last: Option<Instant>,
    /// A list is wanted, and not before when.
    list: bool,
    not_before: Option<Instant>,
    listing: bool,
    soon: VecDeque<String>,
    later: VecDeque<String>,
    asking: BTreeSet<String>,
}

impl Lane {
    pub(super) fn new(patience: Patience) -> Lane {
        Lane {
            patience,
            named: BTreeSet::new(),
            first: None,
            last: None,
            list: true,
            not_before: None,
            listing: false,
            soon: VecDeque::new(),
            later: VecDeque::new(),
            asking: BTreeSet::new(),
        }
    }

    /// An event was about this object.
    pub(super) fn name(&mut self, id: &str, now: Instant) {
        self.named.insert(id.to_owned());
        self.first.get_or_insert(now);
        self.last = Some(now);
    }

    /// Everything is to be listed.
    pub(super) fn list(&mut self) {
        self.list = true;
    }

    /// A list that took long is not asked for again at once.
    pub(super) fn rest_until(&mut self, time: Instant) {
        self.not_before = Some(time);
    }

    /// Details of this object are wanted, when there is time.
    pub(super) fn want(&mut self, id: &str) {
        if !self.later.iter().chain(&self.soon).any(|known| known == id) {
            self.later.push_back(id.to_owned());
        }
    }

    /// The object is gone. Whether that can be believed: when an answer about it is on its way it may tell otherwise,
    /// and the object has to be asked for again.
    pub(super) fn gone(&mut self, id: &str, now: Instant) -> bool {
        if self.listing || self.asking.contains(id) {
            self.name(id, now);
            return false;
        }
        self.named.remove(id);
        self.soon.retain(|known| known != id);
        self.later.retain(|known| known != id);
        true
    }

    /// The list, when it may be asked for now; it counts as being asked for until [`Lane::done`].
    pub(super) fn next_list(&mut self, now: Instant) -> Option<Ask> {
        if self.collected_at().is_some_and(|time| time <= now) {
            self.collect();
        }
        let free = self.list && self.rested(now) && !self.listing && self.asking.is_empty();
        free.then(|| {
            (self.list, self.listing) = (false, true);
            Ask::All
        })
    }

    /// The object that may be asked for now; it counts as being asked for until [`Lane::done`].
    pub(super) fn next_one(&mut self, now: Instant) -> Option<Ask> {
        if self.listing || (self.list && self.rested(now)) {
            return None;
        }
        let settled = self.settled_at().is_none_or(|time| time <= now);
        let queues = [Some(&mut self.soon), Some(&mut self.later).filter(|_| settled)];
        for queue in queues.into_iter().flatten() {
            if let Some(at) = queue.iter().position(|id| !self.asking.contains(id)) {
                let id = queue.remove(at)?;
                self.asking.insert(id.clone());
                return Some(Ask::One(id));
            }
        }
        None
    }

    /// Whether a list is wanted or on its way.
    pub(super) fn awaits_list(&self) -> bool {
        self.list || self.listing
    }

    fn rested(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|time| time <= now)
    }

    pub(super) fn done(&mut self, ask: &Ask) {
        match ask {
            Ask::All => self.listing = false,
            Ask::One(id) => drop(self.asking.remove(id)),
        }
    }

    /// When it is worth asking again what is next, if nothing happens before.
    pub(super) fn wake(&self) -> Option<Instant> {
        let list = self.not_before.filter(|_| self.list);
        let settled = self.settled_at().filter(|_| !self.later.is_empty());
        [self.collected_at(), list, settled].into_iter().flatten().min()
    }

    fn collected_at(&self) -> Option<Instant> {
        Some((self.last? + self.patience.quiet).min(self.first? + self.patience.longest))
            .filter(|_| !self.named.is_empty())
    }

    fn settled_at(&self) -> Option<Instant> {
        self.last.map(|last| last + self.patience.settled)
    }

    /// What events named becomes questions.
    fn collect(&mut self) {
        self.first = None;
        let named = std::mem::take(&mut self.named);
        let many = named.len() > MANY;
        self.list |= many;
        for id in named {
            self.later.retain(|known| *known != id);
            let queue = if many { &mut self.later } else { &mut self.soon };
            if !queue.contains(&id) {
                queue.push_back(id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        quiet: Duration::from_millis(100),
        longest: Duration::from_millis(500),
        settled: Duration::from_secs(1),
    };

    /// A lane that has been listed, and the time.
    fn listed() -> (Lane, Instant) {
        let (mut lane, now) = (Lane::new(PATIENCE), Instant::now());
        assert_eq!(lane.next(now), Some(Ask::All), "everything is listed first");
        assert_eq!(lane.next(now), None);
        lane.done(&Ask::All);
        (lane, now)
    }

    impl Lane {
        fn next(&mut self, now: Instant) -> Option<Ask> {
            self.next_list(now).or_else(|| self.next_one(now))
        }
    }

    fn after(now: Instant, millis: u64) -> Instant {
        now + Duration::from_millis(millis)
    }

    #[test]
    fn what_happens_to_one_object_is_one_question() {
        let (mut lane, now) = listed();
        for millis in [0, 20, 90] {
            lane.name("a", after(now, millis));
        }
        assert_eq!(lane.next(after(now, 150)), None, "not quiet yet");
        assert_eq!(lane.wake(), Some(after(now, 190)));
        assert_eq!(lane.next(after(now, 190)), Some(Ask::One("a".to_owned())));
        assert_eq!(lane.next(after(now, 190)), None);
        assert_eq!(lane.wake(), None);
    }

    #[test]
    fn what_never_rests_is_asked_for_all_the_same() {
        let (mut lane, now) = listed();
        let asked = (0..100u64).filter(|step| {
            let now = after(now, step * 20);
            lane.name("a", now);
            let ask = lane.next(now);
            ask.iter().for_each(|ask| lane.done(ask));
            ask.is_some()
        });
        assert_eq!(asked.count(), 3, "about every half second");
    }

    #[test]
    fn many_objects_are_one_list_and_details_wait_for_the_end() {
        let (mut lane, now) = listed();
        for number in 0..200 {
            lane.name(&number.to_string(), now);
        }
        assert_eq!(lane.next(after(now, 100)), Some(Ask::All));
        lane.done(&Ask::All);
        assert_eq!(lane.next(after(now, 200)), None);
        assert_eq!(lane.wake(), Some(after(now, 1000)));
        let mut asked = 0;
        while let Some(ask) = lane.next(after(now, 1000)) {
            assert!(matches!(ask, Ask::One(_)));
            asked += 1;
        }
        assert_eq!(asked, 200);
    }

    #[test]
    fn a_list_and_questions_for_one_object_keep_out_of_each_others_way() {
        let (mut lane, now) = listed();
        lane.name("a", now);
        let one = lane.next(after(now, 100)).unwrap();
        lane.list();
        assert_eq!(lane.next(after(now, 100)), None, "an answer is on its way");
        lane.done(&one);
        assert_eq!(lane.next(after(now, 100)), Some(Ask::All));
        lane.name("a", after(now, 101));
        assert_eq!(lane.next(after(now, 300)), None, "a list is on its way");
        lane.done(&Ask::All);
        assert_eq!(lane.next(after(now, 300)), Some(one));
    }

    #[test]
    fn what_changes_while_it_is_asked_for_is_asked_for_again() {
        let (mut lane, now) = listed();
        lane.name("a", now);
        let one = lane.next(after(now, 100)).unwrap();
        lane.name("a", after(now, 110));
        assert_eq!(lane.next(after(now, 300)), None);
        lane.done(&one);
        assert_eq!(lane.next(after(now, 300)), Some(one));
    }

    #[test]
    fn the_end_of_an_object_is_believed_unless_an_answer_about_it_is_on_its_way() {
        let (mut lane, now) = listed();
        lane.name("a", now);
        assert!(lane.gone("a", now));
        assert_eq!(lane.next(after(now, 100)), None);
        lane.name("b", now);
        let one = lane.next(after(now, 100)).unwrap();
        assert!(!lane.gone("b", after(now, 110)));
        lane.done(&one);
        assert_eq!(lane.next(after(now, 300)), Some(one));
    }

    #[test]
    fn a_list_that_took_long_rests() {
        let (mut lane, now) = listed();
        lane.rest_until(after(now, 700));
        lane.list();
        assert_eq!(lane.next(after(now, 500)), None);
        assert_eq!(lane.wake(), Some(after(now, 700)));
        assert_eq!(lane.next(after(now, 700)), Some(Ask::All));
    }
}
