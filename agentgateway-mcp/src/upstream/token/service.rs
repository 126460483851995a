use std::task::{Context, Poll};

use agentgateway_core::{BoxError, Error};
use http::{Request, Response};
use tower_service::Service;

use super::{ResponseFuture, UpstreamTokens, future::Credited, tokens::Look};

/// The service of [`UpstreamTokenLayer`](super::UpstreamTokenLayer).
#[derive(Clone, Debug)]
pub struct UpstreamToken<S> {
    inner: S,
    tokens: UpstreamTokens,
}

impl<S> UpstreamToken<S> {
    pub(super) const fn new(inner: S, tokens: UpstreamTokens) -> Self {
        Self { inner, tokens }
    }
}

impl<S, B, RB> Service<Request<B>> for UpstreamToken<S>
where
    S: Service<Request<B>, Response = Response<RB>> + Clone,
    S::Error: Into<BoxError>,
{
    type Response = Response<RB>;
    type Error = Error;
    type Future = ResponseFuture<S, B, S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let ready = self.inner.poll_ready(cx);
        ready.map_err(|error| Error::from_boxed(error.into()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        match self.tokens.look(request.extensions()) {
            Look::Failed(error) => ResponseFuture::refused(error),
            Look::Found(owner, token) => {
                token.write(request.headers_mut());
                let credited = Credited::new(self.tokens.clone(), owner, token);
                ResponseFuture::called(self.inner.call(request), credited)
            }
            Look::Wait(owner, waiting) => {
                // The service that was ready waits for the token; its copy takes its place.
                let next = self.inner.clone();
                let ready = std::mem::replace(&mut self.inner, next);
                let tokens = self.tokens.clone();
                ResponseFuture::waiting((tokens, owner, waiting), ready, request)
            }
        }
    }
}
