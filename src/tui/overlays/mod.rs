//! What is drawn over a screen: a title and lines to scroll through.

mod dockerfile;
mod entry;
mod finding;
pub mod help;
mod image;
mod layer;
mod problems;
mod secret;

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::action::Context;
use super::keymap::Keymap;
use super::screens::explorer::{Explorer, Pane};
use super::theme::Theme;
use super::widgets::popup;

/// Which overlay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Help,
    Problems,
    Image,
    Dockerfile,
    /// All about what is selected: a layer, a step, a secret, a mistake or a path.
    Details,
}

/// An open overlay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlay {
    pub kind: Kind,
    /// The first line in sight.
    pub offset: usize,
}

/// What overlays tell about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub keymap: &'a Keymap,
    pub context: Context,
    pub explorer: &'a Explorer,
}

impl Kind {
    /// Its title; that of the keys says what two of them have changed.
    pub fn title(self, explorer: &Explorer, theme: &Theme, mouse: bool) -> String {
        match self {
            Kind::Help => {
                format!(" Keys · theme {} · mouse {} ", theme.name(), if mouse { "on" } else { "off" })
            }
            Kind::Problems => " Problems ".to_owned(),
            Kind::Image => " Image ".to_owned(),
            Kind::Dockerfile => " Dockerfile, as far as the history tells ".to_owned(),
            Kind::Details if explorer.pane == Pane::Layers => " Layer ".to_owned(),
            Kind::Details if is_secret(explorer) => " Secret ".to_owned(),
            Kind::Details if is_finding(explorer) => " Waste ".to_owned(),
            Kind::Details => " Path ".to_owned(),
        }
    }

    /// Its lines on a screen of this size, and the box they go into.
    pub fn lines(self, subject: Subject<'_>, screen: Rect, theme: &Theme) -> (Vec<Line<'static>>, Rect) {
        let wanted = match self {
            Kind::Help => 76,
            _ => 110,
        };
        let cells = usize::from(popup::area(screen, wanted, 0).width).saturating_sub(2);
        let explorer = subject.explorer;
        let lines = match self {
            Kind::Help => help::lines(subject.keymap, subject.context, theme, cells),
            Kind::Problems => problems::lines(explorer, theme, cells),
            Kind::Image => image::lines(explorer, theme, cells),
            Kind::Dockerfile => dockerfile::lines(explorer, theme, cells),
            Kind::Details if explorer.pane == Pane::Layers => layer::lines(explorer, theme, cells),
            Kind::Details if is_secret(explorer) => secret::lines(explorer, theme, cells),
            Kind::Details if is_finding(explorer) => finding::lines(explorer, theme, cells),
            Kind::Details => entry::lines(explorer, theme, cells),
        };
        let area = popup::area(screen, wanted, lines.len());
        (lines, area)
    }
}

fn is_secret(explorer: &Explorer) -> bool {
    explorer.pane == Pane::Waste && explorer.waste.secret(&explorer.facts).is_some()
}

/// Whether a mistake is selected, rather than a place where its files are.
fn is_finding(explorer: &Explorer) -> bool {
    explorer.pane == Pane::Waste && !explorer.waste.is_place()
}
