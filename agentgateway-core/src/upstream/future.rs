use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{
    HeaderValue, Method, Request, Response, StatusCode, Uri, Version,
    header::{HOST, TRANSFER_ENCODING},
    uri::PathAndQuery,
};
use http_body::Body as _;
use hyper::body::Incoming;

use super::{
    HostField, Idempotent,
    body::{Failure, RequestBody, copy},
    failure::Target,
    hop::strip_hop_headers,
    http1::{Broken, Exchange, Link, PooledBody},
    http2::{self, Http2, not_processed},
    pool::{Host, Opened, Opening, Runtime},
};
use crate::{
    body::Body,
    context,
    error::{Error, ErrorKind},
};

/// The answer to one request of a [`Client`](super::Client), up to its head.
///
/// # Cancel safety
///
/// Dropping it ends the exchange upstream: an HTTP/1.1 connection is closed, an HTTP/2 stream is
/// reset. A connection that was being opened for it is not opened.
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture {
    state: State,
}

enum State {
    /// None when it has been told.
    Failed(Option<Error>),
    Opening(Box<Waiting>),
    Http1(Exchange, Attempt),
    Http2(Streaming, Attempt),
}

/// A request without a connection.
struct Waiting {
    opening: Opening,
    request: Request<RequestBody>,
    attempt: Attempt,
}

struct Streaming {
    answer: Pin<Box<dyn Future<Output = StreamAnswer> + Send>>,
    failure: Option<Failure>,
    /// A copy, for a stream that the service refuses unread.
    replay: Option<Box<Request<RequestBody>>>,
}

type StreamAnswer = Result<Response<http2::ResponseBody>, http2::Failed<RequestBody>>;

/// What is known of a request whatever connection it takes.
struct Attempt {
    host: Arc<Host>,
    replayable: bool,
    retried: bool,
    /// The service has done nothing of it so far.
    unprocessed: bool,
}

impl ResponseFuture {
    pub(super) const fn failed(error: Error) -> Self {
        Self {
            state: State::Failed(Some(error)),
        }
    }

    pub(super) fn start(host: &Arc<Host>, request: Request<RequestBody>) -> Self {
        let attempt = Attempt {
            host: Arc::clone(host),
            replayable: is_replayable(&request),
            retried: false,
            unprocessed: true,
        };
        let state = match host.take(Runtime::current()) {
            Some(Opened::Link(link)) => attempt.over_link(link, request),
            Some(Opened::Streams(streams)) => attempt.over_streams(streams, request),
            None => attempt.wait(Opening::new(Arc::clone(host)), request),
        };
        Self { state }
    }
}

impl Attempt {
    fn wait(self, opening: Opening, request: Request<RequestBody>) -> State {
        State::Opening(Box::new(Waiting {
            opening,
            request,
            attempt: self,
        }))
    }

    fn over_link(self, link: Box<Link>, mut request: Request<RequestBody>) -> State {
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = path.map_or_else(Uri::default, Uri::from);
        *request.version_mut() = Version::HTTP_11;
        let host = own_host(&request).unwrap_or_else(|| self.host.header().clone());
        request.headers_mut().insert(HOST, host);
        if has_unusual_body(&request) {
            let chunked = HeaderValue::from_static("chunked");
            request.headers_mut().insert(TRANSFER_ENCODING, chunked);
        }
        State::Http1(Exchange::start(link, request, self.replayable), self)
    }

    fn over_streams(self, mut streams: Http2, mut request: Request<RequestBody>) -> State {
        let path = request.uri().path_and_query().cloned();
        let path = path.unwrap_or_else(|| PathAndQuery::from_static("/"));
        let host = own_host(&request);
        *request.uri_mut() = self.host.target().uri(path, host.as_ref());
        *request.version_mut() = Version::HTTP_2;
        request.headers_mut().remove(HOST);
        let streaming = Streaming {
            replay: copy(&request),
            failure: request.body_mut().watch(),
            answer: Box::pin(streams.send(request)),
        };
        State::Http2(streaming, self)
    }

    /// Once, where that does no harm.
    fn again(&self, broken: Broken) -> Result<State, Error> {
        let Broken {
            error,
            request,
            unprocessed,
            place,
        } = broken;
        let again = Self {
            host: Arc::clone(&self.host),
            retried: true,
            unprocessed: self.unprocessed && unprocessed,
            ..*self
        };
        let Some(request) = request.filter(|_| !self.retried) else {
            return Err(again.told(self.host.target().failed(error)));
        };
        tracing::debug!(target = %self.host.target(), %error, "sent again on a new connection");
        let opening = match place {
            Some(place) => Opening::anew(place),
            None => Opening::new(Arc::clone(&self.host)),
        };
        Ok(again.wait(opening, request))
    }

