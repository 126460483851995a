use std::{
    sync::Arc,
    task::{Context, Poll},
};

use agentgateway_core::{
    BoxError, Error,
    upstream::{AttemptFuture, Endpoint},
};
use http::{Request, Response};
use tower_service::Service;

use super::{Directed, ResponseFuture, future::Expects, headers::Allow};
use crate::A2aCall;

/// The service of [`A2aUpstreamLayer`](super::A2aUpstreamLayer).
#[derive(Clone, Debug)]
pub struct A2aUpstream<S> {
    inner: S,
    endpoint: Endpoint,
    allow: Arc<Allow>,
}

impl<S> A2aUpstream<S> {
    pub(super) const fn new(inner: S, endpoint: Endpoint, allow: Arc<Allow>) -> Self {
        Self {
            inner,
            endpoint,
            allow,
        }
    }
}

impl<S, B, RB> Service<Request<B>> for A2aUpstream<S>
where
    S: Service<Request<B>, Response = Response<RB>>,
    S::Error: Into<BoxError>,
{
    type Response = Response<RB>;
    type Error = Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner
            .poll_ready(cx)
            .map_err(|error| Error::from_boxed(error.into()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let directed = head.extensions.remove::<Directed>();
        let place = directed.as_ref().map_or(&self.endpoint, Directed::place);
        if let Err(error) = place.apply(&mut head) {
            return ResponseFuture::new(AttemptFuture::refused(error), Expects::Anything);
        }
        self.allow.retain(&mut head.headers);
        let expects = match head.extensions.get::<A2aCall>() {
            None => Expects::Anything,
            Some(call) if call.operation().brings_card() => Expects::Card,
            Some(_) => Expects::Answer,
        };
        let future = self.inner.call(Request::from_parts(head, body));
        let attempt = match expects {
            Expects::Anything => AttemptFuture::sent(future),
            Expects::Card | Expects::Answer => AttemptFuture::sent_for_data(future),
        };
        ResponseFuture::new(attempt, expects)
    }
}
