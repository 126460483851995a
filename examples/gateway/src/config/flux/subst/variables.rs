//! Names with values.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::config::redact::Hidden;

/// The variables of a substitution.
///
/// `Debug` shows the names alone: values may be secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Variables {
    values: BTreeMap<String, String>,
    /// Those whose values are never shown.
    secret: BTreeSet<String>,
}

impl Variables {
    /// No variables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a variable; one that is set already takes the new value. Line feeds are taken out of
    /// the value, as Flux does.
    ///
    /// Returns `false`, and sets nothing, when the name is not one: letters, digits and `_` of
    /// ASCII, no digit first.
    #[must_use]
    pub fn set(&mut self, name: &str, value: &str) -> bool {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let first = name.bytes().next();
        if !first.is_some_and(|byte| legal(byte) && !byte.is_ascii_digit())
            || !name.bytes().all(legal)
        {
            return false;
        }
        self.values.insert(name.to_owned(), value.replace('\n', ""));
        self.secret.remove(name);
        true
    }

    /// The same for a value that is never shown, nor what it becomes part of.
    #[must_use]
    pub fn set_secret(&mut self, name: &str, value: &str) -> bool {
        let set = self.set(name, value);
        if set {
            self.secret.insert(name.to_owned());
        }
        set
    }

    /// Whether the value of a variable is never shown.
    #[must_use]
    pub fn is_secret(&self, name: &str) -> bool {
        self.secret.contains(name)
    }

    /// The values that are never shown.
    pub(in crate::config::flux) fn hidden(&self) -> Hidden {
        let mut hidden = Hidden::default();
        for name in &self.secret {
            hidden.add(self.value(name).unwrap_or_default());
        }
        hidden
    }

    /// The value of a variable.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}
