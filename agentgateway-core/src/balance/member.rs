use std::sync::Arc;

use crate::upstream::Endpoint;

/// One endpoint of a set: a key that names it, a weight, and the value that a pick gives.
///
/// The key is the endpoint's identity: an update keeps load and health of the keys that stay. It is
/// written to logs, so it must hold no secret.
#[derive(Clone, Debug)]
pub struct Member<T> {
    pub(super) key: Arc<str>,
    pub(super) weight: u32,
    pub(super) priority: u32,
    pub(super) value: T,
}

impl<T> Member<T> {
    /// An endpoint of weight 1 and priority 0.
    pub fn new(key: impl Into<Arc<str>>, value: T) -> Self {
        Self {
            key: key.into(),
            weight: 1,
            priority: 0,
            value,
        }
    }

    /// Its key.
    #[must_use]
    pub const fn key(&self) -> &Arc<str> {
        &self.key
    }

    /// Its value.
    #[must_use]
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// How much of the traffic it shall have, against the others' weights. Default: 1.
    ///
    /// 0 counts as 1: who shall get nothing stays out of the set.
    #[must_use]
    pub fn weight(mut self, weight: u32) -> Self {
        self.weight = weight.max(1);
        self
    }

    /// The group that it belongs to; the lowest number comes first. Default: 0.
    ///
    /// The endpoints of the next group get requests when no endpoint of the groups before takes any:
    /// all are out, or were tried by the same request.
    #[must_use]
    pub const fn priority(mut self, priority: u32) -> Self {
        self.priority = priority;
        self
    }
}

/// Its URL is its key.
impl From<Endpoint> for Member<Endpoint> {
    fn from(endpoint: Endpoint) -> Self {
        Self::new(endpoint.to_string(), endpoint)
    }
}
