use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use agentgateway_core::{BoxError, Error, timeout};
use http::Response;

use super::ResultLimit;

pin_project_lite::pin_project! {
    /// The future of [`ToolLimited`](super::ToolLimited).
    ///
    /// # Cancel safety
    /// Dropping it drops the call within.
    pub struct ResponseFuture<F> {
        #[pin]
        inner: timeout::ResponseFuture<F>,
        limit: Option<ResultLimit>,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) const fn new(inner: timeout::ResponseFuture<F>, limit: Option<ResultLimit>) -> Self {
        Self { inner, limit }
    }
}

impl<F, RB, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<RB>, E>>,
    E: Into<BoxError>,
{
    type Output = Result<Response<timeout::ResponseBody<RB>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.inner.poll(cx))?;
        if let Some(limit) = this.limit.take() {
            response.extensions_mut().insert(limit);
        }
        Poll::Ready(Ok(response))
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
