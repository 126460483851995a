use bytes::Bytes;
use http::Response;

use crate::{error::Error, sse::SseMessage};

/// How one protocol says an error.
pub trait Dialect: Clone + Send + Sync + 'static {
    /// What must be echoed, so that the client knows which request failed: a JSON-RPC id, or `()`.
    type Subject: Clone + std::fmt::Debug + Send + Sync + 'static;

    /// The whole answer, when nothing was sent yet.
    fn response(&self, error: &Error, subject: &Self::Subject) -> Response<Bytes>;

    /// The event that tells the error inside a stream, or `None` where the dialect has none: the
    /// body is then aborted.
    fn event(&self, error: &Error, subject: &Self::Subject) -> Option<SseMessage>;
}
