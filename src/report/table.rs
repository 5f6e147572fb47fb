//! Tables for people: as wide as they need, or as a terminal lets them, and safe to print whatever is in them.

use std::io::{self, Write};

use super::cells::{cut, cut_middle, width};
use super::sanitise::sanitise;

/// Blanks between two columns.
const GAP: usize = 2;

/// What a cell is about, where colours may say so too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paint {
    #[default]
    Plain,
    Good,
    Bad,
    Busy,
    Faint,
}

impl Paint {
    /// A colour of the terminal's own.
    fn code(self) -> Option<&'static str> {
        match self {
            Paint::Plain => None,
            Paint::Good => Some("32"),
            Paint::Bad => Some("31"),
            Paint::Busy => Some("33"),
            Paint::Faint => Some("2"),
        }
    }
}

/// How a table may look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Cells of a line; as many as needed without it.
    pub width: Option<usize>,
    pub colour: bool,
}

/// A column and how it is written.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub title: &'static str,
    pub kind: Kind,
    /// Cells that it keeps when there is too little room; the title's at least. All it needs when `None`.
    pub least: Option<usize>,
}

/// What a column is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Cut at the end.
    Words,
    /// Cut in the middle: both ends tell much.
    Name,
    /// Ends where its column ends.
    Number,
}

/// A text of a table, sanitised.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    text: String,
    paint: Paint,
}

impl Cell {
    pub fn new(text: &str) -> Cell {
        Cell { text: sanitise(text.as_bytes()).into_owned(), paint: Paint::Plain }
    }

    #[must_use]
    pub fn painted(self, paint: Paint) -> Cell {
        Cell { paint, ..self }
    }
}

/// Writes a table with its titles. A row may have fewer cells than there are columns; a column with nothing in it is
/// left out.
pub fn write(columns: &[Column], rows: &[Vec<Cell>], look: Look, out: &mut dyn Write) -> io::Result<()> {
    let widths = widths(columns, rows, look.width);
    let titles: Vec<Cell> =
        columns.iter().map(|column| Cell::new(column.title).painted(Paint::Faint)).collect();
    for row in std::iter::once(&titles).chain(rows) {
        let (mut line, mut blanks) = (String::new(), 0);
        let cells = row.iter().zip(columns).zip(&widths);
        for ((cell, column), room) in cells.filter(|(_, room)| **room > 0) {
            let text = match column.kind {
                Kind::Name => cut_middle(&cell.text, *room),
                Kind::Words | Kind::Number => cut(&cell.text, *room),
            };
            let right = column.kind == Kind::Number;
            let rest = room.saturating_sub(width(&text));
            if text.is_empty() {
                blanks += rest + GAP;
                continue;
            }
            // Blanks are written only before something, so that no line ends with them.
            let before = blanks + if right { rest } else { 0 };
            line.extend(std::iter::repeat_n(' ', before));
            match cell.paint.code().filter(|_| look.colour) {
                Some(code) => line.extend(["\x1b[", code, "m", &text, "\x1b[0m"]),
                None => line += &text,
            }
            blanks = GAP + if right { 0 } else { rest };
        }
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// What each column needs, less what is too much: the widest gives first.
fn widths(columns: &[Column], rows: &[Vec<Cell>], room: Option<usize>) -> Vec<usize> {
    let needs = |(at, column): (usize, &Column)| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| width(&cell.text));
        let most = cells.max().unwrap_or(0);
        if most == 0 && !rows.is_empty() { 0 } else { most.max(width(column.title)) }
    };
    let mut widths: Vec<usize> = columns.iter().enumerate().map(needs).collect();
    let Some(room) = room else { return widths };
    let gaps = GAP * widths.iter().filter(|width| **width > 0).count().saturating_sub(1);
    let mut over = (widths.iter().sum::<usize>() + gaps).saturating_sub(room);
    while over > 0 {
        let spare = |at: usize| {
            let least = columns[at].least.map(|least| least.max(width(columns[at].title)));
            widths[at].saturating_sub(least.unwrap_or(widths[at]))
        };
        let widest = (0..columns.len()).filter(|at| spare(*at) > 0).max_by_key(|at| widths[*at]);
        let Some(widest) = widest else { break };
        widths[widest] -= 1;
        over -= 1;
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [
        Column { title: "NAME", kind: Kind::Name, least: Some(8) },
        Column { title: "SIZE", kind: Kind::Number, least: None },
        Column { title: "NOTE", kind: Kind::Words, least: Some(5) },
    ];

    fn written(look: Look) -> String {
        let cells = |texts: &[&str]| texts.iter().map(|text| Cell::new(text)).collect::<Vec<_>>();
        let rows = [
            cells(&["registry.example/shop/api:1.4", "1.2 GB", "dangling"]),
            cells(&["漢字\u{1b}[31m", "7 B"]),
            vec![Cell::new("db"), Cell::new("612 MB"), Cell::new("dead").painted(Paint::Bad)],
        ];
        let mut out = Vec::new();
        write(&COLUMNS, &rows, look, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_as_wide_as_they_need() {
        assert_eq!(
            written(Look::default()),
            "NAME                             SIZE  NOTE\n\
             registry.example/shop/api:1.4  1.2 GB  dangling\n\
             漢字\\x1b[31m                      7 B\n\
             db                             612 MB  dead\n"
        );
    }

    #[test]
    fn the_widest_column_gives_first() {
        let narrow = written(Look { width: Some(30), colour: false });
        assert!(narrow.lines().all(|line| width(line) <= 30), "{narrow}");
        assert!(narrow.contains("  1.2 GB  dangl"), "{narrow}");
        // What cannot be cut stays whole.
        assert!(written(Look { width: Some(3), colour: false }).contains("612 MB"));
    }

    #[test]
    fn columns_with_nothing_in_them_are_left_out() {
        let rows = [vec![Cell::new("db"), Cell::new(""), Cell::new("dead")]];
        let mut out = Vec::new();
        write(&COLUMNS, &rows, Look::default(), &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "NAME  NOTE\ndb    dead\n");
    }

    #[test]
    fn colours_are_only_there_when_wanted() {
        assert!(!written(Look::default()).contains('\x1b'));
        assert!(written(Look { width: None, colour: true }).contains("\x1b[31mdead\x1b[0m\n"));
    }
}
