use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
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
pub(super) struct RequestBody {
    body: Body,
    failure: Option<Failure>,
}

impl RequestBody {
    /// No slot is made for a body without a byte.
    pub(super) fn new(body: Body) -> (Self, Option<Failure>) {
        let failure = (!body.is_end_stream()).then(Failure::default);
        let watched = Self {
            body,
            failure: failure.clone(),
        };
        (watched, failure)
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        Pin::new(&mut this.body)
            .poll_frame(cx)
            .map_err(|error| match &this.failure {
                Some(failure) => failure.keep(error),
                None => error,
            })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
