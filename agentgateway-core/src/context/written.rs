use std::{fmt, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue};

/// The header fields that an operator's changes have written into a request, in its extensions.
///
/// Written by [`TransformLayer`](crate::transform::TransformLayer) and by what an authorization service
/// makes of a request. Who forwards by a list drops what a client sent and the list has not. What
/// stands here is the operator's, and is [restored](Written::restore) behind such a list. `Debug`
/// shows the names alone.
#[derive(Clone, Default)]
pub struct Written(Arc<HeaderMap>);

impl Written {
    /// Puts back the fields of all names that are not there any more. What has been written since, such
    /// as the credential of an endpoint, stays.
    pub fn restore(&self, headers: &mut HeaderMap) {
        let is_gone = |name: &&HeaderName| !headers.contains_key(*name);
        let gone: Vec<&HeaderName> = self.0.keys().filter(is_gone).collect();
        for name in gone {
            for value in self.0.get_all(name) {
                headers.append(name, value.clone());
            }
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn set(&mut self, name: &HeaderName, value: HeaderValue) {
        Arc::make_mut(&mut self.0).insert(name, value);
    }

    pub(crate) fn add(&mut self, name: &HeaderName, value: HeaderValue) {
        Arc::make_mut(&mut self.0).append(name, value);
    }

    pub(crate) fn remove(&mut self, name: &HeaderName) {
        if self.0.contains_key(name) {
            Arc::make_mut(&mut self.0).remove(name);
        }
    }

    /// Forgets what this head has no more.
    pub(crate) fn retain(&mut self, headers: &HeaderMap) {
        let is_gone = |name: &&HeaderName| !headers.contains_key(*name);
        let gone: Vec<HeaderName> = self.0.keys().filter(is_gone).cloned().collect();
        gone.iter().for_each(|name| self.remove(name));
    }
}

impl From<HeaderMap> for Written {
    fn from(fields: HeaderMap) -> Self {
        Self(Arc::new(fields))
    }
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
