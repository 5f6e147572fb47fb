//! What the explorer does at each verb.

use super::files::scope::Order;
use super::layers::{Row, Subject};
use super::prompt::{Prompt, Purpose};
use super::{Explorer, Mode, Pane};
use crate::analysis::Fate;
use crate::analysis::blame::versions;
use crate::image::tree::NodeId;
use crate::report::advice;
use crate::report::sanitise::sanitise;
use crate::tui::action::Action;
use crate::tui::msg::Effect;

impl Explorer {
    /// Reacts to a verb; `page` is the height of the pane that has the keys.
    pub fn act(&mut self, action: Action, page: usize) -> Option<Effect> {
        let page = page.max(1) as isize;
        match action {
            Action::SwitchPane => self.switch_pane(true),
            Action::PreviousPane => self.switch_pane(false),
            Action::OpenLayer => self.pane = Pane::Files,
            Action::Waste => self.toggle_waste(),
            Action::Images => self.open_choices(),
            Action::NextView => {
                self.mode = match self.mode {
                    Mode::Layer => Mode::AsOf,
                    Mode::AsOf => Mode::Final,
                    Mode::Final => Mode::Layer,
                };
                self.refresh();
            }
            Action::ChangesOnly | Action::HideAdded | Action::HideModified | Action::HideRemoved => {
                self.toggle_kind(action);
            }
            Action::Sort => {
                self.order = if self.order == Order::Name { Order::Bytes } else { Order::Name };
                self.refresh();
            }
            Action::Down => self.step(1),
            Action::Up => self.step(-1),
            Action::PageDown => self.step(page),
            Action::PageUp => self.step(-page),
            Action::HalfDown => self.step((page / 2).max(1)),
            Action::HalfUp => self.step(-(page / 2).max(1)),
            Action::First => self.step(isize::MIN),
            Action::Last => self.step(isize::MAX),
            Action::PreviousLayer => self.move_layer(-1),
            Action::NextLayer => self.move_layer(1),
            Action::MarkRange => {
                self.list.mark();
                self.refresh();
            }
            Action::EmptySteps => {
                self.list.empty_steps ^= true;
                self.arrange();
                self.refresh();
            }
            Action::Filter => {
                // Who filters wants to see files.
                self.pane = Pane::Files;
                let mut prompt = Prompt::new(Purpose::Filter, &self.files.filter.text);
                prompt.from = self.files.selected();
                self.prompt = Some(prompt);
            }
            Action::GoToPath => self.prompt = Some(Prompt::new(Purpose::Path, &self.directory())),
            Action::NextVersion => self.next_version(),
            Action::OpenWaste if self.waste.secret(&self.facts).is_some() => self.open_secret(),
            Action::OpenWaste if self.waste.leads_away(&self.facts) => self.open_heap(),
            Action::OpenWaste | Action::Mark => self.act_on_waste(action),
            Action::CopyPath => return self.copy(),
            _ if self.pane == Pane::Waste => self.act_on_waste(action),
            action => {
                if let (Some(image), Some(wanted)) = (self.image.clone(), self.wanted()) {
                    let found = self.files.act(action, &image.tree, wanted);
                    if action == Action::Attributes {
                        let text =
                            if self.files.hide_attributes { "hidden" } else { "shown where there is room" };
                        self.notice = Some(format!("mode and owner are {text}"));
                    }
                    if !found {
                        self.tell_what_is_missing(action);
                    }
                }
            }
        }
        None
    }

    /// Leaves what is under way, step by step; false when there is nothing left to leave.
    pub fn back(&mut self) -> bool {
        if self.choosing.is_some() {
            self.choosing = self.choosing.filter(|_| self.image.is_none() && !self.reading());
        } else if self.pane == Pane::Waste {
            self.toggle_waste();
        } else if self.files.shift > 0 {
            self.files.shift = 0;
        } else if !self.files.filter.text.is_empty() {
            self.set_filter(String::new());
        } else if self.list.anchor.take().is_some() {
            self.refresh();
        } else if self.pane == Pane::Files {
            self.pane = Pane::Layers;
        } else {
            return false;
        }
        true
    }

    fn switch_pane(&mut self, forward: bool) {
        let panes: &[Pane] = match self.waste_open {
            true => &[Pane::Layers, Pane::Files, Pane::Waste],
            false => &[Pane::Layers, Pane::Files],
        };
        let at = panes.iter().position(|pane| *pane == self.pane).unwrap_or(0);
        let next = if forward { at + 1 } else { at + panes.len() - 1 };
        self.pane = panes[next % panes.len()];
    }

