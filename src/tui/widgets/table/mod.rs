//! A table whose rows are objects with ids: what is selected and marked stays so when the world changes under it.
//!
//! The order of the rows is made anew only when something changed that it depends on; a key moves within it.

mod columns;
mod draw;

use std::collections::{BTreeSet, HashMap};

use super::list::Cursor;
pub use columns::{Align, Column, Slot, slots};
pub use draw::{Cell, Cells, Look, column_at, draw, row_at};

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An object.
    Item,
    /// An object that is listed only for those below it.
    Context,
    /// The name of a group.
    Head,
}

/// A row before folding, in the order in which they are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: String,
    /// Those that follow and are deeper stand below it.
    pub depth: u16,
    pub kind: Kind,
}

/// By which column, and whether against its usual direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    pub column: usize,
    pub turned: bool,
}

impl Sort {
    /// Whether the largest come first.
    pub fn falls(self, columns: &[Column]) -> bool {
        columns.get(self.column).is_some_and(|column| column.falling) != self.turned
    }
}

/// Whether a row can be folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    Leaf,
    Folded,
    Unfolded,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Table {
    pub sort: Sort,
    pub cursor: Cursor,
    entries: Vec<Entry>,
    /// Entries in sight of nobody's fold.
    rows: Vec<usize>,
    /// Objects among the entries.
    count: usize,
    marks: BTreeSet<String>,
    folded: BTreeSet<String>,
    /// Somebody chose a row: it is followed wherever it goes. Before, the first row is selected, whatever it is.
    chosen: bool,
    /// Changes with everything but the world that the order depends on.
    wanted: u64,
    /// The state of the world, and of what is wanted, that the rows were made of.
    made: Option<(u64, u64)>,
}

impl Table {
    pub fn new(column: usize) -> Table {
        Table {
            sort: Sort { column, turned: false },
            cursor: Cursor::default(),
            entries: Vec::new(),
            rows: Vec::new(),
            count: 0,
            marks: BTreeSet::new(),
            folded: BTreeSet::new(),
            chosen: false,
            wanted: 0,
            made: None,
        }
    }

    /// Whether the rows have to be made anew.
    pub fn is_stale(&self, revision: u64) -> bool {
        self.made != Some((revision, self.wanted))
    }

    /// Something that the order depends on changed: the filter, the grouping.
    pub fn touch(&mut self) {
        self.wanted += 1;
    }

    /// The rows anew. Marks stay on what `exists`, listed or not.
    pub fn set(&mut self, entries: Vec<Entry>, revision: u64, exists: impl Fn(&str) -> bool) {
        let old = std::mem::replace(&mut self.entries, entries);
        self.count = self.entries.iter().filter(|entry| entry.kind == Kind::Item).count();
        let old_rows = std::mem::take(&mut self.rows);
        self.marks.retain(|id| exists(id));
        self.made = Some((revision, self.wanted));
        self.unfold_rows();
        if !self.chosen {
            self.cursor = Cursor::default();
            return;
        }
        let places: HashMap<&str, usize> =
            self.rows.iter().enumerate().map(|(row, at)| (&*self.entries[*at].id, row)).collect();
        let at = self.cursor.at.min(old_rows.len());
        let id = |row: &usize| places.get(old[*row].id.as_str()).copied();
        let stays = old_rows[at..].iter().find_map(id).or_else(|| old_rows[..at].iter().rev().find_map(id));
        let row = stays.unwrap_or(0);
        // The window moves along, so that the selected row stays where it is on the screen.
        let above = self.cursor.at.saturating_sub(self.cursor.offset);
        self.cursor = Cursor { at: row, offset: row.saturating_sub(above) };
    }

