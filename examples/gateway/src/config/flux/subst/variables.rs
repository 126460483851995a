//! Names with values.

use std::collections::BTreeMap;
use std::fmt;

/// The variables of a substitution.
///
/// `Debug` shows the names alone: values may be secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Variables(BTreeMap<String, String>);

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
        self.0.insert(name.to_owned(), value.replace('\n', ""));
        true
    }

    /// The value of a variable.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
