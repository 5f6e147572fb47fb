//! Text in terminal cells: wide and combining characters keep their columns.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Cells that `text` takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` cut to at most `cells`, with an ellipsis where something is missing.
pub fn cut(text: &str, cells: usize) -> Cow<'_, str> {
    if text.width() <= cells {
        return Cow::Borrowed(text);
    }
    if cells == 0 {
        return Cow::Borrowed("");
    }
    let mut out = String::new();
    let mut used = 0;
    for character in text.chars() {
        let wide = character.width().unwrap_or(0);
        if used + wide > cells - 1 {
            break;
        }
        used += wide;
        out.push(character);
    }
    out.push('…');
    Cow::Owned(out)
}

/// `text` cut to at most `cells` by leaving out its middle: names tell most at their ends.
pub fn cut_middle(text: &str, cells: usize) -> Cow<'_, str> {
    if text.width() <= cells || cells < 8 {
        return cut(text, cells);
    }
    let tail = cut_start(text, cells / 2);
    // Both ends get an ellipsis when cut; one is enough.
    let head = cut(text, cells - tail.width() + 1);
    Cow::Owned(format!("{}{tail}", head.strip_suffix('…').unwrap_or(&head)))
}

/// `text` cut to at most `cells` by leaving out its start: of a path, the end says which file it is.
pub fn cut_start(text: &str, cells: usize) -> Cow<'_, str> {
    if text.width() <= cells {
        return Cow::Borrowed(text);
    }
    let mut used = 1;
    let start = text.char_indices().rev().find(|(_, character)| {
        used += character.width().unwrap_or(0);
        used > cells
    });
    let start = start.map_or(0, |(at, character)| at + character.len_utf8());
    // A mark that combines with what was cut off has nothing to stand on.
    let rest = text[start..].trim_start_matches(|character: char| character.width() == Some(0));
    if cells == 0 { Cow::Borrowed("") } else { Cow::Owned(format!("…{rest}")) }
}