    fn unfold_rows(&mut self) {
        self.rows.clear();
        let mut hidden_below = None;
        for (at, entry) in self.entries.iter().enumerate() {
            if hidden_below.is_some_and(|depth| entry.depth > depth) {
                continue;
            }
            hidden_below = self.folded.contains(&entry.id).then_some(entry.depth);
            self.rows.push(at);
        }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many objects are listed, folded away or not.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The rows, as far as they are not folded away.
    pub fn rows(&self) -> impl Iterator<Item = &Entry> {
        self.rows.iter().map(|at| &self.entries[*at])
    }

    pub fn row(&self, row: usize) -> Option<&Entry> {
        self.rows.get(row).map(|at| &self.entries[*at])
    }

    /// The selected row.
    pub fn selected(&self) -> Option<&Entry> {
        self.row(self.cursor.at)
    }

    pub fn fold_of(&self, row: usize) -> Fold {
        let Some(at) = self.rows.get(row) else { return Fold::Leaf };
        let below = self.entries.get(at + 1).is_some_and(|next| next.depth > self.entries[*at].depth);
        match below {
            false => Fold::Leaf,
            true if self.folded.contains(&self.entries[*at].id) => Fold::Folded,
            true => Fold::Unfolded,
        }
    }

    /// Moves by rows.
    pub fn step(&mut self, by: isize) {
        self.cursor.step(by, self.rows.len());
        self.chosen = true;
    }

    /// Selects a row; true when it was selected before.
    pub fn point(&mut self, row: usize) -> bool {
        let again = self.cursor.at == row && self.chosen;
        self.cursor.at = row.min(self.rows.len().saturating_sub(1));
        self.chosen = true;
        again
    }

    /// Selects an object, where it is listed.
    pub fn seek(&mut self, id: &str) {
        let row = self.rows().position(|entry| entry.id == id);
        if let Some(row) = row {
            self.point(row);
        }
    }

    /// Folds the selected row, or goes to the row that it stands below.
    pub fn fold(&mut self) {
        let row = self.cursor.at;
        if self.fold_of(row) == Fold::Unfolded {
            self.toggle_fold();
        } else if let Some(depth) = self.row(row).map(|entry| entry.depth) {
            let above =
                (0..row).rev().find(|above| self.row(*above).is_some_and(|above| above.depth < depth));
            if let Some(above) = above {
                self.point(above);
            }
        }
    }

    /// Folds or unfolds the selected row; false when there is nothing below it.
    pub fn toggle_fold(&mut self) -> bool {
        let fold = self.fold_of(self.cursor.at);
        let Some(id) = self.selected().map(|entry| entry.id.clone()).filter(|_| fold != Fold::Leaf) else {
            return false;
        };
        if !self.folded.remove(&id) {
            self.folded.insert(id);
        }
        self.chosen = true;
        self.unfold_rows();
        true
    }

    /// Folds all groups; where all are folded, unfolds them.
    pub fn fold_heads(&mut self) {
        let heads = self.entries.iter().filter(|entry| entry.kind == Kind::Head).map(|entry| &entry.id);
        let heads: BTreeSet<String> = heads.cloned().collect();
        let selected = self.selected().map(|entry| entry.id.clone());
        if heads.is_subset(&self.folded) {
            self.folded.retain(|id| !heads.contains(id));
        } else {
            if self.selected().is_some_and(|entry| entry.kind != Kind::Head) {
                self.fold();
            }
            self.folded.extend(heads);
        }
        let selected = self.selected().map(|entry| entry.id.clone()).or(selected);
        self.unfold_rows();
        self.cursor = Cursor::default();
        selected.iter().for_each(|id| self.seek(id));
    }

    /// Enter, or a step to the right, on a row: folds or unfolds the head of a group, unfolds what is folded. False
    /// where it has to mean something else.
    pub fn toggle_head(&mut self, enter: bool) -> bool {
        let head = self.selected().is_some_and(|entry| entry.kind == Kind::Head);
        match self.fold_of(self.cursor.at) {
            Fold::Folded if head || !enter => self.toggle_fold(),
            Fold::Unfolded if head && enter => self.toggle_fold(),
            _ => head,
        }
    }

    /// The next or the previous column to sort by.
    pub fn sort_by(&mut self, by: isize, columns: usize) {
        let columns = columns.max(1) as isize;
        let column = (self.sort.column as isize + by).rem_euclid(columns) as usize;
        self.sort = Sort { column, turned: false };
        self.touch();
    }

    /// Sorts by a column; by the same one again, the other way round.
    pub fn sort_at(&mut self, column: usize) {
        let turned = self.sort.column == column && !self.sort.turned;
        self.sort = Sort { column, turned };
        self.touch();
    }

    pub fn turn(&mut self) {
        self.sort.turned ^= true;
        self.touch();
    }

    /// Objects of an entry: itself, or those below the head of a group.
    fn items(&self, at: usize) -> impl Iterator<Item = &str> {
        let depth = self.entries[at].depth;
        let head = self.entries[at].kind == Kind::Head;
        let below = self.entries[at + 1..].iter().take_while(move |entry| head && entry.depth > depth);
        let items = self.entries[at..=at].iter().chain(below);
        items.filter(|entry| entry.kind != Kind::Head).map(|entry| entry.id.as_str())
    }

    /// What the selected row stands for: itself, or all below the head of a group.
    pub fn below(&self) -> Vec<String> {
        let at = self.rows.get(self.cursor.at);
        at.into_iter().flat_map(|at| self.items(*at)).map(str::to_owned).collect()
    }

    /// Marks the selected row or all below it, or takes the marks away, and goes on.
    pub fn mark(&mut self) {
        let Some(at) = self.rows.get(self.cursor.at).copied() else { return };
        let items = self.items(at).map(str::to_owned).collect();
        self.toggle_marks(items);
        self.step(1);
    }

    /// Marks all that is listed, or takes those marks away when all have one.
    pub fn mark_all(&mut self) {
        let items = self.entries.iter().filter(|entry| entry.kind == Kind::Item);
        let items = items.map(|entry| entry.id.clone()).collect();
        self.toggle_marks(items);
    }

    /// Of all that is listed, marks what is not marked, and takes the marks of the others away.
    pub fn invert_marks(&mut self) {
        for entry in self.entries.iter().filter(|entry| entry.kind == Kind::Item) {
            if !self.marks.remove(&entry.id) {
                self.marks.insert(entry.id.clone());
            }
        }
    }

    fn toggle_marks(&mut self, items: BTreeSet<String>) {
        if items.iter().all(|id| self.marks.contains(id)) {
            self.marks.retain(|id| !items.contains(id));
        } else {
            self.marks.extend(items);
        }
    }

    /// Takes all marks away; false when there were none.
    pub fn unmark(&mut self) -> bool {
        !std::mem::take(&mut self.marks).is_empty()
    }

    pub fn is_marked(&self, id: &str) -> bool {
        self.marks.contains(id)
    }

    pub fn marks(&self) -> &BTreeSet<String> {
        &self.marks
    }

    /// What an act is about: what is marked, else what is selected. In the order of the list, then what the filter
    /// hides.
    pub fn chosen(&self) -> Vec<String> {
        if self.marks.is_empty() {
            return self.below();
        }
        let mut seen = BTreeSet::new();
        let listed = self.entries.iter().filter(|entry| entry.kind != Kind::Head).map(|entry| &entry.id);
        let all = listed.filter(|id| self.marks.contains(*id)).chain(&self.marks);
        all.filter(|id| seen.insert(id.as_str())).cloned().collect()
    }

    /// `3/14`, counting what can be selected.
    pub fn position(&self) -> String {
        self.cursor.position(self.rows.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(ids: &str) -> Vec<Entry> {
        let entry = |word: &str| {
            let id = word.trim_start_matches('.');
            let kind = if id.starts_with('#') { Kind::Head } else { Kind::Item };
            Entry { id: id.to_owned(), depth: (word.len() - id.len()) as u16, kind }
        };
        ids.split(' ').filter(|word| !word.is_empty()).map(entry).collect()
    }

    fn table(ids: &str) -> Table {
        let mut table = Table::new(0);
        table.set(items(ids), 1, |_| true);
        table
    }

    fn shown(table: &Table) -> String {
        table.rows().map(|entry| entry.id.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn selected(table: &Table) -> &str {
        table.selected().map(|entry| entry.id.as_str()).unwrap_or_default()
    }

    #[test]
    fn the_cursor_stays_on_its_object_or_goes_to_a_neighbour() {
        for (after, expected) in
            [("x y a b c d", "c"), ("d c b a", "c"), ("a b d", "d"), ("a b", "b"), ("x", "x"), ("", "")]
        {
            let mut table = table("a b c d");
            table.step(2);
            table.set(items(after), 2, |_| true);
            assert_eq!(selected(&table), expected, "{after}");
        }
        let mut untouched = table("b c");
        untouched.set(items("a b c"), 2, |_| true);
        assert_eq!(selected(&untouched), "a", "nobody chose a row yet");
    }

    #[test]
    fn the_window_moves_along() {
        let mut table = table("a b c d e f");
        table.cursor = Cursor { at: 4, offset: 3 };
        table.step(0);
        table.set(items("x y a b c d e f"), 2, |_| true);
        assert_eq!(table.cursor, Cursor { at: 6, offset: 5 });
    }

    #[test]
    fn marks_stay_on_what_exists() {
        let mut table = table("a b c");
        table.mark_all();
        table.set(items("a"), 2, |id| id != "c");
        assert_eq!(table.chosen(), ["a", "b"], "what is not listed keeps its mark");
        table.mark_all();
        assert_eq!(table.chosen(), ["b"], "only what is listed is unmarked");
        table.invert_marks();
        assert_eq!(table.chosen(), ["a", "b"]);
        table.invert_marks();
        assert_eq!(table.chosen(), ["b"]);
        assert!(table.unmark());
        assert!(!table.unmark());
        assert_eq!(table.chosen(), ["a"], "without marks, what is selected");
    }

    #[test]
    fn groups_fold() {
        let mut table = table("#1 .a .b #2 .c ..d");
        assert!(table.toggle_fold());
        assert_eq!(shown(&table), "#1 #2 .c ..d".replace('.', ""));
        assert_eq!(table.chosen(), ["a", "b"], "the head stands for all below it");
        table.step(isize::MAX);
        table.fold();
        assert_eq!(selected(&table), "c");
        table.fold();
        assert_eq!((selected(&table), shown(&table)), ("c", "#1 #2 c".to_owned()));
        table.fold();
        assert_eq!(selected(&table), "#2");
        table.mark();
        assert_eq!(table.chosen(), ["c", "d"]);
        table.set(items("#1 .a .b #2 .c ..d"), 2, |_| true);
        assert_eq!(shown(&table), "#1 #2 c", "what is folded stays so");
    }

    #[test]
    fn rows_are_made_anew_only_for_a_reason() {
        let mut table = table("a b");
        assert!(!table.is_stale(1) && table.is_stale(2));
        table.step(1);
        table.mark();
        assert!(!table.is_stale(1), "moving and marking change no order");
        table.turn();
        assert!(table.is_stale(1));
    }

    #[test]
    fn sorting_goes_round_and_turns() {
        let mut table = table("a");
        table.sort_by(-1, 3);
        assert_eq!(table.sort, Sort { column: 2, turned: false });
        table.sort_at(2);
        assert_eq!(table.sort, Sort { column: 2, turned: true });
        table.sort_at(2);
        assert_eq!(table.sort, Sort { column: 2, turned: false });
        table.sort_by(1, 3);
        assert_eq!(table.sort.column, 0);
    }
}
