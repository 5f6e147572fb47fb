//! Where tables go: how wide they may be, whether in colour, and what else has to be said.

use std::io::{self, IsTerminal, Write};

use super::args::{Color, Look};
use crate::report::sanitise::sanitise;
use crate::report::table;
use crate::tui::term;

/// How a table on standard output may look.
pub(super) fn look(look: &Look) -> table::Look {
    let terminal = io::stdout().is_terminal();
    let colour = match look.color {
        Color::Auto => terminal && look.color.wanted(),
        sure => sure.wanted(),
    };
    table::Look { width: terminal.then(term::columns).flatten(), colour }
}

/// Says what could not be found out, beside what could.
pub(super) fn problems(problems: &[String]) {
    for problem in problems {
        let _ = writeln!(io::stderr(), "hadal: {}", sanitise(problem.as_bytes()));
    }
}

/// What is lost on a reader who went away is no error where the work is what was wanted.
pub(super) fn unless_nobody_reads(told: io::Result<()>) -> io::Result<()> {
    told.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}
