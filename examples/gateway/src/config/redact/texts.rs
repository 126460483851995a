//! Texts that are never shown.

use std::collections::BTreeSet;
use std::fmt;

/// What stands in the place of a secret.
pub(super) const REDACTED: &str = "<redacted>";

/// Shorter texts are parts of too many words.
const LEAST: usize = 4;

/// Texts that are never shown: values of variables that come from Secrets, and the values of fields
/// that they have become part of.
///
/// Its `Debug` shows none of them. A text of less than four characters is shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Hidden(BTreeSet<String>);

impl Hidden {
    /// Hides this text from now on.
    pub fn add(&mut self, text: &str) {
        let text = text.trim();
        if text.chars().count() >= LEAST {
            self.0.insert(text.to_owned());
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a text holds one of them.
    #[must_use]
    pub fn touches(&self, text: &str) -> bool {
        self.0.iter().any(|hidden| text.contains(hidden.as_str()))
    }

    /// The text with `<redacted>` in the place of each of them.
    #[must_use]
    pub fn scrub(&self, text: &str) -> String {
        let mut text = text.to_owned();
        // What holds another one goes first.
        let mut all: Vec<&str> = self.0.iter().map(String::as_str).collect();
        all.sort_by_key(|hidden| std::cmp::Reverse(hidden.len()));
        for hidden in all {
            if text.contains(hidden) {
                text = text.replace(hidden, REDACTED);
            }
        }
        text
    }

    /// The same in place.
    pub(crate) fn scrub_in(&self, text: &mut String) {
        if self.touches(text) {
            *text = self.scrub(text);
        }
    }
}

impl Extend<Self> for Hidden {
    fn extend<T: IntoIterator<Item = Self>>(&mut self, others: T) {
        self.0.extend(others.into_iter().flat_map(|other| other.0));
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hidden").field(&self.0.len()).finish()
    }
}
