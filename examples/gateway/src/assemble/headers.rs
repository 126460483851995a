use std::sync::Arc;

use agentgateway_core::{route::HeaderEdit, upstream::is_of_the_hop};
use http::{HeaderMap, HeaderName, HeaderValue, Request};

/// What filters have set or added, in a request's extensions.
///
/// The upstream layer of a protocol lets known headers through and no others. What the operator has
/// put there by name goes on nevertheless.
#[derive(Clone, Debug)]
pub(super) struct Restored(Arc<[(HeaderName, HeaderValue)]>);

impl Restored {
    /// What these edits set or add; nothing where they do neither.
    pub(super) fn of<'a>(edits: impl IntoIterator<Item = &'a HeaderEdit>) -> Option<Self> {
        let fields: Vec<_> = edits
            .into_iter()
            .flat_map(|edit| edit.set.iter().chain(&edit.add))
            .filter(|(name, _)| !is_of_the_hop(name))
            .cloned()
            .collect();
        (!fields.is_empty()).then(|| Self(fields.into()))
    }

    fn apply(&self, headers: &mut HeaderMap) {
        let gone: Vec<_> = self
            .0
            .iter()
            .filter(|(name, _)| !headers.contains_key(name))
            .collect();
        for (name, value) in gone {
            headers.append(name, value.clone());
        }
    }
}

/// The request with what filters have put into it.
pub(super) fn restored<B>(mut request: Request<B>) -> Request<B> {
    if let Some(own) = request.extensions().get::<Restored>().cloned() {
        own.apply(request.headers_mut());
    }
    request
}
