//! The pages that are trees: all that the engine says about an object, and what a container changed in its files.

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use super::{Node, Tree};
use crate::image::writable::{Happened, Written};
use crate::report::size::human;
use crate::tui::action::{Action, Context};
use crate::tui::msg::{Seen, Watch};
use crate::tui::screens::pages::{Heard, plural};
use crate::tui::screens::{Sheet, Watcher};
use crate::tui::widgets::frame::{self, inside};
use crate::tui::wish::{Scene, Wish};

/// What the tree is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// All that is said of an image. Secrets are masked until a key shows them.
    Image,
    /// The same of a container.
    Container,
    /// The paths that a container changed in its writable layer.
    Changes,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct TreePage {
    what: What,
    id: String,
    title: String,
    tree: Tree,
    changes: Vec<Written>,
    /// Bytes that they take, where the engine tells.
    bytes: Option<u64>,
    heard: Heard,
    /// Where to go once it is there.
    goal: Option<String>,
    asks: Vec<Watch>,
}

impl TreePage {
    pub fn new(what: What, id: String, title: String) -> TreePage {
        let (tree, heard) = (Tree::default(), Heard::Nothing);
        let (changes, bytes, asks) = (Vec::new(), None, Vec::new());
        let mut page = TreePage { what, id, title, tree, changes, bytes, heard, goal: None, asks };
        page.ask();
        page
    }

    /// Goes to a JSON pointer or a path, as soon as that is known.
    pub(in crate::tui) fn go_to(&mut self, place: String) {
        self.goal = Some(place);
    }

    fn ask(&mut self) {
        let id = self.id.clone();
        self.asks.push(match self.what {
            What::Image => Watch::Image { id },
            What::Container => Watch::Container { id },
            What::Changes => Watch::Changes { id },
        });
        self.heard = Heard::Nothing;
    }

    fn totals(&self) -> String {
        if self.what == What::Changes {
            let count = |happened| self.changes.iter().filter(|change| change.happened == happened).count();
            let [added, modified, removed] =
                [Happened::Added, Happened::Modified, Happened::Deleted].map(count);
            let bytes = self.bytes.map(|bytes| format!(" · {}", human(bytes))).unwrap_or_default();
            return format!("+ {added} added  ~ {modified} modified  - {removed} removed{bytes}");
        }
        match self.tree.nodes.iter().filter(|node| node.secret.is_some()).count() {
            0 => String::new(),
            count if self.tree.revealed => format!("{count} secret{} shown", plural(count)),
            count => format!("{count} secret{} masked", plural(count)),
        }
    }

    fn copy(&self, path: bool) -> Vec<Wish> {
        let Some(at) = self.tree.selected() else { return Vec::new() };
        // Of a file, its path is all there is to copy.
        if path || self.what == What::Changes {
            return vec![Wish::Copy(self.tree.path(at))];
        }
        if self.tree.is_masked(at) {
            return vec![Wish::Notice(
                "! a secret is masked here; m shows it, then it can be copied".to_owned(),
            )];
        }
        vec![Wish::Copy(self.tree.value(at))]
    }
}

impl Sheet for TreePage {
    fn context(&self) -> Context {
        if self.tree.typing() { Context::Input } else { Context::Tree }
    }

    fn act(&mut self, action: Action, page: usize, _: Scene<'_>) -> Vec<Wish> {
        match action {
            Action::Back if !self.tree.typing() && !self.tree.back() => return vec![Wish::Back],
            Action::Refresh => self.ask(),
            Action::Copy => return self.copy(false),
            Action::CopyPath => return self.copy(true),
            action => return self.tree.act(action, page).map(Wish::Notice).into_iter().collect(),
        }
        Vec::new()
    }

    fn key(&mut self, event: &KeyEvent, _: Scene<'_>) -> Vec<Wish> {
        self.tree.key(event);
        Vec::new()
    }

    fn paste(&mut self, text: &str, _: Scene<'_>) {
        self.tree.paste(text);
    }

    fn click(&mut self, at: Position, area: Rect, _: Scene<'_>) -> Vec<Wish> {
        if inside(area).contains(at) {
            self.tree.click(usize::from(at.y - inside(area).y));
        }
        Vec::new()
    }

    fn wheel(&mut self, by: isize, _: Position, area: Rect, _: Scene<'_>) {
        self.tree.cursor.scroll(by, self.tree.rows.len(), inside(area).height.into());
    }

    fn follow(&mut self, area: Rect, _: Scene<'_>) {
        self.tree.cursor.follow(self.tree.rows.len(), inside(area).height.into());
    }

    fn draw(&self, area: Rect, scene: Scene<'_>, frame: &mut Frame<'_>) {
        let (name, wait, none) = match self.what {
            What::Image | What::Container => ("Inspect", "asking the engine …", "nothing is told"),
            What::Changes => (
                "Changes",
                "the engine compares the container with its image …",
                "it changed nothing in its own files",
            ),
        };
        let edge = frame::Frame {
            title: format!("{name} · {}", self.title),
            position: self.tree.cursor.position(self.tree.rows.len()),
            selected: self.tree.selected().map(|at| self.tree.path(at)).unwrap_or_default(),
            totals: self.totals(),
            focused: true,
        };
        frame.render_widget(edge.foreign().block(area.width, scene.theme), area);
        self.tree.draw(scene.theme, inside(area), frame);
        if self.tree.nodes.is_empty() {
            self.heard.draw(wait, none, scene.theme, inside(area), frame);
        }
    }

    fn typing(&self, area: Rect, scene: Scene<'_>, frame: &mut Frame<'_>) -> bool {
        self.tree.draw_typing(scene.theme, area, frame)
    }

    fn state(&self, _: Scene<'_>) -> Option<String> {
        let failed = match &self.heard {
            Heard::Failed(why) if !self.tree.nodes.is_empty() => Some(format!("! {why}")),
            _ => None,
        };
        failed.or_else(|| self.tree.searched())
    }
}

impl Watcher for TreePage {
    fn seen(&mut self, seen: Seen, _: Scene<'_>) {
        let nodes = match seen {
            Seen::Inspected(told) => told.map(|value| Node::document(&value)),
            Seen::Changes(told) => told.map(|(changes, bytes)| {
                (self.changes, self.bytes) = (changes, bytes);
                Node::paths(&self.changes)
            }),
            Seen::Stats(stats) => {
                for (at, stat) in stats {
                    if let Some(change) = self.changes.get_mut(at) {
                        change.stat = stat.or(change.stat.take());
                    }
                }
                Ok(Node::paths(&self.changes))
            }
            _ => return,
        };
        self.heard = match nodes {
            Ok(nodes) => {
                self.tree.replace(nodes);
                if let Some(goal) = self.goal.take() {
                    self.tree.go_to(&goal);
                }
                Heard::All
            }
            Err(why) => Heard::Failed(why),
        };
    }

    fn asks(&mut self) -> Vec<Watch> {
        std::mem::take(&mut self.asks)
    }
}
