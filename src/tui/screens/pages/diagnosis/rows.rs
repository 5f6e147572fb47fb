//! A verdict as rows: each as wide as the screen lets it, and with the place that it leads to.

use crate::diagnosis::{Diagnosis, Finding, Grade, Origin};
use crate::report::diagnosis::{compared, whence};
use crate::tui::msg::Verdict;
use crate::tui::theme::Role;
use crate::tui::widgets::cells::{foreign, width, wrap};

/// Lines that one text takes at most.
const MOST: usize = 12;
/// Cells of what evidence is from.
const WHENCE: usize = 22;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub spans: Vec<(String, Role)>,
    /// Where its evidence is from.
    pub origin: Option<Origin>,
    /// It is ready to be typed.
    pub command: Option<String>,
}

impl Row {
    /// The command, or what stands here, without what only lays it out.
    pub(super) fn text(&self) -> String {
        let text: String = self.spans.iter().map(|(text, _)| text.as_str()).collect();
        self.command.clone().unwrap_or_else(|| text.trim().to_owned())
    }

    /// Where Enter leads, for the frame.
    pub(super) fn leads_to(&self) -> String {
        match &self.origin {
            Some(Origin::Inspect(pointer)) => format!("⏎ inspect {pointer}"),
            Some(Origin::Log { .. }) => "⏎ its log, there".to_owned(),
            Some(Origin::File { path, layer: Some(layer) }) => format!("⏎ {path} in layer {layer}"),
            Some(Origin::File { path, layer: None }) => format!("⏎ {path} in the image"),
            Some(Origin::Change(path)) => format!("⏎ {path} among the changed files"),
            None if self.command.is_some() => "⏎ copies the command".to_owned(),
            Some(Origin::Event(_) | Origin::Engine) | None => String::new(),
        }
    }
}

struct Rows {
    rows: Vec<Row>,
    cells: usize,
}

impl Rows {
    /// A text behind a lead, which is blank where the text goes on.
    fn put(&mut self, lead: &[(String, Role)], text: &str, role: Role) -> &mut [Row] {
        let used: usize = lead.iter().map(|(text, _)| width(text)).sum();
        let room = self.cells.saturating_sub(used + 1).max(8);
        let mut lines: Vec<String> =
            text.lines().flat_map(|line| wrap(&foreign(line.as_bytes()), room, MOST)).collect();
        if lines.is_empty() {
            lines.push(String::new());
        }
        let first = self.rows.len();
        for (at, line) in lines.into_iter().enumerate() {
            let mut spans = if at == 0 { lead.to_vec() } else { vec![(" ".repeat(used), role)] };
            spans.push((line, role));
            self.rows.push(Row { spans, ..Row::default() });
        }
        &mut self.rows[first..]
    }

    fn say(&mut self, text: &str, role: Role) {
        self.put(&[(" ".to_owned(), role)], text, role);
    }

    fn blank(&mut self) {
        if !self.rows.is_empty() {
            self.rows.push(Row::default());
        }
    }

    fn heading(&mut self, text: &str) {
        self.blank();
        self.say(text, Role::Title);
    }

    fn finding(&mut self, finding: &Finding, first: bool) {
        self.blank();
        let role = match finding.grade {
            Grade::Proven => Role::Error,
            Grade::Likely => Role::Notice,
            Grade::Possible => Role::Dim,
        };
        let also = if first { "" } else { "also " };
        let lead = [(format!(" {also}{} ", finding.grade.name()), role)];
        self.put(&lead, &finding.title, Role::Title);
        for evidence in &finding.evidence {
            let whence = format!("   {:WHENCE$} ", whence(evidence));
            let rows = self.put(&[(whence, Role::Dim)], &evidence.detail, Role::Text);
            rows.iter_mut().for_each(|row| row.origin = Some(evidence.origin.clone()));
        }
        for contradiction in &finding.contradictions {
            self.put(&[("   but ".to_owned(), Role::Notice)], contradiction, Role::Text);
        }
        if !finding.remedy.is_empty() {
            self.put(&[(" → ".to_owned(), Role::Key)], &finding.remedy, Role::Text);
        }
        for command in &finding.commands {
            let rows = self.put(&[("   $ ".to_owned(), Role::Dim)], command, Role::Text);
            rows.iter_mut().for_each(|row| row.command = Some(command.clone()));
        }
    }
}

/// All rows, at most `cells` wide.
pub(super) fn rows(verdict: &Verdict, cells: usize) -> Vec<Row> {
    let diagnosis = &verdict.diagnosis;
    let mut rows = Rows { rows: Vec::new(), cells };
    rows.say(&headline(diagnosis), if diagnosis.failed { Role::Error } else { Role::Added });
    for (at, finding) in diagnosis.findings.iter().enumerate() {
        rows.finding(finding, at == 0);
    }
    if let Some(undecided) = &diagnosis.undecided {
        rows.heading("Undecided");
        undecided.checked.iter().for_each(|checked| rows.say(checked, Role::Text));
        for line in &diagnosis.last_lines {
            let mark = if line.stderr { "   ! " } else { "   │ " };
            let own = rows.put(&[(mark.to_owned(), Role::Dim)], &line.text, Role::Text);
            let origin = Origin::Log { line: 0, time: line.time, stderr: line.stderr };
            own.iter_mut().for_each(|row| row.origin = Some(origin.clone()));
        }
        for next in &undecided.next {
            rows.put(&[(" → ".to_owned(), Role::Key)], next, Role::Text);
        }
    } else if diagnosis.findings.is_empty() {
        rows.say("nothing is wrong with it", Role::Dim);
    }
    if let Some(since) = &diagnosis.since {
        rows.heading(&compared(since));
        since.changes.iter().for_each(|change| {
            rows.put(&[("   ".to_owned(), Role::Text)], change, Role::Text);
        });
    }
    if !diagnosis.timeline.is_empty() {
        rows.heading("What happened");
        for moment in &diagnosis.timeline {
            let time = format!("   {} ", moment.time.strftime("%F %T"));
            rows.put(&[(time, Role::Dim)], &moment.what, Role::Text);
        }
    }
    rows.heading("What was looked at");
    for (source, missing) in &diagnosis.sources {
        let (mark, role) = if missing.is_some() { ("–", Role::Notice) } else { ("✓", Role::Added) };
        let text = match missing {
            Some(why) => format!("{}: {why}", source.name()),
            None => source.name().to_owned(),
        };
        rows.put(&[(format!("   {mark} "), role)], &text, Role::Dim);
    }
    rows.rows
}

/// How it is, and what its exit code means here.
fn headline(diagnosis: &Diagnosis) -> String {
    match diagnosis.exit_meaning.as_str() {
        "" => diagnosis.outcome.clone(),
        meaning => format!("{}: {meaning}", diagnosis.outcome),
    }
}
