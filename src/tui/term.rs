//! The terminal: taken over, and given back whatever happens.

use std::io::{self, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::msg::COPY_LIMIT;
use crate::report::sanitise::sanitise;

pub type Screen = Terminal<CrosstermBackend<Stdout>>;

static TAKEN: AtomicBool = AtomicBool::new(false);

/// Takes the terminal over, with or without the mouse. The returned screen knows nothing of what is on it and so
/// paints everything.
pub fn enter(mouse: bool) -> io::Result<Screen> {
    enable_raw_mode()?;
    // Whether there are colours is up to the theme. Left to itself the library would drop them at NO_COLOR, and with
    // them every other attribute.
    crossterm::style::force_color_output(true);
    TAKEN.store(true, Ordering::SeqCst);
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
    if mouse {
        take_mouse(true);
    }
    Terminal::new(CrosstermBackend::new(io::stdout()))
}

/// How many cells a line of the terminal has, where there is one.
pub fn columns() -> Option<usize> {
    crossterm::terminal::size().ok().map(|(columns, _)| columns.into())
}

/// Gives the terminal back; does nothing when it is not taken.
pub fn leave() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let mut out = io::stdout();
        // Each step is tried whatever became of the one before: half a restoration is better than none.
        // The mouse is given back whether or not it was taken.
        let _ = execute!(out, DisableMouseCapture);
        let _ = execute!(out, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
        let _ = disable_raw_mode();
        let _ = out.flush();
    }
}

/// Leaves on drop, so that no early return forgets it.
#[derive(Debug)]
pub struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        leave();
    }
}

/// A panic of this thread gives the terminal back before its message is printed. Panics of other threads are
/// answers of their jobs, and must not write over the screen.
pub fn install_panic_hook() {
    let screen = std::thread::current().id();
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == screen {
            leave();
            previous(info);
        } else if !TAKEN.load(Ordering::SeqCst) {
            previous(info);
        }
    }));
}

/// Takes the mouse, or leaves it to the terminal's own selection. Without it everything still works.
pub fn take_mouse(wanted: bool) {
    if wanted {
        let _ = execute!(io::stdout(), EnableMouseCapture);
        // Movement without a button pressed is not wanted: it would wake the program for nothing.
        #[cfg(unix)]
        let _ = execute!(io::stdout(), crossterm::style::Print("\x1b[?1003l\x1b[?1002h"));
    } else {
        let _ = execute!(io::stdout(), DisableMouseCapture);
    }
}

/// Puts a text on the clipboard of the terminal, also a distant one.
pub fn copy(text: &str) {
    if let Some(sequence) = clipboard(text) {
        let mut out = io::stdout();
        let _ = out.write_all(sequence.as_bytes()).and_then(|()| out.flush());
    }
}

/// The sequence (OSC 52) that hands a text over. Where it is pasted, a control character could be a command.
fn clipboard(text: &str) -> Option<String> {
    let text = sanitise(text.as_bytes());
    (text.len() <= COPY_LIMIT).then(|| format!("\x1b]52;c;{}\x07", STANDARD.encode(text.as_bytes())))
}

/// Whether a shell looks after this process, and would continue it: it is in a group of its own, of the session of
/// its parent.
#[cfg(unix)]
pub fn is_job() -> bool {
    use rustix::process::{getpgrp, getppid, getsid};
    let Ok(session) = getsid(None) else { return false };
    getpgrp() != session && getppid().is_some_and(|parent| getsid(Some(parent)) == Ok(session))
}

#[cfg(not(unix))]
pub fn is_job() -> bool {
    false
}

/// Stops the program and what runs with it, as Ctrl-Z does in a terminal that is not taken over, and returns when
/// it is continued. SIGTSTP is listened to, so it would not stop; SIGSTOP stops even where nobody is there to
/// continue, so [`is_job`] is to be asked before.
#[cfg(unix)]
pub fn stop() {
    let _ = rustix::process::kill_current_process_group(rustix::process::Signal::STOP);
}

#[cfg(not(unix))]
pub fn stop() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_is_bounded_and_commands_nothing() {
        assert_eq!(clipboard("/etc/ü"), Some("\x1b]52;c;L2V0Yy/DvA==\x07".to_owned()));
        let evil = clipboard("a\nb\x1b]").map(|sequence| sequence.replace(['\x1b', '\x07'], ""));
        assert_eq!(evil, Some(format!("]52;c;{}", STANDARD.encode("a\\nb\\x1b]"))));
        assert!(clipboard(&"x".repeat(COPY_LIMIT)).is_some());
        assert_eq!(clipboard(&"x".repeat(COPY_LIMIT + 1)), None);
    }
}
