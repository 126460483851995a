use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::Request;
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::{body::Body, error::Error};

/// Where the error of a request's body is left for the response future.
///
/// An HTTP/2 client tells the peer of it by a reset, and then knows only of the reset.
#[derive(Clone, Debug, Default)]
pub(super) struct Failure {
    slot: Arc<Mutex<Option<Error>>>,
}

impl Failure {
    pub(super) fn take(&self) -> Option<Error> {
        self.slot
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Keeps the error, and gives back one that says the same.
    fn keep(&self, error: Error) -> Error {
        let copy = Error::new(error.kind(), error.message().to_owned()).with_origin(error.origin());
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        copy
    }
}

/// The one type of request bodies in the pool.
///
/// Boxed: each connection of hyper has a queue of 32 places for requests, of which one is used.
pub(super) struct RequestBody(Box<Inner>);

struct Inner {
    body: Body,
    /// HTTP/2 alone.
    failure: Option<Failure>,
    /// HTTP/1.1 alone: as long as this lives, the request is being sent.
    _sending: Option<Arc<()>>,
}

impl RequestBody {
    pub(super) fn new(body: Body) -> Self {
        Self(Box::new(Inner {
            body,
            failure: None,
            _sending: None,
        }))
    }

    /// The connection sees by `token` when it has let go of this. A body without a byte it has not.
    pub(super) fn note_sending(&mut self, token: &Arc<()>) {
        let ends = self.0.body.is_end_stream();
        self.0._sending = (!ends).then(|| Arc::clone(token));
    }

    /// Where this body's own error will be found. No slot is made for bytes in memory.
    pub(super) fn watch(&mut self) -> Option<Failure> {
        self.0.failure = (!self.0.body.is_whole()).then(Failure::default);
        self.0.failure.clone()
    }

    /// Another that says the same, when it is in memory.
    pub(super) fn try_clone(&self) -> Option<Self> {
        self.0.body.try_clone().map(Self::new)
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self.0;
        Pin::new(&mut this.body)
            .poll_frame(cx)
            .map_err(|error| match &this.failure {
                Some(failure) => failure.keep(error),
                None => error,
            })
    }

    fn is_end_stream(&self) -> bool {
        self.0.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.body.size_hint()
    }
}

/// Another request that says the same, when its body is in memory. Extensions stay with the first.
pub(super) fn copy(request: &Request<RequestBody>) -> Option<Box<Request<RequestBody>>> {
    let mut copy = Request::new(request.body().try_clone()?);
    request.method().clone_into(copy.method_mut());
    request.uri().clone_into(copy.uri_mut());
    request.headers().clone_into(copy.headers_mut());
    Some(Box::new(copy))
}
