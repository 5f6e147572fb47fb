//! Which lines are in sight, where lines take one row or many.

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The selected line.
    pub at: usize,
    /// The first line in sight, and how many of its rows are above the window.
    pub top: usize,
    pub skipped: usize,
}

/// How many lines there are, the rows of each, and the rows of the window.
#[derive(Clone, Copy)]
pub struct Room<'a> {
    pub lines: usize,
    pub rows: usize,
    pub height: &'a dyn Fn(usize) -> usize,
}

impl std::fmt::Debug for Room<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} lines in {} rows", self.lines, self.rows)
    }
}

impl Window {
    /// Keeps the selected line in sight, and no emptiness below the last one.
    pub fn follow(&mut self, room: Room<'_>) {
        let Some(last) = room.lines.checked_sub(1) else {
            *self = Window::default();
            return;
        };
        self.at = self.at.min(last);
        self.top = self.top.min(last);
        if self.at < self.top {
            (self.top, self.skipped) = (self.at, 0);
        }
        self.skipped = self.skipped.min((room.height)(self.top).saturating_sub(1));
        if self.at > self.top && !self.shows(self.at, room) {
            match (room.height)(self.at) >= room.rows {
                true => (self.top, self.skipped) = (self.at, 0),
                false => self.end_with(self.at, room),
            }
        }
        if self.rows_from_top(last, room) < room.rows {
            self.end_with(last, room);
        }
    }

    /// Makes a line the lowest in sight.
    pub fn end_with(&mut self, line: usize, room: Room<'_>) {
        let (mut at, mut used) = (line, 0);
        loop {
            used += (room.height)(at);
            if used >= room.rows || at == 0 {
                (self.top, self.skipped) = (at, used.saturating_sub(room.rows));
                return;
            }
            at -= 1;
        }
    }

    /// Rows from the top of the window to the end of a line; no more are counted than a bit over the window.
    fn rows_from_top(&self, line: usize, room: Room<'_>) -> usize {
        let mut used = 0;
        for at in self.top..=line {
            used += (room.height)(at);
            if used > room.rows + self.skipped {
                break;
            }
        }
        used.saturating_sub(self.skipped)
    }

    /// Whether a line at or below the top is in sight to its end.
    fn shows(&self, line: usize, room: Room<'_>) -> bool {
        line - self.top < room.rows && self.rows_from_top(line, room) <= room.rows
    }

    /// One line further, or one row within a line that is higher than the window.
    pub fn step(&mut self, down: bool, room: Room<'_>) {
        if down && self.at == self.top && (room.height)(self.at) > room.rows + self.skipped {
            self.skipped += 1;
        } else if down {
            self.at = (self.at + 1).min(room.lines.saturating_sub(1));
        } else if self.at == self.top && self.skipped > 0 {
            self.skipped -= 1;
        } else {
            self.at = self.at.saturating_sub(1);
        }
    }

    /// Moves the window by rows, and the selected line as far as it must.
    pub fn scroll(&mut self, by: isize, room: Room<'_>) {
        let Some(last) = room.lines.checked_sub(1) else { return };
        self.top = self.top.min(last);
        let mut left = by.unsigned_abs();
        while left > 0 {
            let rows = (room.height)(self.top);
            match by > 0 {
                true if self.skipped + left < rows => self.skipped += std::mem::take(&mut left),
                true if self.top == last => break,
                true => {
                    left -= rows.saturating_sub(self.skipped).min(left);
                    (self.top, self.skipped) = (self.top + 1, 0);
                }
                false if self.skipped > 0 => {
                    let here = left.min(self.skipped);
                    self.skipped -= here;
                    left -= here;
                }
                false if self.top == 0 => break,
                false => {
                    self.top -= 1;
                    self.skipped = (room.height)(self.top);
                }
            }
        }
        self.fill(room);
        self.at = self.at.clamp(self.top, self.last_shown(room));
    }

    fn fill(&mut self, room: Room<'_>) {
        if let Some(last) = room.lines.checked_sub(1)
            && self.rows_from_top(last, room) < room.rows
        {
            self.end_with(last, room);
        }
    }

    /// The last line that is in sight to its end.
    pub fn last_shown(&self, room: Room<'_>) -> usize {
        let mut line = self.top;
        while line + 1 < room.lines && self.shows(line + 1, room) {
            line += 1;
        }
        line
    }

    /// The line in a row of the window.
    pub fn line_at(&self, row: usize, room: Room<'_>) -> Option<usize> {
        let mut below = row + self.skipped;
        for line in self.top..room.lines {
            let rows = (room.height)(line);
            if below < rows {
                return Some(line);
            }
            below -= rows;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of one row, but for line 5, which has ten.
    fn room(lines: usize, rows: usize) -> Room<'static> {
        Room { lines, rows, height: &|line| if line == 5 { 10 } else { 1 } }
    }

    fn window(at: usize, top: usize, skipped: usize) -> Window {
        Window { at, top, skipped }
    }

    #[test]
    fn the_selected_line_stays_in_sight() {
        for (before, lines, rows, after) in [
            (window(3, 0, 0), 5, 4, window(3, 0, 0)),
            (window(4, 0, 0), 5, 4, window(4, 1, 0)),
            (window(0, 3, 0), 5, 4, window(0, 0, 0)),
            (window(9, 9, 0), 5, 4, window(4, 1, 0)),
            (window(5, 0, 0), 20, 4, window(5, 5, 0)),
            (window(6, 0, 0), 20, 4, window(6, 5, 7)),
            (window(5, 5, 20), 20, 4, window(5, 5, 9)),
            (window(2, 2, 0), 3, 9, window(2, 0, 0)),
            (window(2, 2, 0), 0, 9, window(0, 0, 0)),
        ] {
            let mut window = before;
            window.follow(room(lines, rows));
            assert_eq!(window, after, "{before:?} of {lines} in {rows}");
        }
    }

    #[test]
    fn steps_go_through_high_lines() {
        let room = room(20, 4);
        let mut window = window(4, 2, 0);
        let mut seen = Vec::new();
        for _ in 0..9 {
            window.step(true, room);
            window.follow(room);
            seen.push((window.at, window.top, window.skipped));
        }
        assert_eq!(seen[..3], [(5, 5, 0), (5, 5, 1), (5, 5, 2)]);
        assert_eq!(seen[6..], [(5, 5, 6), (6, 5, 7), (7, 5, 8)]);
    }

    #[test]
    fn pages_go_by_rows() {
        let room = room(20, 4);
        let mut window = window(0, 0, 0);
        window.scroll(4, room);
        assert_eq!(window, self::window(4, 4, 0));
        window.scroll(4, room);
        assert_eq!(window, self::window(5, 5, 3));
        window.scroll(100, room);
        assert_eq!(window, self::window(16, 16, 0));
        window.scroll(-12, room);
        assert_eq!((window.top, window.skipped), (5, 8));
        window.scroll(-100, room);
        assert_eq!((window.top, window.at), (0, 3));
        assert_eq!(window.line_at(2, room), Some(2));
        assert_eq!(self::window(5, 5, 8).line_at(2, room), Some(6));
        assert_eq!(self::window(19, 19, 0).line_at(2, room), None);
    }
}
