//! A tree to fold, to search and to copy from. All of it is there; only the rows in sight are drawn.

mod build;
mod draw;
mod page;

use crossterm::event::KeyEvent;

use crate::analysis::Needle;
use crate::tui::action::Action;
use crate::tui::widgets::cells::foreign;
use crate::tui::widgets::input::TextInput;
use crate::tui::widgets::list::Cursor;
pub use page::{TreePage, What};

/// Cells of one step to the side.
const SHIFT: usize = 8;
/// Bytes of a value that are looked at and drawn: nobody reads more of it in a row.
const SHOWN: usize = 4096;
/// What stands in place of a secret.
const MASK: &str = "••••••••";

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Names and values.
    Object,
    Array,
    Text,
    /// A number or a truth value.
    Plain,
    Nothing,
    Added,
    Modified,
    Removed,
    /// A directory that only leads to what was changed.
    Above,
}

/// A node. They lie in the order in which they are shown when all is unfolded.
#[derive(Clone, Debug)]
pub struct Node {
    pub depth: u16,
    pub kind: Kind,
    pub open: bool,
    /// One past the last node below it.
    pub end: u32,
    /// A name, or the place in an array.
    pub key: String,
    pub value: String,
    /// The byte of the value from which on it is a secret.
    pub secret: Option<usize>,
}

/// A search, and what it found.
#[derive(Clone, Debug)]
struct Found {
    text: String,
    needle: Needle,
    /// Nodes, in their order.
    nodes: Vec<u32>,
}

/// A line that is typed into.
#[derive(Clone, Debug)]
struct Typing {
    input: TextInput,
    /// Where the cursor was before.
    from: usize,
    mistake: Option<String>,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    pub nodes: Vec<Node>,
    /// The node above each.
    above: Vec<Option<u32>>,
    /// Nodes that have a row.
    pub rows: Vec<u32>,
    pub cursor: Cursor,
    /// Secrets are shown.
    pub revealed: bool,
    shift: usize,
    /// What is typed is a regular expression.
    expression: bool,
    found: Option<Found>,
    typing: Option<Typing>,
}

impl Tree {
    /// A tree of these nodes.
    pub fn new(nodes: Vec<Node>) -> Tree {
        let above = above(&nodes);
        let mut tree = Tree { nodes, above, ..Tree::default() };
        tree.list();
        tree
    }

    /// Takes other nodes and stays where it was, as far as there is such a place.
    pub fn replace(&mut self, nodes: Vec<Node>) {
        let before: Vec<String> = self.selected().map(|at| self.path(at)).into_iter().collect();
        let folded: std::collections::HashSet<String> = self
            .rows
            .iter()
            .map(|at| *at as usize)
            .filter(|at| self.is_branch(*at))
            .map(|at| format!("{}{}", if self.nodes[at].open { "+" } else { "-" }, self.path(at)))
            .collect();
        (self.above, self.nodes) = (above(&nodes), nodes);
        for at in 0..self.nodes.len() {
            if self.is_branch(at) {
                let path = self.path(at);
                let open = &mut self.nodes[at].open;
                *open =
                    folded.contains(&format!("+{path}")) || *open && !folded.contains(&format!("-{path}"));
            }
        }
        self.list();
        let stays =
            before.first().and_then(|path| self.rows.iter().position(|at| self.path(*at as usize) == *path));
        self.cursor.at = stays.unwrap_or(self.cursor.at);
        self.search_again();
    }

    pub fn selected(&self) -> Option<usize> {
        self.rows.get(self.cursor.at).map(|at| *at as usize)
    }

    /// Whether something is typed.
    pub fn typing(&self) -> bool {
        self.typing.is_some()
    }

    fn is_branch(&self, at: usize) -> bool {
        self.nodes[at].end as usize > at + 1
    }

    /// Lists the rows anew.
    fn list(&mut self) {
        self.rows.clear();
        let mut at = 0;
        while let Some(node) = self.nodes.get(at) {
            self.rows.push(at as u32);
            at = if node.open { at + 1 } else { node.end as usize };
        }
    }

    /// The nodes above one, the nearest first.
    fn above(&self, at: usize) -> Vec<usize> {
        let above = |at: usize| self.above[at].map(|above| above as usize);
        std::iter::successors(above(at), |at| above(*at)).collect()
    }

