use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use agentgateway_core::{BoxError, Error, Peeked, upstream::AttemptFuture};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower_layer::Layer;
use tower_service::Service;

use super::{Provider, prepare::prepare};

/// Directs requests to one provider. See the [module](super) for what it does.
#[derive(Clone, Debug)]
pub struct LlmUpstreamLayer {
    provider: Arc<Provider>,
}

impl LlmUpstreamLayer {
    /// Directs requests to `provider`.
    #[must_use]
    pub fn new(provider: Provider) -> Self {
        Self {
            provider: Arc::new(provider),
        }
    }
}

impl<S> Layer<S> for LlmUpstreamLayer {
    type Service = LlmUpstream<S>;

    fn layer(&self, inner: S) -> Self::Service {
        LlmUpstream {
            inner,
            provider: Arc::clone(&self.provider),
        }
    }
}

/// The service of [`LlmUpstreamLayer`].
#[derive(Clone, Debug)]
pub struct LlmUpstream<S> {
    inner: S,
    provider: Arc<Provider>,
}

impl<S, B, RB> Service<Request<Peeked<B>>> for LlmUpstream<S>
where
    B: HttpBody<Data = Bytes>,
    S: Service<Request<Peeked<B>>, Response = Response<RB>>,
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

    fn call(&mut self, request: Request<Peeked<B>>) -> Self::Future {
        let (mut head, mut body) = request.into_parts();
        match prepare(&self.provider, &mut head, &mut body) {
            Ok(usage_injected) => ResponseFuture {
                attempt: AttemptFuture::sent_for_data(
                    self.inner.call(Request::from_parts(head, body)),
                ),
                usage_injected,
            },
            Err(error) => ResponseFuture {
                attempt: AttemptFuture::refused(error),
                usage_injected: false,
            },
        }
    }
}

/// The usage of this answer was asked for by the gateway and not by the client, in the answer's
/// extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UsageInjected;

pin_project_lite::pin_project! {
    /// The future of [`LlmUpstream`].
    ///
    /// # Cancel safety
    /// Dropping it drops the attempt.
    pub struct ResponseFuture<F> {
        #[pin]
        attempt: AttemptFuture<F>,
        usage_injected: bool,
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

impl<F, RB, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<RB>, E>>,
    E: Into<BoxError>,
{
    type Output = Result<Response<RB>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.attempt.poll(cx))?;
        if *this.usage_injected {
            response.extensions_mut().insert(UsageInjected);
        }
        Poll::Ready(Ok(response))
    }
}
