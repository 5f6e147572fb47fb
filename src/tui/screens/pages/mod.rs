//! The pages about one object: what the engine says of it, its processes, what it uses, what it changed.

pub mod processes;
pub mod stats;
pub mod tree;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::{Sheet, Watcher};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{foreign, wrap};
use crate::tui::wish::Page;
pub use processes::Processes;
pub use stats::Stats;
use tree::{TreePage, What};

/// One of them.
#[derive(Clone, Debug)]
pub enum Pages {
    Tree(Box<TreePage>),
    Processes(Processes),
    Stats(Stats),
}

impl Pages {
    /// A page about the object with this id; `title` is what people call it.
    pub fn new(page: Page, id: String, title: String) -> Pages {
        match page {
            Page::InspectImage => Pages::Tree(Box::new(TreePage::new(What::Image, id, title))),
            Page::InspectContainer => Pages::Tree(Box::new(TreePage::new(What::Container, id, title))),
            Page::Changes => Pages::Tree(Box::new(TreePage::new(What::Changes, id, title))),
            Page::Processes => Pages::Processes(Processes::new(id, title)),
            Page::Stats => Pages::Stats(Stats::new(vec![id])),
        }
    }

    pub fn sheet(&self) -> &dyn Sheet {
        match self {
            Pages::Tree(page) => page.as_ref(),
            Pages::Processes(page) => page,
            Pages::Stats(page) => page,
        }
    }

    pub fn watcher(&mut self) -> &mut dyn Watcher {
        match self {
            Pages::Tree(page) => page.as_mut(),
            Pages::Processes(page) => page,
            Pages::Stats(page) => page,
        }
    }
}

/// How the engine answered.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Heard {
    /// Not yet.
    Nothing,
    All,
    Failed(String),
}

impl Heard {
    /// Says so on a page that has nothing else to show.
    fn draw(&self, wait: &str, none: &str, theme: &Theme, area: Rect, frame: &mut Frame<'_>) {
        let (text, role) = match self {
            Heard::Nothing => (wait, Role::Dim),
            Heard::All => (none, Role::Dim),
            Heard::Failed(why) => (why.as_str(), Role::Error),
        };
        let lines = wrap(&foreign(text.as_bytes()), usize::from(area.width).saturating_sub(2), 8);
        let lines = lines.into_iter().map(|line| Line::styled(format!(" {line}"), theme.of(role)));
        frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), area);
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
