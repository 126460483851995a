use std::{
    fmt,
    mem::replace,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{
    ResponseBody, ResponseFuture,
    run::{Policies, Run},
};
use crate::error::{BoxError, Error};

/// The service of [`PolicyLayer`](super::PolicyLayer).
#[derive(Clone)]
pub struct Policed<S> {
    inner: S,
    policies: Policies,
}

impl<S> Policed<S> {
    pub(super) const fn new(inner: S, policies: Policies) -> Self {
        Self { inner, policies }
    }
}

impl<S, B, RB> Service<Request<B>> for Policed<S>
where
    S: Service<Request<B>, Response = Response<RB>> + Clone,
    S::Error: Into<BoxError>,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody<RB>>;
    type Error = Error;
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner
            .poll_ready(cx)
            .map_err(|error| Error::from_boxed(error.into()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let next = self.inner.clone();
        // The one that was polled ready is the one that is called.
        let ready = replace(&mut self.inner, next);
        let (head, body) = request.into_parts();
        let mut run = Run::new(head);
        let stop = run.go(&self.policies);
        ResponseFuture::begin(&self.policies, ready, body, (run, stop))
    }
}

impl<S: fmt::Debug> fmt::Debug for Policed<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policed")
            .field("inner", &self.inner)
            .field("policies", &self.policies.len())
            .finish()
    }
}
