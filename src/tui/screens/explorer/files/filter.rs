//! The filter: what is typed, how it is understood, and what is wrong with it.

use std::sync::Arc;

use crate::analysis::{Pattern, Syntax};

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub text: String,
    /// As chosen by hand; otherwise guessed from the text.
    chosen: Option<Syntax>,
    /// What the text means; the last sound one while the text is a mistake.
    pattern: Option<Arc<Pattern>>,
    /// What is wrong with the text.
    pub mistake: Option<String>,
}

impl Filter {
    pub fn syntax(&self) -> Syntax {
        self.chosen.unwrap_or_else(|| Syntax::guess(&self.text))
    }

    /// Takes the text anew; a syntax that was chosen lasts as long as there is `typing`. An unfinished expression is no reason to show something else meanwhile.
    pub fn set(&mut self, text: String, typing: bool) {
        self.text = text;
        self.mistake = None;
        if self.text.is_empty() {
            (self.pattern, self.chosen) = (None, self.chosen.filter(|_| typing));
            return;
        }
        match Pattern::new(&self.text, self.syntax()) {
            Ok(pattern) => self.pattern = Some(Arc::new(pattern)),
            Err(mistake) => self.mistake = Some(mistake),
        }
    }

    /// Fuzzy, glob, regex, and round again.
    pub fn next_syntax(&mut self) {
        self.chosen = Some(match self.syntax() {
            Syntax::Fuzzy => Syntax::Glob,
            Syntax::Glob => Syntax::Regex,
            Syntax::Regex => Syntax::Fuzzy,
        });
        let text = std::mem::take(&mut self.text);
        self.set(text, true);
    }

    pub fn pattern(&self) -> Option<&Arc<Pattern>> {
        self.pattern.as_ref()
    }
}
