use std::{
    fmt,
    mem::replace,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

use super::{Judge, Repeat, ResponseFuture, layer::Settings};
use crate::error::{BoxError, Error};

/// The service of [`RetryLayer`](super::RetryLayer).
pub struct Retry<S, J> {
    inner: S,
    settings: Arc<Settings<J>>,
}

impl<S, J> Retry<S, J> {
    pub(super) const fn new(inner: S, settings: Arc<Settings<J>>) -> Self {
        Self { inner, settings }
    }
}

impl<S, J, B, RB> Service<Request<B>> for Retry<S, J>
where
    S: Service<Request<B>, Response = Response<RB>> + Clone,
    S::Error: Into<BoxError>,
    J: Judge,
    B: Repeat,
{
    type Response = Response<RB>;
    type Error = Error;
    type Future = ResponseFuture<S, J, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner
            .poll_ready(cx)
            .map_err(|error| Error::from_boxed(error.into()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let next = self.inner.clone();
        // The one that was polled ready is the one that is called.
        let ready = replace(&mut self.inner, next);
        ResponseFuture::begin(ready, Arc::clone(&self.settings), request)
    }
}

impl<S: Clone, J> Clone for Retry<S, J> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            settings: Arc::clone(&self.settings),
        }
    }
}

impl<S: fmt::Debug, J> fmt::Debug for Retry<S, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
