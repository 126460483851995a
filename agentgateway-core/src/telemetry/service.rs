use std::{
    any::Any,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response, request};
use http_body::Body as HttpBody;
use tower_service::Service;
use tracing::Span;

use super::{Instrument, Propagation, TraceContext};
use crate::{
    body::{End, OnEnd, WithEnd},
    context::Attempt,
    error::{BoxError, Error, ErrorKind},
};

/// Which hop a span is of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    Server,
    Client,
}

/// The service of [`TelemetryLayer`](super::TelemetryLayer).
#[derive(Clone, Debug)]
pub struct Telemetry<S, I> {
    inner: S,
    instrument: I,
    side: Side,
    propagation: Option<Propagation>,
}

/// The body whose end closes the span.
pub type ResponseBody<B, I> = WithEnd<B, SpanEnd<I>>;

impl<S, I> Telemetry<S, I>
where
    I: Instrument,
{
    pub(super) const fn new(
        inner: S,
        instrument: I,
        side: Side,
        propagation: Option<Propagation>,
    ) -> Self {
        Self {
            inner,
            instrument,
            side,
            propagation,
        }
    }

    fn begin(&self, head: &mut request::Parts) -> Span {
        let span = self.instrument.begin(head);
        match self.side {
            Side::Server => {
                let Some(propagation) = &self.propagation else {
                    return span;
                };
                if let Some(parent) = TraceContext::from_headers(&head.headers) {
                    propagation.set_parent(&span, &parent);
                }
                head.extensions.insert(propagation.clone());
            }
            Side::Client => {
                let attempt = head.extensions.get::<Attempt>();
                if let Some(resends) = attempt.map(|it| it.resends()).filter(|count| *count > 0) {
                    // What is unsigned would reach a collector as a text.
                    span.record("http.request.resend_count", i64::from(resends));
                }
                let propagation = self
                    .propagation
                    .as_ref()
                    .or_else(|| head.extensions.get::<Propagation>());
                if let Some(context) = propagation.and_then(|found| found.context(&span)) {
                    context.write(&mut head.headers);
                }
            }
        }
        span
    }
}

impl<S, I, B, RB> Service<Request<B>> for Telemetry<S, I>
where
    S: Service<Request<B>, Response = Response<RB>>,
    S::Error: 'static,
    I: Instrument,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody<RB, I>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, I>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let span = self.begin(&mut head);
        let end = BeforeHead(Some(SpanEnd {
            instrument: self.instrument.clone(),
            span: span.clone(),
        }));
        let future = span.in_scope(|| self.inner.call(Request::from_parts(head, body)));
        ResponseFuture {
            future,
            side: self.side,
            end,
        }
    }
}

/// The span of the attempt that brought this answer, in the answer's extensions; none where nobody
/// records it.
///
/// Written by [`TelemetryLayer::client`](super::TelemetryLayer::client), so that a protocol layer
/// outside can record on it what it reads in the answer: usage, an error code.
#[derive(Clone, Debug)]
pub struct AttemptSpan(Span);

impl AttemptSpan {
    /// The span.
    #[must_use]
    pub const fn span(&self) -> &Span {
        &self.0
    }
}

pin_project_lite::pin_project! {
    /// The future of [`Telemetry`].
    ///
    /// # Cancel safety
    /// Dropping it drops the inner call; the span ends as dropped.
    pub struct ResponseFuture<F, I> where I: Instrument {
        #[pin]
        future: F,
        side: Side,
        end: BeforeHead<I>,
    }
}

/// The end of an exchange whose head has not come; dropped, it is told as dropped.
struct BeforeHead<I: Instrument>(Option<SpanEnd<I>>);

impl<I: Instrument> Drop for BeforeHead<I> {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end.on_end(End::Dropped);
        }
    }
}

impl<F, I> fmt::Debug for ResponseFuture<F, I>
where
    I: Instrument,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

impl<F, I, RB, E> Future for ResponseFuture<F, I>
where
    F: Future<Output = Result<Response<RB>, E>>,
    E: 'static,
    I: Instrument,
    RB: HttpBody<Data = Bytes>,
{
    type Output = Result<Response<ResponseBody<RB, I>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(end) = &this.end.0 else {
            return Poll::Pending;
        };
        let result = ready!(end.span.in_scope(|| this.future.poll(cx)));
        let Some(end) = this.end.0.take() else {
            return Poll::Pending;
        };
        Poll::Ready(match result {
            Ok(response) => {
                let (mut head, body) = response.into_parts();
                // A span that nobody records is not worth an entry.
                if matches!(this.side, Side::Client) && !end.span.is_disabled() {
                    head.extensions.insert(AttemptSpan(end.span.clone()));
                }
                end.instrument.response(&end.span, &head);
                Ok(Response::from_parts(head, WithEnd::new(body, end)))
            }
            Err(error) => {
                end.fail(&error);
                Err(error)
            }
        })
    }
}

/// Closes the span when the body has ended.
#[derive(Debug)]
pub struct SpanEnd<I> {
    instrument: I,
    span: Span,
}

impl<I> SpanEnd<I>
where
    I: Instrument,
{
    /// The inner error goes on as it is; the span reads what it can of it.
    fn fail(self, error: &dyn Any) {
        let boxed = error
            .downcast_ref::<BoxError>()
            .and_then(|error| error.downcast_ref());
        match error.downcast_ref::<Error>().or(boxed) {
            Some(error) => self.instrument.failed(&self.span, error),
            None => {
                let error = Error::new(ErrorKind::Unavailable, "the service failed");
                self.instrument.failed(&self.span, &error);
            }
        }
    }
}

impl<I> OnEnd for SpanEnd<I>
where
    I: Instrument,
{
    fn on_end(self, end: End<'_>) {
        self.instrument.end(&self.span, end);
    }
}