    /// How to get to a node: `.Config.Env[3]`, or the path of a file.
    pub fn path(&self, at: usize) -> String {
        let mut nodes = self.above(at);
        nodes.reverse();
        nodes.push(at);
        let mut path = String::new();
        let mut array = false;
        for node in nodes.into_iter().map(|at| &self.nodes[at]) {
            let file = matches!(node.kind, Kind::Added | Kind::Modified | Kind::Removed | Kind::Above);
            let plain = node.key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !node.key.starts_with(|c: char| c.is_ascii_digit());
            let step = match (file, array) {
                (true, _) => format!("/{}", node.key),
                (_, true) => format!("[{}]", node.key),
                _ if plain && !node.key.is_empty() => format!(".{}", node.key),
                _ if path.is_empty() => format!(".[{}]", serde_json::Value::from(node.key.as_str())),
                _ => format!("[{}]", serde_json::Value::from(node.key.as_str())),
            };
            path.push_str(&step);
            array = node.kind == Kind::Array;
        }
        path
    }

    /// The value of a node as text; of a branch, all that is below it, a line each.
    pub fn value(&self, at: usize) -> String {
        if !self.is_branch(at) {
            return self.nodes[at].value.clone();
        }
        let below = (at + 1..self.nodes[at].end as usize).filter(|below| !self.is_branch(*below));
        let line = |below: usize| match self.nodes[at].kind {
            Kind::Array => self.nodes[below].value.clone(),
            Kind::Object => format!("{}={}", self.nodes[below].key, self.nodes[below].value),
            _ => self.path(below),
        };
        below.map(line).collect::<Vec<_>>().join("\n")
    }

    /// Whether copying a node would give a secret away that nobody has asked to see.
    pub fn is_masked(&self, at: usize) -> bool {
        !self.revealed && self.nodes[at..self.nodes[at].end as usize].iter().any(|node| node.secret.is_some())
    }

