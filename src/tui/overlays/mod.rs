//! What is drawn over a screen: a title and lines to scroll through.

pub mod help;
pub mod problems;

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::action::Context;
use super::keymap::Keymap;
use super::theme::Theme;
use super::widgets::popup;
use crate::image::tree::Problem;

/// Which overlay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Help,
    Problems,
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
    pub problems: &'a [Problem],
}

impl Kind {
    /// Its title; that of the keys says what two of them have changed.
    pub fn title(self, theme: &Theme, mouse: bool) -> String {
        match self {
            Kind::Help => {
                format!(" Keys · theme {} · mouse {} ", theme.name(), if mouse { "on" } else { "off" })
            }
            Kind::Problems => " Problems ".to_owned(),
        }
    }

    /// Its lines on a screen of this size, and the box they go into.
    pub fn lines(self, subject: Subject<'_>, screen: Rect, theme: &Theme) -> (Vec<Line<'static>>, Rect) {
        let wanted = match self {
            Kind::Help => 64,
            Kind::Problems => 100,
        };
        let cells = popup::area(screen, wanted, 0).width as usize;
        let lines = match self {
            Kind::Help => help::lines(subject.keymap, subject.context, theme),
            Kind::Problems => problems::lines(subject.problems, theme, cells.saturating_sub(2)),
        };
        let area = popup::area(screen, wanted, lines.len());
        (lines, area)
    }
}
