use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use agentgateway_core::{
    BoxError, Error, ErrorKind,
    body::{End, OnEnd, WithEnd},
};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::record::{Log, Record};
use crate::telemetry::SocketTracing;

/// The service of [`AccessLogLayer`](super::AccessLogLayer).
#[derive(Clone, Debug)]
pub struct AccessLog<S> {
    inner: S,
    tracing: SocketTracing,
}

impl<S> AccessLog<S> {
    pub(super) const fn new(inner: S, tracing: SocketTracing) -> Self {
        Self { inner, tracing }
    }
}

/// The body whose end writes the line.
pub type ResponseBody<B> = WithEnd<B, LineEnd>;

impl<S, B, RB> Service<Request<B>> for AccessLog<S>
where
    S: Service<Request<B>, Response = Response<RB>>,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody<RB>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let log = self.tracing.of(&request, |slot| slot.log.load());
        let Some(log) = &*log else {
            return ResponseFuture {
                inner: self.inner.call(request),
                line: LineEnd(None),
            };
        };
        let (mut head, body) = request.into_parts();
        let line = LineEnd(log.begin(&mut head).map(|record| (log.clone(), record)));
        ResponseFuture {
            inner: self.inner.call(Request::from_parts(head, body)),
            line,
        }
    }
}

/// Writes the line of an exchange, if it has one.
pub struct LineEnd(Option<(Arc<Log>, Box<Record>)>);

impl fmt::Debug for LineEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineEnd").finish_non_exhaustive()
    }
}

impl LineEnd {
    fn end(&mut self, end: End<'_>) {
        if let Some((log, record)) = self.0.take() {
            log.end(*record, end);
        }
    }
}

impl OnEnd for LineEnd {
    fn on_end(mut self, end: End<'_>) {
        self.end(end);
    }
}

/// An exchange that nobody waits for any more is told as dropped.
impl Drop for LineEnd {
    fn drop(&mut self) {
        self.end(End::Dropped);
    }
}

pin_project_lite::pin_project! {
    /// The future of [`AccessLog`].
    ///
    /// # Cancel safety
    /// Dropping it drops the inner call; the exchange is logged as dropped.
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        line: LineEnd,
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
    RB: HttpBody<Data = Bytes>,
{
    type Output = Result<Response<ResponseBody<RB>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = ready!(this.inner.poll(cx));
        let mut line = LineEnd(this.line.0.take());
        Poll::Ready(match result {
            Ok(response) => {
                let (head, body) = response.into_parts();
                if let Some((log, record)) = &mut line.0 {
                    log.answered(record, &head);
                }
                Ok(Response::from_parts(head, WithEnd::new(body, line)))
            }
            Err(error) => {
                let failed = Error::new(ErrorKind::Unavailable, "the service failed");
                line.end(End::Failed(&failed));
                Err(error)
            }
        })
    }
}