    fn toggle_waste(&mut self) {
        self.waste_open = !self.waste_open || self.pane != Pane::Waste;
        self.waste_by_hand = true;
        self.pane = if self.waste_open { Pane::Waste } else { Pane::Files };
    }

    fn open_choices(&mut self) {
        if self.choices.len() < 2 {
            self.notice = Some("the source holds this one image only".to_owned());
            return;
        }
        let at = self.chosen.unwrap_or(0);
        self.choosing = Some(crate::tui::widgets::list::Cursor { at, offset: 0 });
    }

    fn toggle_kind(&mut self, action: Action) {
        match action {
            Action::HideAdded => self.shown.added ^= true,
            Action::HideModified => self.shown.modified ^= true,
            Action::HideRemoved => self.shown.removed ^= true,
            _ => self.changes_only[self.mode as usize] ^= true,
        }
        self.refresh();
    }

    fn step(&mut self, by: isize) {
        match self.pane {
            _ if self.choosing.is_some() => {
                let count = self.choices.len();
                self.choosing.iter_mut().for_each(|cursor| cursor.step(by, count));
            }
            Pane::Layers => self.move_layer(by),
            Pane::Files => self.files.step(by),
            Pane::Waste => self.waste.cursor.step(by, self.waste.rows().len()),
        }
    }

    fn move_layer(&mut self, by: isize) {
        let before = self.list.cursor.at;
        self.list.cursor.step(by, self.list.rows.len());
        if self.list.cursor.at != before {
            self.refresh();
        }
    }

    /// Selects a row of a pane, as the mouse does; true when it was selected already.
    pub fn point(&mut self, pane: Pane, row: usize) -> bool {
        let same = self.pane == pane;
        self.pane = pane;
        match pane {
            Pane::Layers if row < self.list.rows.len() => {
                let by = row as isize - self.list.cursor.at as isize;
                self.move_layer(by);
                same && by == 0
            }
            Pane::Files => {
                let before = self.files.cursor.at;
                self.files.step_to(row) && same && row == before
            }
            Pane::Waste if row < self.waste.rows().len() => {
                std::mem::replace(&mut self.waste.cursor.at, row) == row && same
            }
            _ => false,
        }
    }

    /// Scrolls a pane, whichever has the keys; `height` is that of its rows.
    pub fn scroll(&mut self, pane: Pane, by: isize, height: usize) {
        match pane {
            Pane::Layers => {
                let before = self.list.cursor.at;
                self.list.cursor.scroll(by, self.list.rows.len(), height);
                if self.list.cursor.at != before {
                    self.refresh();
                }
            }
            Pane::Files => {
                let rows = self.files.rows.len();
                self.files.cursor.scroll(by, rows, height);
            }
            Pane::Waste => {
                let rows = self.waste.rows().len();
                self.waste.cursor.scroll(by, rows, height);
            }
        }
    }

    /// Lists what a filter text finds.
    pub(super) fn set_filter(&mut self, text: String) {
        self.files.filter.set(text, self.prompt.is_some());
        self.refilter();
    }

    fn refilter(&mut self) {
        if let (Some(image), Some(wanted)) = (self.image.clone(), self.wanted()) {
            let moved = self.prompt.as_ref().is_some_and(|prompt| prompt.moved);
            self.files.refilter(&image.tree, wanted, moved);
        }
    }

    /// What was typed has changed.
    pub fn typed(&mut self) {
        let Some(prompt) = &self.prompt else { return };
        if prompt.purpose == Purpose::Filter {
            self.set_filter(prompt.text().to_owned());
        }
    }

    /// Enter, Tab and Esc while typing.
    pub fn finish(&mut self, action: Action) {
        let Some(prompt) = &mut self.prompt else { return };
        match (action, prompt.purpose) {
            (Action::Complete, Purpose::Filter) => {
                self.files.filter.next_syntax();
                self.refilter();
            }
            (Action::Complete, Purpose::Path) => self.complete(),
            // An unfinished expression finds nothing that could be kept.
            (Action::Accept, Purpose::Filter) if self.files.filter.mistake.is_some() => {}
            (Action::Accept, Purpose::Filter) => self.prompt = None,
            (Action::Accept, Purpose::Path) => {
                let path = prompt.text().to_owned();
                match self.go_to(&path) {
                    Ok(()) => self.prompt = None,
                    Err(mistake) => {
                        self.prompt.iter_mut().for_each(|one| one.mistake = Some(mistake.clone()));
                    }
                }
            }
            (_, Purpose::Filter) => {
                let from = self.prompt.take().and_then(|prompt| prompt.from);
                self.files.stay_on(from);
                self.set_filter(String::new());
            }
            (_, Purpose::Path) => self.prompt = None,
        }
    }

