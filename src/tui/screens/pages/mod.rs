//! The pages about one object: what the engine says of it, its processes, what it uses, what it changed, why it died.

pub mod diagnosis;
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
pub use diagnosis::DiagnosisPage;
pub use processes::Processes;
pub use stats::Stats;
use tree::{TreePage, What};

/// One of them.
#[derive(Clone, Debug)]
pub enum Pages {
    Tree(Box<TreePage>),
    Processes(Processes),
    Stats(Stats),
    Diagnosis(Box<DiagnosisPage>),
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
            Page::Diagnosis => Pages::Diagnosis(Box::new(DiagnosisPage::new(id, title))),
        }
    }

    pub fn sheet(&self) -> &dyn Sheet {
        match self {
            Pages::Tree(page) => page.as_ref(),
            Pages::Processes(page) => page,
            Pages::Stats(page) => page,
            Pages::Diagnosis(page) => page.as_ref(),
        }
    }

    /// Goes to a place, as soon as there is such a place.
    pub fn go_to(&mut self, place: String) {
        if let Pages::Tree(page) = self {
            page.go_to(place);
        }
    }

    pub fn watcher(&mut self) -> &mut dyn Watcher {
        match self {
            Pages::Tree(page) => page.as_mut(),
            Pages::Processes(page) => page,
            Pages::Stats(page) => page,
            Pages::Diagnosis(page) => page.as_mut(),
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
