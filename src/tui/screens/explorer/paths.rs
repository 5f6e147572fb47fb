//! To a path: typed, completed, or told by another screen.

use super::{Explorer, Mode, Pane};
use crate::image::tree::{Change, NodeId};

impl Explorer {
    /// The directory of what is selected, to start a path from.
    pub(super) fn directory(&self) -> String {
        let node = self.image.as_ref().zip(self.files.selected());
        let directory = node.and_then(|(image, node)| Some(image.tree.path(image.tree.parent(node)?)));
        let text = directory.and_then(|path| String::from_utf8(path).ok()).unwrap_or_default();
        if text.ends_with('/') { text } else { text + "/" }
    }

    /// Completes a path as far as it is unambiguous.
    pub(super) fn complete(&mut self) {
        let (Some(prompt), Some(image)) = (&mut self.prompt, &self.image) else { return };
        let tree = &image.tree;
        let (directory, start) = last_path(prompt.text()).rsplit_once('/').unwrap_or(("", prompt.text()));
        let Some(node) = tree.find(directory.as_bytes()) else { return };
        let names = tree.children(node).filter(|child| tree.name(*child).starts_with(start.as_bytes()));
        let names: Vec<(NodeId, &str)> =
            names.filter_map(|child| Some((child, std::str::from_utf8(tree.name(child)).ok()?))).collect();
        let Some((first, name)) = names.first().copied() else {
            prompt.mistake = Some("nothing here begins like this".to_owned());
            return;
        };
        let common = names.iter().fold(name.len(), |common, (_, other)| {
            let same = name.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
            common.min(same)
        });
        let common = (0..=common).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
        let slash = if names.len() == 1 && tree.children(first).len() > 0 { "/" } else { "" };
        let some: Vec<&str> = names.iter().take(8).map(|(_, name)| *name).collect();
        let ambiguous = names.len() > 1 && common == start.len();
        let hint = ambiguous.then(|| format!("{}: {}", names.len(), some.join(" ")));
        let text = format!("{directory}/{}{slash}", &name[..common]);
        prompt.hint = hint;
        prompt.set(text);
    }

    /// Goes to a path, in a layer where one is meant.
    pub(super) fn go_there(&mut self, path: &str, layer: Option<usize>) {
        if layer.is_some_and(|layer| self.list.select_layer(layer)) {
            (self.mode, self.list.anchor) = (Mode::Layer, None);
        } else {
            self.mode = Mode::Final;
        }
        if let Err(mistake) = self.go_to(path) {
            self.notice = Some(format!("{path}: {mistake}"));
        }
    }

    pub(super) fn go_to(&mut self, path: &str) -> Result<(), String> {
        let image = self.image.clone().ok_or("nothing has been read yet")?;
        let found = image.tree.find(path.as_bytes()).or_else(|| image.tree.find(last_path(path).as_bytes()));
        let node = found.ok_or("no layer has this path")?;
        if node == image.tree.root() {
            self.pane = Pane::Files;
            self.files.step(isize::MIN);
            return Ok(());
        }
        let seen = self.view().and_then(|view| view.look(&image.tree, node));
        let seen = seen.filter(|look| look.version.exists() || look.change == Change::Removed);
        if seen.is_none() {
            let version = image.tree.versions(node).next().ok_or("no layer has this path")?;
            let (layer, change) = (version.layer(), version.change());
            self.list.select_layer(layer);
            (self.mode, self.list.anchor) = (Mode::Layer, None);
            self.notice = Some(format!("{} by layer {layer}, the last to touch it", change.name()));
        }
        self.reveal(node);
        Ok(())
    }

    /// Goes to a path in the view that is shown, and stops hiding it.
    pub(super) fn reveal(&mut self, node: NodeId) {
        let Some(image) = self.image.clone() else { return };
        self.files.filter.set(String::new(), false);
        let look = self.view().and_then(|view| view.look(&image.tree, node));
        match look.map(|look| look.change) {
            Some(Change::Added) => self.shown.added = true,
            Some(Change::Modified | Change::Metadata) => self.shown.modified = true,
            Some(Change::Removed) => self.shown.removed = true,
            Some(Change::Unmodified) | None => {}
        }
        self.pane = Pane::Files;
        self.refresh();
        if let Some(wanted) = self.wanted() {
            self.files.reveal(node, &image.tree, wanted);
        }
        // A directory may be on the way to a change; what is not has no row among changes.
        let there = self.files.selected() == Some(node) || self.files.pending().is_some();
        if !there && self.changes_only() {
            self.changes_only[self.mode as usize] = false;
            self.refresh();
            if let Some(wanted) = self.wanted() {
                self.files.reveal(node, &image.tree, wanted);
            }
            self.notice.get_or_insert_with(|| "it is no change, so all files are shown now; c".to_owned());
        }
    }
}

/// Who types a whole path behind the one that is there already means the whole one.
fn last_path(text: &str) -> &str {
    text.rfind("//").map_or(text, |at| &text[at + 1..])
}
