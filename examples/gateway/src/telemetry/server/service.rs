use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use agentgateway_core::{
    context::RouteName,
    telemetry::{HttpServer, Instrument},
};
use http::{Method, Request, Response, request, response};
use opentelemetry::trace::TraceContextExt;
use tower_service::Service;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::begin::Late;
use crate::telemetry::SocketTracing;

/// The service of [`TraceLayer`](super::TraceLayer).
#[derive(Clone, Debug)]
pub struct Traced<S> {
    inner: S,
    tracing: SocketTracing,
}

impl<S> Traced<S> {
    pub(super) const fn new(inner: S, tracing: SocketTracing) -> Self {
        Self { inner, tracing }
    }
}

impl<S, B, RB> Service<Request<B>> for Traced<S>
where
    S: Service<Request<B>, Response = Response<RB>>,
{
    type Response = Response<RB>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let rules = self.tracing.of(&request, |slot| slot.rules.load());
        let Some(rules) = &*rules else {
            return ResponseFuture {
                inner: self.inner.call(request),
                late: None,
                unnamed: None,
            };
        };
        let (mut head, body) = request.into_parts();
        let late = rules.begin(&mut head);
        let opened = head.extensions.get::<Opened>();
        let unnamed = opened.map(|opened| (opened.0.clone(), head.method.clone()));
        ResponseFuture {
            inner: self.inner.call(Request::from_parts(head, body)),
            late,
            unnamed,
        }
    }
}

/// The span of a request that is traced, in the request's extensions.
#[derive(Clone, Debug)]
pub struct Opened(pub(super) Span);

impl Opened {
    /// The span.
    #[must_use]
    pub const fn span(&self) -> &Span {
        &self.0
    }
}

/// Fills the span that [`TraceLayer`](super::TraceLayer) opened; without one, none.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct OpenedServer;

impl Instrument for OpenedServer {
    fn begin(&self, head: &request::Parts) -> Span {
        let opened = head.extensions.get::<Opened>();
        opened.map_or_else(Span::none, |opened| opened.0.clone())
    }

    fn response(&self, span: &Span, head: &response::Parts) {
        if !span.is_disabled() {
            HttpServer::default().response(span, head);
        }
    }
}

pin_project_lite::pin_project! {
    /// The future of [`Traced`].
    ///
    /// # Cancel safety
    /// Dropping it drops the inner call.
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        late: Option<Box<Late>>,
        // The span, until its route is known.
        unnamed: Option<(Span, Method)>,
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
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let result = ready!(this.inner.poll(cx));
        if let (Some((span, method)), Ok(response)) = (this.unnamed.take(), &result) {
            name(&span, &method, response.extensions().get());
        }
        if let (Some(late), Ok(response)) = (this.late.take(), &result) {
            late.answered(response.status());
        }
        Poll::Ready(result)
    }
}

/// Calls a span by its route. It has begun: a field of `tracing` would be too late.
fn name(span: &Span, method: &Method, route: Option<&RouteName>) {
    if route.is_some() {
        let name = HttpServer::name(method, route);
        span.context().span().update_name(name);
    }
}
