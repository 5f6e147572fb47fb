//! Text of logs as rules read it: without escape sequences and control characters.

/// Characters that are kept of one line.
const KEPT: usize = 2000;

/// The visible text of a line. A carriage return in it is kept visible, as `\r`: it is often what is wrong. What a
/// progress bar wrote over is dropped when the line is long.
pub fn plain(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let mut out = String::with_capacity(text.len().min(KEPT * 4));
    let mut characters = text.chars().peekable();
    let mut count = 0;
    while let Some(character) = characters.next() {
        match character {
            '\x1b' => {
                skip_sequence(&mut characters);
                continue;
            }
            '\u{9b}' => {
                skip_parameters(&mut characters);
                continue;
            }
            '\t' => out.push('\t'),
            '\r' if characters.peek().is_none() => {}
            '\r' if count > KEPT / 4 => {
                out.clear();
                count = 0;
            }
            '\r' => out.push_str("\\r"),
            character if character.is_control() => continue,
            character => out.push(character),
        }
        count += 1;
        if count == KEPT {
            out.push('…');
            break;
        }
    }
    out
}

type Characters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// What follows upon an escape.
fn skip_sequence(characters: &mut Characters<'_>) {
    match characters.next() {
        Some('[') => skip_parameters(characters),
        // A string, up to its end; never the whole line for one that has none.
        Some(']' | 'P' | '_' | '^' | 'X') => {
            for _ in 0..KEPT {
                match characters.next() {
                    None | Some('\x07' | '\u{9c}') => return,
                    Some('\x1b') => {
                        characters.next_if_eq(&'\\');
                        return;
                    }
                    Some(_) => {}
                }
            }
        }
        Some('(' | ')' | '#' | '%') => drop(characters.next()),
        _ => {}
    }
}

/// Numbers of a sequence, and the letter that ends it.
fn skip_parameters(characters: &mut Characters<'_>) {
    for _ in 0..64 {
        match characters.next() {
            None | Some('\x40'..='\x7e') => return,
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lose_what_is_not_text() {
        for (raw, text) in [
            (&b"plain"[..], "plain"),
            (b"\x1b[1;31mERROR\x1b[0m: x\r", "ERROR: x"),
            (b"\x1b]0;title\x07after", "after"),
            (b"env: 'sh\r': no", "env: 'sh\\r': no"),
            (b"a\x00b\x08c\xff", "abc\u{fffd}"),
            (b"\x1b", ""),
            (b"\x1b[999", ""),
        ] {
            assert_eq!(plain(raw), text);
        }
        let endless = vec![b'x'; 1 << 20];
        assert_eq!(plain(&endless).chars().count(), KEPT + 1);
        let bar = b"10%\r".repeat(1000);
        assert!(plain(&bar).len() < KEPT * 2);
        assert_eq!(plain(&[&b"\x1b]"[..], &endless].concat()).chars().count(), KEPT + 1);
    }
}
