use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::HeaderEdit;

/// Edits the header fields of requests.
#[derive(Clone, Debug)]
pub struct RequestHeadersLayer {
    edit: Arc<HeaderEdit>,
}

/// Edits the header fields of answers.
///
/// An error is no answer: what shall carry the fields too must be made an answer inside of this.
#[derive(Clone, Debug)]
pub struct ResponseHeadersLayer {
    edit: Arc<HeaderEdit>,
}

/// The service of [`RequestHeadersLayer`].
#[derive(Clone, Debug)]
pub struct RequestHeadersService<S> {
    inner: S,
    edit: Arc<HeaderEdit>,
}

/// The service of [`ResponseHeadersLayer`].
#[derive(Clone, Debug)]
pub struct ResponseHeadersService<S> {
    inner: S,
    edit: Arc<HeaderEdit>,
}

pin_project! {
    /// The future of [`ResponseHeadersService`].
    ///
    /// # Cancel safety
    /// Dropping it drops the inner call.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseHeadersFuture<F> {
        #[pin]
        inner: F,
        edit: Arc<HeaderEdit>,
    }
}

// === impl RequestHeadersLayer ===

impl RequestHeadersLayer {
    /// Makes this edit in each request.
    #[must_use]
    pub fn new(edit: HeaderEdit) -> Self {
        Self {
            edit: Arc::new(edit),
        }
    }
}

impl<S> Layer<S> for RequestHeadersLayer {
    type Service = RequestHeadersService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequestHeadersService {
            inner,
            edit: Arc::clone(&self.edit),
        }
    }
}

impl<S, B> Service<Request<B>> for RequestHeadersService<S>
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
        self.edit.apply(request.headers_mut());
        self.inner.call(request)
    }
}

// === impl ResponseHeadersLayer ===

impl ResponseHeadersLayer {
    /// Makes this edit in each answer.
    #[must_use]
    pub fn new(edit: HeaderEdit) -> Self {
        Self {
            edit: Arc::new(edit),
        }
    }
}

impl<S> Layer<S> for ResponseHeadersLayer {
    type Service = ResponseHeadersService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ResponseHeadersService {
            inner,
            edit: Arc::clone(&self.edit),
        }
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for ResponseHeadersService<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = ResponseHeadersFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        ResponseHeadersFuture {
            inner: self.inner.call(request),
            edit: Arc::clone(&self.edit),
        }
    }
}

impl<F, B, E> Future for ResponseHeadersFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut answer = ready!(this.inner.poll(cx));
        if let Ok(response) = &mut answer {
            this.edit.apply(response.headers_mut());
        }
        Poll::Ready(answer)
    }
}
