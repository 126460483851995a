use agentgateway_core::{context::Written, route::HeaderEdit};
use http::{HeaderMap, Request};

/// What these edits leave of what they set or add; nothing where they do neither.
///
/// The upstream layer of a protocol lets known headers through and no others. What the operator has
/// put there by name goes on nevertheless.
pub(super) fn written<'a>(edits: impl IntoIterator<Item = &'a HeaderEdit>) -> Option<Written> {
    let mut fields = HeaderMap::new();
    for edit in edits {
        edit.apply(&mut fields);
    }
    (!fields.is_empty()).then(|| fields.into())
}

/// The request with what filters, transformations and authorization services have put into it.
pub(super) fn restored<B>(mut request: Request<B>) -> Request<B> {
    if let Some(written) = request.extensions().get::<Written>().cloned() {
        written.restore(request.headers_mut());
    }
    request
}
