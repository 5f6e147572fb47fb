//! How the width of a table is divided among its columns.

use crate::tui::widgets::cells::width;

/// Cells between two columns.
const GAP: usize = 2;
/// Cells before the first column: the mark.
pub(super) const MARK: usize = 2;

/// On which side of its cells a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub title: &'static str,
    pub align: Align,
    /// Cells without which it says nothing.
    pub min: usize,
    /// Cells that usually suffice.
    pub ideal: usize,
    /// Narrow screens leave out the largest first; 0 stays always.
    pub drop: u8,
    /// Its share of what is left when all have what suffices.
    pub grows: usize,
    /// Whether the largest come first, unless turned around.
    pub falling: bool,
}

impl Column {
    /// A column of names, the smallest first.
    pub const fn text(title: &'static str, min: usize, ideal: usize) -> Column {
        Column { title, align: Align::Left, min, ideal, drop: 0, grows: 0, falling: false }
    }

    /// A column of amounts, the largest first.
    pub const fn amount(title: &'static str, cells: usize) -> Column {
        let align = Align::Right;
        Column { title, align, min: cells, ideal: cells, drop: 0, grows: 0, falling: true }
    }

    #[must_use]
    pub const fn drop(mut self, order: u8) -> Column {
        self.drop = order;
        self
    }

    #[must_use]
    pub const fn grows(mut self, share: usize) -> Column {
        self.grows = share;
        self
    }

    #[must_use]
    pub const fn falling(mut self) -> Column {
        self.falling = true;
        self
    }
}

/// Where a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its place among all columns.
    pub column: usize,
    /// Its first cell, and how many it has.
    pub x: usize,
    pub cells: usize,
}

/// Divides `room` cells among the columns that are not hidden.
pub fn slots(columns: &[Column], hidden: &[usize], room: usize) -> Vec<Slot> {
    let mut shown: Vec<usize> = (0..columns.len()).filter(|at| !hidden.contains(at)).collect();
    let needed = |shown: &[usize]| {
        let cells: usize = shown.iter().map(|at| columns[*at].min + GAP).sum();
        MARK + cells.saturating_sub(GAP)
    };
    while needed(&shown) > room {
        let Some(last) =
            shown.iter().copied().filter(|at| columns[*at].drop > 0).max_by_key(|at| columns[*at].drop)
        else {
            break;
        };
        shown.retain(|at| *at != last);
    }
    let mut left = room.saturating_sub(needed(&shown));
    let mut cells: Vec<usize> = shown.iter().map(|at| columns[*at].min).collect();
    for (cells, at) in cells.iter_mut().zip(&shown) {
        let more = columns[*at].ideal.saturating_sub(*cells).min(left);
        *cells += more;
        left -= more;
    }
    let shares: usize = shown.iter().map(|at| columns[*at].grows).sum();
    let mut given = 0;
    for (cells, at) in cells.iter_mut().zip(&shown) {
        let part = (left * columns[*at].grows).checked_div(shares).unwrap_or(0);
        *cells += part;
        given += part;
    }
    // What does not divide evenly goes to the first that grows.
    if let Some(first) = shown.iter().position(|at| columns[*at].grows > 0) {
        cells[first] += left - given;
    }
    let mut x = MARK;
    let place = |(column, cells): (&usize, usize)| {
        let slot = Slot { column: *column, x, cells };
        x += cells + GAP;
        slot
    };
    shown.iter().zip(cells).map(place).collect()
}

/// The head of a column, with the mark of the order.
pub(super) fn head(column: &Column, cells: usize, order: Option<bool>) -> String {
    let mark = match order {
        Some(true) => "▼",
        Some(false) => "▲",
        None => "",
    };
    let fill = cells.saturating_sub(width(column.title) + width(mark));
    match column.align {
        Align::Left => format!("{}{mark}{:fill$}", column.title, ""),
        Align::Right => format!("{:fill$}{}{mark}", "", column.title),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 4] = [
        Column::text("name", 10, 30).grows(2),
        Column::text("id", 12, 12).drop(2),
        Column::amount("size", 8),
        Column::text("note", 6, 10).drop(1).grows(1),
    ];

    #[test]
    fn narrow_tables_leave_out_what_matters_least() {
        let shown = |room| slots(&COLUMNS, &[], room).iter().map(|slot| slot.column).collect::<Vec<_>>();
        assert_eq!(shown(80), [0, 1, 2, 3]);
        assert_eq!(shown(40), [0, 2, 3]);
        assert_eq!(shown(25), [0, 2]);
        assert_eq!(shown(3), [0, 2], "some columns stay even where they do not fit");
        assert_eq!(slots(&COLUMNS, &[0, 3], 80).len(), 2);
    }

    #[test]
    fn all_cells_are_used() {
        for room in 44..300 {
            let slots = slots(&COLUMNS, &[], room);
            let last = slots.last().unwrap();
            assert_eq!(last.x + last.cells, room, "{room}");
            for pair in slots.windows(2) {
                assert_eq!(pair[0].x + pair[0].cells + GAP, pair[1].x);
            }
        }
    }

    #[test]
    fn heads_say_what_is_sorted_by() {
        assert_eq!(head(&COLUMNS[2], 8, Some(true)), "   size▼");
        assert_eq!(head(&COLUMNS[0], 8, Some(false)), "name▲   ");
        assert_eq!(head(&COLUMNS[0], 8, None), "name    ");
    }
}
