//! What could go, and what the marked part of it frees: reckoned once for each change, whatever is drawn.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::answer::Answer;
use super::last;
use crate::cleanup::plan::Kept;
use crate::cleanup::{Candidate, Graph, Group, Marks, Plan, Protect, Stock};
use crate::report::size::human;
use crate::tui::widgets::table::{Entry, Kind};
use crate::world::World;

/// What some removal frees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Frees {
    pub(super) bytes: u64,
    pub(super) exact: bool,
    /// Bytes of layers that the build cache keeps.
    pub(super) to_cache: u64,
}

impl Frees {
    fn of(plan: &Plan) -> Frees {
        Frees { bytes: plan.frees_bytes, exact: plan.exact, to_cache: plan.to_cache_bytes }
    }

    /// `1.2 GB`, `≈ 1.2 GB` where the engine withholds what exactness needs.
    pub(super) fn words(self) -> String {
        format!("{}{}", if self.exact { "" } else { "≈ " }, human(self.bytes))
    }

    /// What comes beyond `other`.
    fn beyond(self, other: Frees) -> Frees {
        Frees {
            bytes: self.bytes.saturating_sub(other.bytes),
            exact: self.exact && other.exact,
            to_cache: self.to_cache.saturating_sub(other.to_cache),
        }
    }
}

/// What is made from the world and from what the engine answered.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Made {
    world: u64,
    answer: u64,
    keep_last: usize,
    /// Patterns.
    protect: Vec<String>,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Reckoning {
    /// By the ids of their rows.
    candidates: HashMap<String, Candidate>,
    /// Ids of rows, in the order of the groups.
    pub(super) rows: Vec<String>,
    /// What is listed of each group, how many and what they free together.
    pub(super) groups: BTreeMap<Group, (usize, Frees)>,
    /// All that is listed, together.
    pub(super) all: Frees,
    /// The filter that these were summed up with; `None` where they have to be summed up anew.
    summed: Option<String>,
    graph: Option<Graph>,
    made: Option<Made>,
    marks: BTreeSet<String>,
    /// What is not marked and selected.
    beside: BTreeSet<String>,
    /// What the marked rows free together.
    pub(super) marked: Frees,
    /// What marking the selected row too would free beyond that.
    pub(super) another: Option<Frees>,
    /// Why that is more than the selected row frees alone.
    pub(super) last: Option<String>,
    /// Plans that were made so far.
    pub(super) plans: usize,
}

/// The row of a candidate: kinds may have the same ids.
fn row(candidate: &Candidate) -> String {
    format!("{}:{}", candidate.kind.name(), candidate.id)
}

impl Reckoning {
    pub(super) fn of(&self, row: &str) -> Option<&Candidate> {
        self.candidates.get(row)
    }

    /// What a world and an answer were put together to before, where it is still the same.
    pub(super) fn stock<'a>(&self, world: &'a World, answer: &'a Answer) -> Stock<'a> {
        let (images, containers) = (world.images.values(), world.containers.values());
        let same = self
            .made
            .as_ref()
            .is_some_and(|made| (made.world, made.answer) == (world.revision, answer.revision));
        match self.graph.as_ref().filter(|_| same) {
            Some(graph) => Stock::again(images, containers, answer.stores(), graph),
            None => Stock::new(images, containers).with(answer.stores()),
        }
    }

    /// Follows the world and what the engine answered; true where anything changed.
    pub(super) fn refresh(
        &mut self,
        world: &World,
        answer: &Answer,
        keep_last: usize,
        protect: &Protect,
    ) -> bool {
        let same = |made: &Made| {
            (made.world, made.answer, made.keep_last) == (world.revision, answer.revision, keep_last)
                && protect.patterns().eq(made.protect.iter().map(String::as_str))
        };
        if self.made.as_ref().is_some_and(same) {
            return false;
        }
        let stock = self.stock(world, answer);
        self.graph = Some(stock.graph());
        let protected = protect.patterns().map(str::to_owned).collect();
        self.made =
            Some(Made { world: world.revision, answer: answer.revision, keep_last, protect: protected });
        let found = stock.candidates(keep_last, protect);
        self.rows = found.iter().map(row).collect();
        self.candidates = self.rows.iter().cloned().zip(found).collect();
        self.summed = None;
        true
    }

    /// Sums up what is listed with a `filter`, where that is not what was summed up last.
    pub(super) fn sum(&mut self, listed: &[Entry], filter: &str, world: &World, answer: &Answer) {
        if self.summed.as_deref() == Some(filter) {
            return;
        }
        let stock = self.stock(world, answer);
        let items = || listed.iter().filter(|entry| entry.kind == Kind::Item).map(|entry| entry.id.as_str());
        self.groups.clear();
        for group in Group::ALL {
            let rows: Vec<&str> = items().filter(|row| self.candidates[*row].group == group).collect();
            if !rows.is_empty() {
                let frees = self.frees(rows.iter().copied(), &stock);
                self.plans += 1;
                self.groups.insert(group, (rows.len(), frees));
            }
        }
        self.all = self.frees(items(), &stock);
        self.plans += 1;
        self.summed = Some(filter.to_owned());
    }

    /// Follows what is marked and selected. `anew` when the rest changed.
    pub(super) fn follow(
        &mut self,
        marks: &BTreeSet<String>,
        selected: &[String],
        anew: bool,
        world: &World,
        answer: &Answer,
    ) {
        let beside: BTreeSet<String> = selected.iter().filter(|row| !marks.contains(*row)).cloned().collect();
        let remarked = anew || self.marks != *marks;
        if !remarked && self.beside == beside {
            return;
        }
        let stock = self.stock(world, answer);
        if remarked {
            self.marks.clone_from(marks);
            self.marked = self.frees(marks.iter().map(String::as_str), &stock);
            self.plans += 1;
        }
        self.beside = beside;
        self.another = None;
        self.last = None;
        if !self.beside.is_empty() {
            let both = self.frees(marks.iter().chain(&self.beside).map(String::as_str), &stock);
            self.plans += 1;
            let another = both.beyond(self.marked);
            self.last = self.last_of(another.bytes, world);
            self.another = Some(another);
        }
    }

    /// Why the selected row frees so many bytes, where others are marked and it frees less alone.
    fn last_of(&self, bytes: u64, world: &World) -> Option<String> {
        let mut rows = self.beside.iter().filter_map(|row| self.of(row));
        let one = rows.next().filter(|one| rows.next().is_none() && bytes > one.frees.bytes)?;
        last::of(one, self.marks.iter().filter_map(|row| self.of(row)), world)
    }

    fn frees<'a>(&self, rows: impl Iterator<Item = &'a str>, stock: &Stock<'_>) -> Frees {
        Frees::of(&stock.plan(&self.marks_of(rows).0))
    }

    /// What goes by these rows, and what of them is protected.
    pub(super) fn marks_of<'a>(&self, rows: impl Iterator<Item = &'a str>) -> (Marks, Vec<Kept>) {
        let (mut marks, mut kept) = (Marks::default(), Vec::new());
        for candidate in rows.filter_map(|row| self.of(row)) {
            match &candidate.protected {
                None => marks.add(candidate),
                Some(why) => kept.push(Kept {
                    kind: candidate.kind,
                    id: candidate.id.clone(),
                    name: candidate.name.clone(),
                    reason: format!("protected by {why}"),
                    blocked_by: Vec::new(),
                }),
            }
        }
        (marks, kept)
    }

    /// The container with this id, where it is protected.
    pub(super) fn protects(&self, container: &str) -> bool {
        self.of(&format!("container:{container}")).is_some_and(|one| one.protected.is_some())
    }
}