    /// From a heap of waste to its files, in the layer that ships them.
    fn open_heap(&mut self) {
        let Some(image) = self.image.clone() else { return };
        let Some(heap) = self.waste.heap(&self.facts, &image.tree) else {
            // A finding about steps alone.
            let layer = self.waste.finding(&self.facts, &image.tree).and_then(|finding| finding.by);
            if layer.is_some_and(|layer| self.list.select_layer(layer)) {
                (self.mode, self.list.anchor, self.pane) = (Mode::Layer, None, Pane::Layers);
                self.refresh();
            }
            return;
        };
        if !self.list.select_layer(heap.layer) {
            return;
        }
        (self.mode, self.list.anchor) = (Mode::Layer, None);
        self.reveal(heap.node);
        let (layer, count) = (heap.layer, heap.contents);
        self.notice = Some(match heap.fate {
            None if count > 1 => format!("{count} files below it, shipped by layer {layer}"),
            None => format!("shipped by layer {layer}"),
            Some(Fate { by, cause }) if count > 1 => {
                format!("{count} files below it, shipped by layer {layer}, hidden by {by} ({})", cause.name())
            }
            Some(Fate { by, .. }) if by == layer => format!("shipped and hidden by layer {layer} itself"),
            Some(Fate { by, cause }) => {
                format!("shipped by layer {layer}, hidden by {by} ({}); b goes there", cause.name())
            }
        });
    }

    fn act_on_waste(&mut self, action: Action) {
        let Some(image) = &self.image else { return };
        let said = self.waste.act(action, &self.facts, &image.tree);
        self.notice = said.map(str::to_owned).or(self.notice.take());
    }

    /// To the next layer that wrote or removed the selected path, round the end.
    fn next_version(&mut self) {
        let Some((image, node)) = self.image.clone().zip(self.files.selected()) else { return };
        let layers: Vec<usize> =
            versions(&image.tree, node).into_iter().map(|version| version.layer()).collect();
        let now = match self.subject() {
            Some(Subject::Layers { last, .. }) => Some(last),
            Some(Subject::Step { after, .. }) => after,
            None => None,
        };
        let next = layers.iter().position(|layer| Some(*layer) > now).unwrap_or(0);
        let Some(layer) = layers.get(next).copied() else { return };
        self.list.select_layer(layer);
        (self.mode, self.list.anchor) = (Mode::Layer, None);
        self.reveal(node);
        let change = image.tree.change(node, layer, layer).map_or("", |(change, _)| change.name());
        self.notice = Some(format!("version {} of {}: {change} by layer {layer}", next + 1, layers.len()));
    }

    fn copy(&mut self) -> Option<Effect> {
        let text = match (self.pane, self.list.row()) {
            (Pane::Layers, Some(Row::Layer(layer))) => self.command(self.layers.get(layer)?.step?)?,
            (Pane::Layers, Some(Row::Step(step))) => self.command(step)?,
            (Pane::Layers, _) => return None,
            (Pane::Files, _) => self.path(self.files.selected()?)?,
            (Pane::Waste, _) if self.waste.is_place() => self.path(self.waste.node(&self.facts)?)?,
            (Pane::Waste, _) if self.waste.secret(&self.facts).is_some() => self.secret_line()?,
            (Pane::Waste, _) => {
                let image = self.image.as_ref()?;
                let finding = self.waste.finding(&self.facts, &image.tree)?;
                let text = format!("{}: {}", advice::title(finding, image), advice::fix(finding, image));
                sanitise(text.as_bytes()).into_owned()
            }
        };
        if text.len() > crate::tui::msg::COPY_LIMIT {
            self.notice = Some("too long for the clipboard of a terminal".to_owned());
            return None;
        }
        self.notice = Some("copied to the clipboard, if the terminal lets programs do that".to_owned());
        Some(Effect::Copy(text))
    }

    fn command(&self, step: usize) -> Option<String> {
        Some(self.head.as_ref()?.history.get(step)?.text())
    }

    fn path(&self, node: NodeId) -> Option<String> {
        Some(sanitise(&self.image.as_ref()?.tree.path(node)).into_owned())
    }

    fn tell_what_is_missing(&mut self, action: Action) {
        let hits = matches!(action, Action::NextMatch | Action::PreviousMatch);
        let changes = matches!(action, Action::NextChange | Action::PreviousChange);
        let text = match (hits, changes) {
            (true, _) if self.files.filter.text.is_empty() => "there is no filter; / sets one",
            (true, _) => "nothing matches",
            (_, true) => "nothing changed here",
            _ => return,
        };
        self.notice = Some(text.to_owned());
    }
}