    /// A value as it is shown.
    fn shown(&self, node: &Node) -> String {
        let part = |text: &str| {
            let end = (0..=text.len().min(SHOWN)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
            foreign(&text.as_bytes()[..end]).into_owned()
        };
        match node.secret.filter(|_| !self.revealed) {
            Some(from) => format!("{}{MASK}", part(node.value.get(..from).unwrap_or_default())),
            None => part(&node.value),
        }
    }

    /// Reacts to a verb; a word on it where there is something to say.
    pub fn act(&mut self, action: Action, page: usize) -> Option<String> {
        match action {
            Action::Accept | Action::Back | Action::Complete if self.typing.is_some() => self.finish(action),
            Action::ShiftRight => self.shift = (self.shift + SHIFT).min(SHOWN),
            Action::ShiftLeft => self.shift = self.shift.saturating_sub(SHIFT),
            Action::Filter => {
                let text = self.found.as_ref().map(|found| found.text.clone()).unwrap_or_default();
                let input = TextInput::new(text);
                self.typing = Some(Typing { input, from: self.cursor.at, mistake: None });
            }
            Action::NextMatch => return self.go(true),
            Action::PreviousMatch => return self.go(false),
            Action::Reveal => {
                self.revealed ^= true;
                self.search_again();
            }
            action => {
                self.cursor.act(action, self.rows.len(), page);
                self.fold(action);
            }
        }
        None
    }

    fn fold(&mut self, action: Action) {
        let Some(at) = self.selected() else { return };
        let (branch, open) = (self.is_branch(at), self.nodes[at].open);
        match action {
            Action::ToggleFold if branch => self.nodes[at].open = !open,
            Action::Unfold if branch && open => self.cursor.step(1, self.rows.len()),
            Action::Unfold if branch => self.nodes[at].open = true,
            Action::Fold if branch && open => self.nodes[at].open = false,
            Action::Fold => {
                if let Some(above) = self.above(at).first() {
                    self.land(*above);
                }
                return;
            }
            Action::UnfoldBelow => {
                let end = self.nodes[at].end as usize;
                self.nodes[at..end].iter_mut().for_each(|node| node.open = true);
            }
            Action::UnfoldAll => self.nodes.iter_mut().for_each(|node| node.open = true),
            Action::FoldAll => {
                self.nodes.iter_mut().for_each(|node| node.open = false);
                let top = self.above(at).last().copied().unwrap_or(at);
                self.list();
                self.land(top);
                return;
            }
            _ => return,
        }
        self.list();
        self.land_on_row(at);
    }

    /// Goes to a JSON pointer (RFC 6901), or to the path of a file, or as far on the way there as there is one.
    pub fn go_to(&mut self, place: &str) {
        let steps = place.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"));
        let (mut found, mut from, mut end) = (None, 0, self.nodes.len());
        for step in steps {
            let mut at = from;
            while at < end && self.nodes[at].key != step {
                at = self.nodes[at].end as usize;
            }
            if at >= end {
                break;
            }
            (found, from, end) = (Some(at), at + 1, self.nodes[at].end as usize);
        }
        if let Some(at) = found {
            self.land(at);
        }
    }

    /// Selects a node, unfolding what hides it.
    fn land(&mut self, at: usize) {
        for above in self.above(at) {
            self.nodes[above].open = true;
        }
        self.list();
        self.land_on_row(at);
    }

    fn land_on_row(&mut self, at: usize) {
        if let Ok(row) = self.rows.binary_search(&(at as u32)) {
            self.cursor.at = row;
        }
    }

    /// Takes a key as text.
    pub fn key(&mut self, event: &KeyEvent) {
        if self.typing.as_mut().and_then(|typing| typing.input.key(event)) == Some(true) {
            self.typed();
        }
    }

    pub fn paste(&mut self, text: &str) {
        if let Some(typing) = &mut self.typing {
            typing.input.paste(text);
            self.typed();
        }
    }

    /// What was typed has changed: goes to the first find from where the cursor was.
    fn typed(&mut self) {
        let Some(typing) = &mut self.typing else { return };
        let (text, from) = (typing.input.text().to_owned(), typing.from);
        match Needle::new(&text, self.expression) {
            _ if text.is_empty() => self.found = None,
            Ok(needle) => self.found = Some(Found { text, needle, nodes: Vec::new() }),
            Err(why) => {
                typing.mistake = Some(why);
                return;
            }
        }
        typing.mistake = None;
        self.search_again();
        let start = self.rows.get(from).copied().unwrap_or(0);
        let Some(found) = &self.found else { return };
        let next = found.nodes.iter().find(|at| **at >= start).or(found.nodes.first());
        if let Some(next) = next.copied() {
            self.land(next as usize);
        }
    }

    fn search_again(&mut self) {
        let Some(mut found) = self.found.take() else { return };
        let hit = |node: &Node| {
            found.needle.is_in(foreign(node.key.as_bytes()).as_bytes())
                || found.needle.is_in(self.shown(node).as_bytes())
        };
        let nodes = self.nodes.iter().enumerate().filter(|(_, node)| hit(node));
        found.nodes = nodes.map(|(at, _)| at as u32).collect();
        self.found = Some(found);
    }

    fn finish(&mut self, action: Action) {
        match action {
            Action::Complete => {
                self.expression ^= true;
                self.typed();
            }
            Action::Back => {
                let from = self.typing.take().map(|typing| typing.from);
                self.found = None;
                self.cursor.at = from.unwrap_or(0).min(self.rows.len().saturating_sub(1));
            }
            _ => self.typing = None,
        }
    }

    /// Goes to the next find, round the end.
    fn go(&mut self, forward: bool) -> Option<String> {
        let Some(found) = &self.found else { return Some("nothing is searched for: / does".to_owned()) };
        let here = self.selected().unwrap_or(0) as u32;
        let next = match forward {
            true => found.nodes.iter().find(|at| **at > here).or(found.nodes.first()),
            false => found.nodes.iter().rev().find(|at| **at < here).or(found.nodes.last()),
        };
        match next.copied() {
            Some(next) => self.land(next as usize),
            None => return Some(format!("{:?} is nowhere here", found.text)),
        }
        None
    }

    /// Drops the search; false when there was none.
    pub fn back(&mut self) -> bool {
        self.found.take().is_some()
    }

    /// A click on a row; the second one folds.
    pub fn click(&mut self, row: usize) {
        let row = self.cursor.offset + row;
        match row {
            row if row >= self.rows.len() => {}
            row if row == self.cursor.at => self.fold(Action::ToggleFold),
            row => self.cursor.at = row,
        }
    }

    /// What is searched for and where among the finds the cursor is: `/text 2/14`.
    pub fn searched(&self) -> Option<String> {
        let found = self.found.as_ref()?;
        let here = self.selected().unwrap_or(0) as u32;
        let text = foreign(found.text.as_bytes()).into_owned();
        Some(match found.nodes.binary_search(&here) {
            Ok(at) => format!("/{text} {}/{}", at + 1, found.nodes.len()),
            Err(_) => format!("/{text} {}", found.nodes.len()),
        })
    }
}

/// The node above each.
fn above(nodes: &[Node]) -> Vec<Option<u32>> {
    let mut open: Vec<u32> = Vec::new();
    let mut above = Vec::with_capacity(nodes.len());
    for (at, _) in nodes.iter().enumerate() {
        while open.last().is_some_and(|open| nodes[*open as usize].end as usize <= at) {
            open.pop();
        }
        above.push(open.last().copied());
        open.push(at as u32);
    }
    above
}
