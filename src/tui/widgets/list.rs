//! A cursor in a list of which only a window is drawn.

/// Which row is selected, and which row is the first in sight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    pub at: usize,
    pub offset: usize,
}

impl Cursor {
    /// Moves by rows, stopping at the ends.
    pub fn step(&mut self, by: isize, rows: usize) {
        self.at = self.at.saturating_add_signed(by).min(rows.saturating_sub(1));
    }

    /// Keeps the selected row in a window of `height` rows, and no emptiness below the last one.
    pub fn follow(&mut self, rows: usize, height: usize) {
        self.at = self.at.min(rows.saturating_sub(1));
        if height == 0 {
            return;
        }
        self.offset = self.offset.min(rows.saturating_sub(height));
        if self.at < self.offset {
            self.offset = self.at;
        } else if self.at >= self.offset + height {
            self.offset = self.at + 1 - height;
        }
    }

    /// `3/14`, or nothing in an empty list.
    pub fn position(&self, rows: usize) -> String {
        if rows == 0 { String::new() } else { format!("{}/{rows}", self.at + 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_follows() {
        let mut cursor = Cursor::default();
        cursor.step(7, 10);
        cursor.follow(10, 4);
        assert_eq!(cursor, Cursor { at: 7, offset: 4 });
        cursor.step(-6, 10);
        cursor.follow(10, 4);
        assert_eq!(cursor, Cursor { at: 1, offset: 1 });
        cursor.step(99, 10);
        cursor.follow(10, 4);
        assert_eq!(cursor, Cursor { at: 9, offset: 6 });
        cursor.follow(2, 4);
        assert_eq!(cursor, Cursor { at: 1, offset: 0 });
        cursor.follow(0, 4);
        assert_eq!(cursor, Cursor::default());
    }
}
