use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{Extensions, HeaderName};
use serde_json::Value;

use super::{Metadata, Seen};
use crate::upstream::is_of_the_hop;

pub(super) type Make<T> = Arc<dyn Fn(&Seen<'_>) -> Option<T> + Send + Sync>;

/// Changes of one message: of requests where `F` is [`RequestField`](super::RequestField), of answers
/// where it is [`ResponseField`](super::ResponseField). Clones share their functions.
///
/// See the [module](super) for their order, and for what becomes of a value that is not made.
#[derive(Clone)]
pub struct Changes<F> {
    set: Vec<(F, Make<String>)>,
    add: Vec<(F, Make<String>)>,
    remove: Vec<HeaderName>,
    body: Option<Make<Bytes>>,
    metadata: Vec<(Box<str>, Make<Value>)>,
    reads_body: bool,
}

/// The values of one message's changes.
pub(super) struct Values<'a, F> {
    pub(super) set: Vec<(&'a F, Option<String>)>,
    pub(super) add: Vec<(&'a F, String)>,
}

impl<F> Changes<F> {
    /// Changes nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            set: Vec::new(),
            add: Vec::new(),
            remove: Vec::new(),
            body: None,
            metadata: Vec::new(),
            reads_body: false,
        }
    }

    /// Replaces all fields of this name. Of several for one name the last counts.
    #[must_use]
    pub fn set(
        mut self,
        field: F,
        value: impl Fn(&Seen<'_>) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.set.push((field, Arc::new(value)));
        self
    }

    /// Appends a field. What a head has once (a method, a target, an authority, a status) is replaced.
    #[must_use]
    pub fn add(
        mut self,
        field: F,
        value: impl Fn(&Seen<'_>) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.add.push((field, Arc::new(value)));
        self
    }

    /// Takes all fields of this name away, but for one that frames the message or belongs to one
    /// connection.
    #[must_use]
    pub fn remove(mut self, name: HeaderName) -> Self {
        self.remove.push(name);
        self
    }

    /// Puts this body in the place of the message's own. Default: the body stays.
    #[must_use]
    pub fn body(
        mut self,
        body: impl Fn(&Seen<'_>) -> Option<Bytes> + Send + Sync + 'static,
    ) -> Self {
        self.body = Some(Arc::new(body));
        self
    }

    /// Notes a value by this name, for all that look at the exchange later.
    #[must_use]
    pub fn metadata(
        mut self,
        name: impl Into<Box<str>>,
        value: impl Fn(&Seen<'_>) -> Option<Value> + Send + Sync + 'static,
    ) -> Self {
        self.metadata.push((name.into(), Arc::new(value)));
        self
    }

    /// Reads the body of an answer for its functions, also where no other takes its place. Default: it
    /// is forwarded unread.
    #[must_use]
    pub const fn reading_body(mut self) -> Self {
        self.reads_body = true;
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.set.is_empty()
            && self.add.is_empty()
            && self.remove.is_empty()
            && self.body.is_none()
            && self.metadata.is_empty()
    }

    /// Whether its functions are to see the body.
    pub(super) const fn reads_body(&self) -> bool {
        self.body.is_some() || self.reads_body
    }
}

impl<F: fmt::Display> Changes<F> {
    /// What is known, and what these changes note; `None` where they note nothing.
    pub(super) fn noted(&self, seen: &Seen<'_>, known: &Extensions) -> Option<Metadata> {
        if self.metadata.is_empty() {
            return None;
        }
        let mut metadata = known.get::<Metadata>().cloned().unwrap_or_default();
        for (name, make) in &self.metadata {
            metadata.note(name, told(make(seen), name));
        }
        Some(metadata)
    }

    pub(super) fn values(&self, seen: &Seen<'_>) -> Values<'_, F> {
        let made = |make: &Make<String>, field: &F| told(make(seen), field);
        let set = self.set.iter();
        let add = self.add.iter();
        Values {
            set: set
                .map(|(field, make)| (field, made(make, field)))
                .collect(),
            add: add
                .filter_map(|(field, make)| Some((field, made(make, field)?)))
                .collect(),
        }
    }

    /// The new body, if there is to be one.
    pub(super) fn new_body(&self, seen: &Seen<'_>) -> Option<Bytes> {
        let make = self.body.as_ref()?;
        Some(told(make(seen), "the body").unwrap_or_default())
    }

    pub(super) fn removed(&self) -> impl Iterator<Item = &HeaderName> {
        self.remove.iter().filter(|name| !is_of_the_hop(name))
    }
}

/// Tells of a value that could not be made: to its place it looks like one that was not wanted.
fn told<T>(value: Option<T>, name: impl fmt::Display) -> Option<T> {
    if value.is_none() {
        tracing::debug!(target: "agentgateway_core::transform", %name, "no value");
    }
    value
}

impl<F> Default for Changes<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: fmt::Debug> fmt::Debug for Changes<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |all: &[(F, Make<String>)]| -> Vec<String> {
            all.iter().map(|(field, _)| format!("{field:?}")).collect()
        };
        f.debug_struct("Changes")
            .field("set", &names(&self.set))
            .field("add", &names(&self.add))
            .field("remove", &self.remove)
            .field("body", &self.body.is_some())
            .field("metadata", &self.metadata.len())
            .finish()
    }
}
