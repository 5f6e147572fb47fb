//! Keys as data: `assets/keys.toml` drives dispatch, the footer, the help and the README; settings patch it.

use crossterm::event::KeyEvent;
use serde::Deserialize;
use toml::Spanned;

use super::action::{Action, Context};
use super::data::{self, Fault};
use super::key::Key;

static DEFAULT: &str = include_str!("../../assets/keys.toml");

/// The keys of one action in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pub context: Context,
    pub keys: Vec<Key>,
    pub action: Action,
    pub help: String,
    /// The word for the footer.
    pub hint: Option<String>,
    /// Where in the file it was written.
    at: usize,
    /// Whether it stands in the file of settings.
    own: bool,
}

/// All bindings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

/// One entry of a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    r#in: Context,
    keys: Vec<Key>,
    action: Spanned<Action>,
    help: Option<String>,
    hint: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    bind: Vec<Entry>,
}

impl Entry {
    fn is_for(&self, binding: &Binding) -> bool {
        binding.context == self.r#in && binding.action == *self.action.get_ref()
    }

    fn binding(self, own: bool) -> Binding {
        let (at, action) = (self.action.span().start, self.action.into_inner());
        let help = self.help.unwrap_or_else(|| action.to_string().replace('-', " "));
        Binding { context: self.r#in, keys: self.keys, action, help, hint: self.hint, at, own }
    }
}

impl Keymap {
    /// The embedded keys.
    pub fn embedded() -> Result<Keymap, Fault> {
        Keymap::parse(DEFAULT)
    }

    /// Reads a whole file of keys; two actions on one key in one place are an error.
    pub fn parse(text: &str) -> Result<Keymap, Fault> {
        let file: File = data::read(text)?;
        let bindings = file.bind.into_iter().map(|entry| entry.binding(false)).collect();
        let keymap = Keymap { bindings };
        keymap.check(text)?;
        Ok(keymap)
    }

    /// These keys with some replaced: an entry stands for all keys of its action in its place. `text` is what the
    /// entries were read from. Clashes are looked for when all of them are in.
    pub(super) fn patched(mut self, entries: Vec<Entry>, text: &str) -> Result<Keymap, Fault> {
        let quits = data::all::<Context>().filter(|place| self.quits(*place)).collect::<Vec<_>>();
        for mut entry in entries {
            let action = *entry.action.get_ref();
            let place = self.bindings.iter().position(|binding| entry.is_for(binding));
            // An action that is new in a place is described as elsewhere.
            let like = place.or_else(|| self.bindings.iter().position(|binding| binding.action == action));
            if let Some(like) = like.map(|like| &self.bindings[like]) {
                entry.help.get_or_insert_with(|| like.help.clone());
                entry.hint = entry.hint.or_else(|| like.hint.clone());
            }
            let binding = entry.binding(true);
            match place.map(|place| &mut self.bindings[place]) {
                Some(old) if old.own => {
                    let what =
                        format!("{action} is bound twice in {}; name all keys in one entry", old.context);
                    return Err(Fault::at(text, binding.at, what));
                }
                Some(old) => *old = binding,
                None => self.bindings.push(binding),
            }
        }
        self.check(text)?;
        if let Some(place) = quits.into_iter().find(|place| !self.quits(*place)) {
            let quit = self.bindings.iter().find(|binding| binding.own && binding.action == Action::Quit);
            let what = format!("no key is left for quit in {place}; give it one in global");
            return Err(Fault::at(text, quit.map_or(0, |binding| binding.at), what));
        }
        self.bindings.retain(|binding| !binding.keys.is_empty());
        Ok(self)
    }

    fn quits(&self, place: Context) -> bool {
        self.valid(place).any(|binding| binding.action == Action::Quit && !binding.keys.is_empty())
    }

    /// Two actions on one key, where a place and what is around it count as one.
    fn check(&self, text: &str) -> Result<(), Fault> {
        for (index, one) in self.bindings.iter().enumerate() {
            for other in &self.bindings[..index] {
                let nested = one.context.chain().contains(&other.context)
                    || other.context.chain().contains(&one.context);
                if !nested || one.action == other.action {
                    continue;
                }
                let Some(key) = one.keys.iter().find(|key| other.keys.contains(key)) else { continue };
                // The user's own entry is the one to be named first.
                let (one, other) = if other.own && !one.own { (other, one) } else { (one, other) };
                let what = format!(
                    "{key} is for {} in {}, but also for {} in {}; give one of them another key, or keys = []",
                    one.action, one.context, other.action, other.context
                );
                return Err(Fault::at(text, one.at, what));
            }
        }
        Ok(())
    }

    /// What a key means in a place.
    pub fn action(&self, context: Context, event: &KeyEvent) -> Option<Action> {
        let key = Key::of(event);
        self.valid(context).find(|binding| binding.keys.contains(&key)).map(|binding| binding.action)
    }

    /// The bindings that hold in a place, its own first.
    pub fn valid(&self, context: Context) -> impl Iterator<Item = &Binding> {
        context.chain().iter().flat_map(|place| self.within(*place))
    }

    /// The bindings of a place alone.
    pub fn within(&self, place: Context) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(move |binding| binding.context == place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyModifiers};

    fn bind(context: &str, key: &str, action: &str) -> String {
        format!("[[bind]]\nin = \"{context}\"\nkeys = [\"{key}\"]\naction = \"{action}\"\n")
    }

    #[test]
    fn embedded_keys_are_sound() {
        let keymap = Keymap::embedded().unwrap();
        let quit = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(keymap.action(Context::Files, &quit), Some(Action::Quit));
        let capital = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(keymap.action(Context::Layers, &capital), Some(Action::Last));
        assert_eq!(keymap.action(Context::Global, &capital), None);
        assert!(keymap.bindings.iter().all(|binding| !binding.help.is_empty() && !binding.keys.is_empty()));
    }

    #[test]
    fn clashes_are_errors() {
        for (first, second, clash) in [
            (("files", "x"), ("files", "x"), true),
            (("global", "x"), ("files", "x"), true),
            (("files", "x"), ("global", "x"), true),
            (("files", "x"), ("layers", "x"), false),
            (("files", "x"), ("files", "X"), false),
            (("files", "shift-tab"), ("list", "backtab"), true),
        ] {
            let text = bind(first.0, first.1, "up") + &bind(second.0, second.1, "half-down");
            assert_eq!(Keymap::parse(&text).is_err(), clash, "{first:?} {second:?}");
        }
        let text = bind("list", "ctrl-x", "up") + &bind("files", "ctrl-x", "half-down");
        assert_eq!(
            Keymap::parse(&text).unwrap_err().to_string(),
            "line 8: ^x is for half-down in files, but also for up in list; give one of them another key, or keys = []"
        );
        assert!(Keymap::parse(&bind("list", "f99", "up")).unwrap_err().to_string().starts_with("line 3: "));
        assert!(
            Keymap::parse(&bind("list", "x", "explode")).unwrap_err().to_string().starts_with("line 4: ")
        );
    }
}
