//! The verdict as lines for a terminal or a log.

use std::io::{self, Write};

use super::{amount, heading, name, part, parts, summary};
use crate::analysis::ci::{Checked, Part, Status, Verdict};
use crate::image::Image;
use crate::report::size::human;
use crate::report::table::{self, Cell, Column, Kind, Look, Paint};

const RULES: [Column; 5] = [
    Column { title: "", kind: Kind::Words, least: None },
    Column { title: "RULE", kind: Kind::Words, least: None },
    Column { title: "ACTUAL", kind: Kind::Number, least: None },
    Column { title: "LIMIT", kind: Kind::Number, least: Some(8) },
    Column { title: "", kind: Kind::Words, least: Some(20) },
];

const PARTS: [Column; 4] = [
    Column { title: "BYTES", kind: Kind::Number, least: None },
    Column { title: "PATH", kind: Kind::Name, least: Some(16) },
    Column { title: "SHIPPED BY", kind: Kind::Words, least: Some(16) },
    Column { title: "THEN", kind: Kind::Words, least: Some(16) },
];

/// What each rule came to and, for those that failed, what weighs most.
pub fn text(image: &Image, verdict: &Verdict, look: Look, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", name(image))?;
    let row = |rule: &Checked| {
        let (word, paint) = match rule.status {
            Status::Pass => ("pass", Paint::Good),
            Status::Fail => ("FAIL", Paint::Bad),
            Status::Skip => ("skip", Paint::Faint),
        };
        vec![
            Cell::new(word).painted(paint),
            Cell::new(rule.name),
            Cell::new(&amount(&rule.actual)),
            Cell::new(&amount(&rule.limit)),
            Cell::new(&rule.detail),
        ]
    };
    let rows: Vec<_> = verdict.rules.iter().map(row).collect();
    table::write(&RULES, &rows, look, out)?;
    for (rule, parts) in parts(verdict).into_iter().filter(|(_, parts)| !parts.is_empty()) {
        writeln!(out, "\n{}: {}", rule.name, heading(rule))?;
        let row = |one: &Part| {
            let [path, layer, fate] = part(image, one);
            let bytes = if one.bytes > 0 { human(one.bytes) } else { String::new() };
            vec![Cell::new(&bytes), Cell::new(&path), Cell::new(&layer), Cell::new(&fate)]
        };
        let rows: Vec<_> = parts.iter().map(row).collect();
        table::write(&PARTS, &rows, look, out)?;
    }
    writeln!(out, "\n{}", summary(verdict))
}
