//! What the files of keys, themes and settings have in common: complaints name a line, and no list of names is kept
//! by hand.

use serde::de::value::Error;
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

/// What is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Fault {
    /// Counted from 1.
    pub line: usize,
    pub what: String,
}

impl Fault {
    /// Something wrong at a byte of the text.
    pub(super) fn at(text: &str, byte: usize, what: String) -> Fault {
        let line = 1 + text.bytes().take(byte).filter(|byte| *byte == b'\n').count();
        Fault { line, what }
    }
}

/// Reads a file.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let what: Vec<&str> = error.message().lines().collect();
        Fault::at(text, error.span().map_or(0, |span| span.start), what.join(", "))
    })
}

/// What the variants of an enum are called in files, in the order of their declaration.
pub fn names<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // Only the question counts; that it is not answered is on purpose.
    let _ = T::deserialize(Listener(&mut names));
    names
}

/// The variants themselves.
pub fn all<T: DeserializeOwned>() -> impl Iterator<Item = T> {
    names::<T>()
        .iter()
        .filter_map(|name| T::deserialize(IntoDeserializer::<Error>::into_deserializer(*name)).ok())
}

/// Hears which names a type asks for.
struct Listener<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Listener<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("no enum"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = variants;
        Err(Error::custom("heard"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::action::{Action, Context};

    #[test]
    fn names_are_those_of_the_files() {
        assert_eq!(names::<Context>().first(), Some(&"global"));
        assert_eq!(all::<Context>().count(), names::<Context>().len());
        assert_eq!(names::<String>(), [""; 0]);
        let written: Vec<String> = all::<Action>().map(|action| action.to_string()).collect();
        assert_eq!(written, names::<Action>(), "an action is shown as it is written");
    }
}
