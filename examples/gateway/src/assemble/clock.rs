//! How long an answer may take.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use agentgateway_core::{BoxError, Error, ErrorKind};
use bytes::Bytes;
use http::{Extensions, Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};
use tower_layer::Layer;
use tower_service::Service;

use crate::config::snapshot::Timeouts;

/// When a request arrived, in its extensions; written where a route limits the whole of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrived(pub(super) Instant);

/// How long an answer may take. `None` is for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clocks {
    /// Until the head of a stream.
    pub(super) stream: Option<Duration>,
    /// Until the head of an answer in one piece.
    pub(super) whole: Option<Duration>,
    /// Between two pieces of an answer.
    pub(super) gap: Option<Duration>,
    /// From the arrival of the request to the end of the answer.
    pub(super) request: Option<Duration>,
    /// From the sending of the request to the end of the answer.
    pub(super) attempt: Option<Duration>,
}

impl Clocks {
    /// As long as it likes.
    pub(super) const OFF: Self = Self {
        stream: None,
        whole: None,
        gap: None,
        request: None,
        attempt: None,
    };

    /// What a route says takes the place of the protocol's usual limits; zero takes them away.
    pub(super) fn said(self, timeouts: &Timeouts) -> Self {
        if timeouts.request.is_none() && timeouts.backend_request.is_none() {
            return self;
        }
        let limit = |said: Option<Duration>| said.filter(|limit| !limit.is_zero());
        let (request, attempt) = (limit(timeouts.request), limit(timeouts.backend_request));
        let endless = request.is_none() && attempt.is_none();
        Self {
            gap: self.gap.filter(|_| !endless),
            request,
            attempt,
            ..Self::OFF
        }
    }

    fn deadline(&self, extensions: &Extensions) -> Option<Instant> {
        let now = Instant::now;
        let whole = self.request.and_then(|limit| {
            let arrived = extensions.get::<Arrived>();
            arrived.map_or_else(now, |at| at.0).checked_add(limit)
        });
        let attempt = self.attempt.and_then(|limit| now().checked_add(limit));
        [whole, attempt].into_iter().flatten().min()
    }
}

/// Ends what takes too long: with an error before the head, within the body behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClockLayer {
    clocks: Clocks,
    streams: fn(&Extensions) -> bool,
}

impl ClockLayer {
    /// Keeps these clocks; every answer counts as a stream.
    pub(super) fn new(clocks: Clocks) -> Self {
        Self::telling(clocks, |_| true)
    }

    /// Keeps these clocks; `streams` says whether a request's answer is a stream.
    pub(super) const fn telling(clocks: Clocks, streams: fn(&Extensions) -> bool) -> Self {
        Self { clocks, streams }
    }
}

impl<S> Layer<S> for ClockLayer {
    type Service = Clock<S>;

    fn layer(&self, inner: S) -> Clock<S> {
        Clock {
            inner,
            layer: *self,
        }
    }
}

/// The service of [`ClockLayer`].
#[derive(Clone, Debug)]
pub(super) struct Clock<S> {
    inner: S,
    layer: ClockLayer,
}

impl<S, B, RB> Service<Request<B>> for Clock<S>
where
    S: Service<Request<B>, Response = Response<RB>>,
    S::Error: Into<BoxError>,
{
    type Response = Response<ClockBody<RB>>;
    type Error = Error;
    type Future = ClockFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner
            .poll_ready(cx)
            .map_err(|error| Error::from_boxed(error.into()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let ClockLayer { clocks, streams } = self.layer;
        let deadline = clocks.deadline(request.extensions());
        let head = if streams(request.extensions()) {
            clocks.stream
        } else {
            clocks.whole
        };
        let head = head.and_then(|limit| Instant::now().checked_add(limit));
        let until = [head, deadline].into_iter().flatten().min();
        ClockFuture {
            inner: self.inner.call(request),
            alarm: until.map(sleep_until),
            deadline,
        }
    }
}

pin_project! {
    /// The future of [`Clock`].
    ///
    /// # Cancel safety
    /// Dropping it drops the inner call.
    pub(super) struct ClockFuture<F> {
        #[pin]
        inner: F,
        #[pin]
        alarm: Option<Sleep>,
        deadline: Option<Instant>,
    }
}

impl<F, RB, E> Future for ClockFuture<F>
where
    F: Future<Output = Result<Response<RB>, E>>,
    E: Into<BoxError>,
{
    type Output = Result<Response<ClockBody<RB>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(answer) = this.inner.poll(cx) {
            let alarm = this.deadline.map(|at| Box::pin(sleep_until(at)));
            let timed = |body| ClockBody {
                body,
                alarm,
                over: false,
            };
            return Poll::Ready(match answer {
                Ok(response) => Ok(response.map(timed)),
                Err(error) => Err(Error::from_boxed(error.into())),
            });
        }
        match this.alarm.as_pin_mut() {
            Some(alarm) => {
                ready!(alarm.poll(cx));
                let words = "the service did not answer in time";
                Poll::Ready(Err(Error::new(ErrorKind::Timeout, words)))
            }
            None => Poll::Pending,
        }
    }
}

pin_project! {
    /// The body that fails at the deadline.
    pub(super) struct ClockBody<B> {
        #[pin]
        body: B,
        alarm: Option<Pin<Box<Sleep>>>,
        over: bool,
    }
}

impl<B> HttpBody for ClockBody<B>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.project();
        if *this.over {
            return Poll::Ready(None);
        }
        // The clock first: a service that always has a frame keeps nobody longer than is allowed.
        if let Some(alarm) = this.alarm
            && alarm.as_mut().poll(cx).is_ready()
        {
            *this.over = true;
            let words = "the answer takes longer than its route allows";
            return Poll::Ready(Some(Err(Error::new(ErrorKind::Timeout, words))));
        }
        this.body
            .poll_frame(cx)
            .map_err(|error| Error::from_boxed(error.into()))
    }

    fn is_end_stream(&self) -> bool {
        self.over || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
