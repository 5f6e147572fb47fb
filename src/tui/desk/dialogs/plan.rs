//! A removal before it is done: what goes, what stays and why, the bytes that come free, the commands that do the same.
//! Agreeing does exactly this list, in this order.

use ratatui::text::{Line, Span};

use crate::cleanup::Plan;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{fit, foreign, width, wrap};
use crate::tui::wish::Wish;
use crate::world::{Act, Kind};

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Removal {
    pub goes: Vec<Row>,
    pub stays: Vec<Row>,
    /// What comes free: `1.2 GB`, with `≈` where not all is known.
    pub frees: String,
    /// What else to know: volumes that are left, why bytes are not exact.
    pub notes: Vec<String>,
    /// What is done once it is agreed to.
    pub plan: Plan,
    /// Whose commands are shown.
    pub kind: Kind,
    /// What could be done instead.
    pub offer: Option<Box<Offer>>,
    /// The new archive that the images are saved to before anything goes.
    pub save: Option<String>,
}

/// Something that goes or stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    pub name: String,
    /// Bytes that go with it alone; empty where that says nothing.
    pub bytes: String,
    /// Why it goes, or what keeps it.
    pub why: Vec<String>,
}

/// Another removal that one key changes to.
#[derive(Clone, Debug)]
pub struct Offer {
    /// What it does beyond the one that is shown.
    pub says: String,
    pub instead: Removal,
}

impl Removal {
    pub(super) fn wishes(&self) -> Vec<Wish> {
        let plan = || Box::new(self.plan.clone());
        match self.saves() {
            _ if self.is_idle() => Vec::new(),
            Some(save) => vec![Wish::SaveFirst { save, plan: plan() }],
            None => vec![Wish::CarryOut(plan())],
        }
    }

    /// What is done before anything goes.
    fn saves(&self) -> Option<Act> {
        self.plan.save(self.save.as_deref()?)
    }

    /// Whether there is nothing to be done.
    pub(super) fn is_idle(&self) -> bool {
        self.plan.remove.iter().all(|item| item.acts.is_empty())
    }

    /// Takes up what is offered; the way back is offered then.
    pub(super) fn switch(&mut self) {
        let Some(offer) = self.offer.take() else { return };
        let Offer { says, mut instead } = *offer;
        std::mem::swap(self, &mut instead);
        self.save = instead.save.take();
        let back = instead;
        let way = match says.strip_prefix(TAKEN) {
            Some(says) => says.to_owned(),
            None => format!("{TAKEN}{says}"),
        };
        self.offer = Some(Box::new(Offer { says: way, instead: back }));
    }

    pub(super) fn lines(&self, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
        let paragraph = |text: &str| wrap(&foreign(text.as_bytes()), cells.saturating_sub(2), 20);
        // What decides stands above lists that may be long.
        let mut lines = vec![Line::styled(format!(" {}", self.summary()), theme.of(Role::Title))];
        let offer = self.offer.as_ref().map(|offer| format!("Space: {}", offer.says));
        let (saves, save_offer) = self.save_words();
        let notes: Vec<String> = self.notes.iter().cloned().chain(saves).collect();
        let offers: Vec<String> = offer.into_iter().chain(save_offer).collect();
        for (texts, role) in [(&notes, Role::Text), (&offers, Role::Key)] {
            let texts = texts.iter().flat_map(|text| paragraph(text));
            lines.extend(texts.map(|line| Line::styled(format!(" {line}"), theme.of(role))));
        }
        for (list, sign, role) in [(&self.goes, "-", Role::Removed), (&self.stays, "=", Role::Notice)] {
            if !list.is_empty() {
                lines.push(Line::raw(""));
                lines.extend(rows(list, sign, role, theme, cells));
            }
        }
        if !self.is_idle() {
            lines.push(Line::raw(""));
        }
        let acts: Vec<Act> = self.saves().into_iter().chain(self.plan.acts()).collect();
        let commands = acts.iter().flat_map(|act| paragraph(&act.command(self.kind)));
        lines.extend(commands.map(|line| Line::styled(format!(" {line}"), theme.of(Role::Dim))));
        lines
    }
}

impl Removal {
    /// That the images are saved first, and what `s` does about it.
    fn save_words(&self) -> (Option<String>, Option<String>) {
        let count = self.plan.images_to_save();
        let images = if count == 1 { "the image".to_owned() } else { format!("the {count} images") };
        let are = if count == 1 { "is" } else { "are" };
        match &self.save {
            _ if count == 0 => (None, None),
            None => (None, Some(format!("s: save {images} to an archive first"))),
            Some(path) => (
                Some(format!(
                    "First {images} {are} saved to {path}; nothing goes unless that archive is whole."
                )),
                Some(format!("s: do not save {images} first")),
            ),
        }
    }

    /// `3 go (-), 1 stays (=) · frees 1.2 GB`
    fn summary(&self) -> String {
        let stays = match self.stays.len() {
            0 => String::new(),
            count => format!(", {} (=)", counted(count, "stays", "stay")),
        };
        match self.goes.len() {
            0 => format!("Nothing can go{stays}"),
            count => format!("{} (-){stays} · frees {}", counted(count, "goes", "go"), self.frees),
        }
    }
}

/// How an offer begins that was taken up.
const TAKEN: &str = "do not ";

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The name and the bytes of each, and the reasons below one another.
fn rows(rows: &[Row], sign: &str, role: Role, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
    let text = |text: &str| foreign(text.as_bytes()).into_owned();
    let names =
        rows.iter().map(|row| width(&text(&row.name))).max().unwrap_or(0).clamp(12, cells.max(26) * 2 / 5);
    let left = cells.saturating_sub(names + 4 + 10 + 3);
    let mut lines = Vec::new();
    for row in rows {
        let mut why = row.why.iter().flat_map(|why| wrap(&text(why), left, 4));
        let name = fit(&text(&row.name), names);
        lines.push(Line::from(vec![
            Span::styled(format!(" {sign} "), theme.of(role)),
            Span::styled(name, theme.of(role)),
            Span::raw(format!(" {:>9}  ", row.bytes)),
            Span::styled(why.next().unwrap_or_default(), theme.of(Role::Dim)),
        ]));
        let indent = names + 15;
        lines.extend(why.map(|why| Line::styled(format!("{:indent$}{why}", ""), theme.of(Role::Dim))));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_taken_up_and_dropped() {
        let plan = |frees: &str| Removal { frees: frees.to_owned(), ..Removal::default() };
        let offer = Offer { says: "stop them first".to_owned(), instead: plan("two") };
        let mut removal = Removal { offer: Some(Box::new(offer)), ..plan("one") };
        let now = |removal: &Removal| (removal.frees.clone(), removal.offer.as_ref().unwrap().says.clone());
        removal.switch();
        assert_eq!(now(&removal), ("two".to_owned(), "do not stop them first".to_owned()));
        removal.switch();
        assert_eq!(now(&removal), ("one".to_owned(), "stop them first".to_owned()));
    }
}
