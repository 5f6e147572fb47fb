//! One case: the facts, what is known in general, and what the rules would like to know beyond.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::elf::Elf;
use super::facts::{Facts, Line, Source};
use super::files::{History, Layers, Look, Node, Want};
use super::knowledge::Knowledge;
use crate::image::path;
use crate::image::writable::Happened;

/// Wants of one round. Foreign command lines must not make anybody ask for everything.
const MOST_WANTS: usize = 160;

#[derive(Debug)]
pub(super) struct Case<'f> {
    pub facts: &'f Facts,
    pub know: &'f Knowledge,
    wants: RefCell<BTreeSet<Want>>,
}

/// What is known of a path.
#[derive(Clone, Copy, Debug)]
pub(super) enum Seen<'f> {
    Absent,
    Is(&'f Node),
    Unknown,
}

impl<'f> Case<'f> {
    pub(super) fn new(facts: &'f Facts, know: &'f Knowledge) -> Case<'f> {
        Case { facts, know, wants: RefCell::default() }
    }

    pub(super) fn into_wants(self) -> BTreeSet<Want> {
        self.wants.into_inner()
    }

    fn want(&self, want: Want) {
        let mut wants = self.wants.borrow_mut();
        if wants.len() < MOST_WANTS {
            wants.insert(want);
        }
    }

    /// What a path is; what is not known is asked for.
    pub(super) fn look(&self, path: &str) -> Seen<'f> {
        match self.facts.files.look(path) {
            Some(Look::Absent) => Seen::Absent,
            Some(Look::Is(node)) => Seen::Is(node),
            Some(Look::Unknown(_)) => Seen::Unknown,
            None => {
                self.want(Want::Stat(path.to_owned()));
                Seen::Unknown
            }
        }
    }

    fn node(&self, path: &str) -> Option<&'f Node> {
        match self.look(path) {
            Seen::Is(node) => Some(node),
            _ => None,
        }
    }

    pub(super) fn owner(&self, path: &str) -> Option<(u32, u32)> {
        let node = self.node(path)?;
        if node.owner.is_none() {
            self.want(Want::Owner(path.to_owned()));
        }
        node.owner
    }

    /// The first bytes of a file.
    pub(super) fn head(&self, path: &str) -> Option<&'f [u8]> {
        let node = self.node(path)?;
        if node.head.is_none() {
            self.want(Want::Head(path.to_owned()));
        }
        node.head.as_deref()
    }

    /// The first bytes of a file as text, where it is one.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        self.head(path).map(|head| String::from_utf8_lossy(head).into_owned())
    }

    pub(super) fn elf(&self, path: &str) -> Option<&'f Elf> {
        let node = self.node(path)?;
        if node.elf.is_none() {
            self.want(Want::Whole(path.to_owned()));
        }
        node.elf.as_ref()?.as_ref()
    }

    /// What the image's layers did to a path. `None` when nobody can tell, or not yet.
    pub(super) fn history(&self, path: &str) -> Option<&'f History> {
        let known = self.facts.files.history(path);
        if known.is_none() && !matches!(self.facts.files.layers, Layers::Not(_)) {
            self.want(Want::History(path.to_owned()));
        }
        known
    }

    /// What the writable layer changed.
    pub(super) fn changes(&self) -> Option<&'f [(String, Happened)]> {
        let known = self.facts.changes.as_deref();
        if known.is_none() && !self.facts.unavailable.iter().any(|missing| missing.source == Source::Changes)
        {
            self.want(Want::Changes);
        }
        known
    }

    /// What happened to a path in the writable layer.
    pub(super) fn changed(&self, path: &str) -> Option<Happened> {
        self.changes()?.iter().find(|(changed, _)| changed == path).map(|(_, happened)| *happened)
    }

    /// Lines of this run with their places, the newest first.
    pub(super) fn newest_lines(&self) -> impl Iterator<Item = (usize, &'f Line)> + use<'f> {
        self.facts.log.lines.iter().enumerate().rev()
    }

    /// The last line of this run that holds one of these texts.
    pub(super) fn last_line(&self, texts: &[&str]) -> Option<(usize, &'f Line)> {
        self.newest_lines().find(|(_, line)| texts.iter().any(|text| line.text.contains(text)))
    }

    /// A path as it would be reached from the working directory, clean and absolute.
    pub(super) fn absolute(&self, text: &str) -> String {
        absolute(self.facts.config.workdir(), text)
    }
}

/// `text` as seen from `folder`, clean and absolute.
pub(super) fn absolute(folder: &str, text: &str) -> String {
    let joined = if text.starts_with('/') { text.to_owned() } else { format!("{folder}/{text}") };
    format!("/{}", String::from_utf8_lossy(&path::cleaned(joined.as_bytes())))
}
