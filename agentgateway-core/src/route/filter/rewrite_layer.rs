use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::Request;
use tower_layer::Layer;
use tower_service::Service;

use super::Rewrite;
use crate::route::PathMatch;

/// Rewrites host and path of requests.
#[derive(Clone, Debug)]
pub struct RewriteLayer {
    shared: Arc<(Rewrite, PathMatch)>,
}

/// The service of [`RewriteLayer`].
#[derive(Clone, Debug)]
pub struct RewriteService<S> {
    inner: S,
    shared: Arc<(Rewrite, PathMatch)>,
}

impl RewriteLayer {
    /// Rewrites so each request that `matched` took: it names the prefix that is replaced.
    #[must_use]
    pub fn new(rewrite: Rewrite, matched: PathMatch) -> Self {
        Self {
            shared: Arc::new((rewrite, matched)),
        }
    }
}

impl<S> Layer<S> for RewriteLayer {
    type Service = RewriteService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RewriteService {
            inner,
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<S, B> Service<Request<B>> for RewriteService<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        let (rewrite, matched) = &*self.shared;
        rewrite.apply(&mut request, matched);
        self.inner.call(request)
    }
}