    /// Who retries is told whether it may.
    fn told(&self, error: Error) -> Error {
        if self.unprocessed {
            error.with_unprocessed()
        } else {
            error
        }
    }
}

impl Future for ResponseFuture {
    type Output = Result<Response<Body>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match ready!(self.state.poll(cx)) {
                Step::Next(state) => self.state = state,
                Step::Answer(answer) => {
                    self.state = State::Failed(None);
                    return Poll::Ready(answer);
                }
            }
        }
    }
}

/// What came of a state.
enum Step {
    Next(State),
    Answer(Result<Response<Body>, Error>),
}

impl From<Result<State, Error>> for Step {
    fn from(next: Result<State, Error>) -> Self {
        match next {
            Ok(state) => Self::Next(state),
            Err(error) => Self::Answer(Err(error)),
        }
    }
}

impl State {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        Poll::Ready(match self {
            Self::Opening(waiting) => {
                let opened = ready!(waiting.opening.poll(cx));
                self.opened(opened)
            }
            Self::Http1(exchange, attempt) => match ready!(exchange.poll(cx)) {
                Ok((response, link)) => {
                    let body = |incoming| received(incoming, link, cx);
                    Step::Answer(forwarded(attempt.host.target(), response, body))
                }
                Err(broken) => attempt.again(broken).into(),
            },
            Self::Http2(streaming, attempt) => match ready!(streaming.answer.as_mut().poll(cx)) {
                Ok(response) => Step::Answer(forwarded(attempt.host.target(), response, Body::new)),
                Err(failed) => streaming.broken(failed, attempt).into(),
            },
            Self::Failed(error) => match error.take() {
                Some(error) => Step::Answer(Err(error)),
                // Polled again after it was ready, which a future's contract forbids.
                None => return Poll::Pending,
            },
        })
    }

    fn opened(&mut self, opened: Result<Opened, Error>) -> Step {
        let Self::Opening(waiting) = std::mem::replace(self, Self::Failed(None)) else {
            return Step::Next(Self::Failed(None));
        };
        let Waiting {
            request, attempt, ..
        } = *waiting;
        match opened {
            Ok(Opened::Link(link)) => Step::Next(attempt.over_link(link, request)),
            Ok(Opened::Streams(streams)) => Step::Next(attempt.over_streams(streams, request)),
            Err(error) => Step::Answer(Err(attempt.told(error))),
        }
    }
}

/// The body of an answer; its bytes alone, when they are few and here.
fn received(incoming: Incoming, link: Box<Link>, cx: &mut Context<'_>) -> Body {
    let mut body = PooledBody::new(incoming, link);
    match body.whole(cx) {
        Some(bytes) => Body::from(bytes),
        None => Body::new(body),
    }
}

impl Streaming {
    fn broken(
        &mut self,
        failed: http2::Failed<RequestBody>,
        attempt: &Attempt,
    ) -> Result<State, Error> {
        // What the request's own body said comes before what followed from it.
        if let Some(own) = self.failure.as_ref().and_then(Failure::take) {
            return Err(own);
        }
        let http2::Failed { error, request } = failed;
        let replay = self.replay.take().map(|request| *request);
        let refused = not_processed(&error);
        attempt.again(Broken {
            unprocessed: refused || request.is_some(),
            request: request.or(replay.filter(|_| refused)),
            error,
            place: None,
        })
    }
}

/// The answer as it goes on, or why it does not.
pub(super) fn forwarded<B>(
    target: &Target,
    mut response: Response<B>,
    body: impl FnOnce(B) -> Body,
) -> Result<Response<Body>, Error> {
    // `Upgrade` was not sent, so nobody asked for another protocol.
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        let words = "switched to a protocol that was not asked for";
        return Err(target.error(ErrorKind::BadAnswer, words));
    }
    strip_hop_headers(response.headers_mut());
    Ok(response.map(body))
}

/// The host that the request is to name, where that is not the target's.
fn own_host(request: &Request<RequestBody>) -> Option<HeaderValue> {
    let field = request.extensions().get::<HostField>()?;
    Some(field.value().clone())
}

/// Whether hyper would send no body by itself: it expects none of such a method where the length is
/// not known.
fn has_unusual_body(request: &Request<RequestBody>) -> bool {
    let method = request.method();
    (method == Method::GET || method == Method::HEAD)
        && !request.body().is_end_stream()
        && request.body().size_hint().exact().is_none()
}

/// RFC 9110, section 9.2.2, or the application's word. Not where somebody outside counts attempts: that
/// one decides, and would not know of another.
fn is_replayable(request: &Request<RequestBody>) -> bool {
    let extensions = request.extensions();
    let is_idempotent =
        request.method().is_idempotent() || extensions.get::<Idempotent>().is_some();
    is_idempotent && extensions.get::<context::Attempt>().is_none()
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
