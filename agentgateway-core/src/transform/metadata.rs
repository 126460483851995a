use std::{fmt, sync::Arc};

use serde_json::{Map, Value};

/// What transformations have noted of an exchange, in its extensions, by names of the operator's.
///
/// Clients cannot write it. `Debug` shows the names alone.
#[derive(Clone, Default)]
pub struct Metadata(Arc<Map<String, Value>>);

impl Metadata {
    /// What was noted.
    #[must_use]
    pub fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Beside what is known: a name that is noted again has its last value, one whose value could not
    /// be made has none.
    pub(super) fn note(&mut self, name: &str, value: Option<Value>) {
        let members = Arc::make_mut(&mut self.0);
        match value {
            Some(value) => members.insert(name.to_owned(), value),
            None => members.remove(name),
        };
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
