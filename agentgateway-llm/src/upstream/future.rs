use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use agentgateway_core::{
    BoxError, Error, ErrorKind,
    body::{Look, Peek, Peeked},
    error::Origin,
    media,
    protocol::Clock,
    upstream::AttemptFuture,
};
use bytes::Bytes;
use http::{Response, response};
use http_body::Body as HttpBody;

use super::{ResponseBody, UsageInjected, prepare::Prepared};
use crate::bridge::{Came, Exchange, Unreadable, unreadable};

/// The longest answer in one piece that is translated, in bytes: images stand in it in base64.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;
/// The longest error answer that is translated, in bytes.
const MAX_FAULT_BYTES: usize = 64 * 1024;

pin_project_lite::pin_project! {
    /// The future of [`LlmUpstream`](super::LlmUpstream).
    ///
    /// # Cancel safety
    /// Dropping it drops the attempt.
    pub struct ResponseFuture<F, RB> where RB: HttpBody {
        #[pin]
        attempt: AttemptFuture<F>,
        prepared: Option<Prepared>,
        is_call: bool,
        clock: Option<AttemptClock>,
        reading: Option<Reading<RB>>,
    }
}

/// When the attempt began that brought an answer, in the answer's extensions.
#[derive(Clone, Debug)]
pub(crate) struct AttemptClock(pub(crate) Clock);

/// An answer that is read whole before it is translated.
struct Reading<RB>
where
    RB: HttpBody,
{
    head: Option<response::Parts>,
    exchange: Option<Box<Exchange>>,
    is_fault: bool,
    body: Peek<RB>,
}

impl<F, RB> ResponseFuture<F, RB>
where
    RB: HttpBody<Data = Bytes>,
{
    pub(super) fn new(attempt: AttemptFuture<F>, prepared: Prepared, is_call: bool) -> Self {
        Self {
            attempt,
            prepared: Some(prepared),
            is_call,
            clock: Some(AttemptClock(Clock::start())),
            reading: None,
        }
    }

    pub(super) const fn refused(error: Error) -> Self {
        Self {
            attempt: AttemptFuture::refused(error),
            prepared: None,
            is_call: false,
            clock: None,
            reading: None,
        }
    }
}

impl<F, RB> fmt::Debug for ResponseFuture<F, RB>
where
    RB: HttpBody,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

impl<F, RB, E> Future for ResponseFuture<F, RB>
where
    F: Future<Output = Result<Response<RB>, E>>,
    E: Into<BoxError>,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    type Output = Result<Response<ResponseBody<RB>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if this.reading.is_none() {
            let mut response = ready!(this.attempt.poll(cx))?;
            if let Some(clock) = this.clock.take() {
                response.extensions_mut().insert(clock);
            }
            if *this.is_call && response.status().is_redirection() {
                return Poll::Ready(Err(elsewhere()));
            }
            match this.prepared.take() {
                Some(Prepared::Translated(exchange)) => match begin(response, exchange)? {
                    Begun::Stream(response) => return Poll::Ready(Ok(response)),
                    Begun::Reading(reading) => *this.reading = Some(reading),
                },
                passed => return Poll::Ready(Ok(pass(response, passed.as_ref()))),
            }
        }
        let Some(reading) = this.reading.as_mut() else {
            return Poll::Pending;
        };
        reading
            .poll(cx)
            .map_ok(|answer| answer.map(ResponseBody::own))
    }
}

fn pass<RB>(response: Response<RB>, prepared: Option<&Prepared>) -> Response<ResponseBody<RB>> {
    let mut response = response.map(ResponseBody::passed);
    if let Some(Prepared::Passed {
        usage_injected: true,
    }) = prepared
    {
        response.extensions_mut().insert(UsageInjected);
    }
    response
}

enum Begun<RB>
where
    RB: HttpBody,
{
    Stream(Response<ResponseBody<RB>>),
    Reading(Reading<RB>),
}

/// The head of an answer has come that is to be translated.
fn begin<RB>(response: Response<RB>, exchange: Box<Exchange>) -> Result<Begun<RB>, Error>
where
    RB: HttpBody<Data = Bytes>,
{
    let (mut head, body) = response.into_parts();
    let came = exchange.came(&head);
    if media::is_coded(&head.headers) && came != Came::Fault {
        let reason = "it is in a content coding that nobody asked for";
        return Err(unreadable(&Unreadable::new(reason)));
    }
    if exchange.hides_usage() {
        head.extensions.insert(UsageInjected);
    }
    if came == Came::Stream {
        let (head, machines) = exchange.stream(head)?;
        let body = ResponseBody::translated(body, machines);
        return Ok(Begun::Stream(Response::from_parts(head, body)));
    }
    let is_fault = came == Came::Fault;
    let limit_bytes = if is_fault {
        MAX_FAULT_BYTES
    } else {
        MAX_ANSWER_BYTES
    };
    Ok(Begun::Reading(Reading {
        head: Some(head),
        exchange: Some(exchange),
        is_fault,
        body: Peeked::peek(body, limit_bytes),
    }))
}

impl<RB> Reading<RB>
where
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Response<Bytes>, Error>> {
        let body = match ready!(Pin::new(&mut self.body).poll(cx)) {
            Look::Whole(body, _) => body,
            // Its status says enough.
            Look::OverLimit(_) | Look::Failed(_) if self.is_fault => Bytes::new(),
            Look::OverLimit(_) => {
                let limit = self.body.limit_bytes();
                let error = format!("the answer is over the limit of {limit} bytes");
                return Poll::Ready(Err(Error::new(ErrorKind::BadAnswer, error)));
            }
            Look::Failed(mut body) => {
                let error = body.take_error().map(Into::into);
                return Poll::Ready(Err(error.map_or_else(broken, Error::from_boxed)));
            }
        };
        let (Some(head), Some(exchange)) = (self.head.take(), self.exchange.take()) else {
            return Poll::Pending;
        };
        Poll::Ready(if self.is_fault {
            Ok(exchange.fault(head, &body))
        } else {
            exchange.whole(head, &body)
        })
    }
}

/// Neither the gateway nor the client goes where a provider points: both would bring their credentials along.
fn elsewhere() -> Error {
    let words = "the provider answered with a redirect, which is not followed";
    Error::new(ErrorKind::BadAnswer, words).with_origin(Origin::Upstream)
}

fn broken() -> Error {
    Error::new(ErrorKind::BadAnswer, "the answer broke off")
}
