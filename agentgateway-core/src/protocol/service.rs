use std::{
    convert::Infallible,
    fmt,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, request, response};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{Protocol, Rejection, ResponseFuture, Told};
use crate::{
    body::{End, Peeked},
    context::{RequestId, Trail},
    error::{BoxError, Error},
    media,
    rescue::{self, Dialect, Ending, Handling, Silence, Unfinished, Verdict, Watch, has_no_body},
    sse::{DEFAULT_MAX_EVENT_BYTES, SseEvent, SseMessage},
};

/// The body of an answer that passed a protocol layer.
pub type ResponseBody<B, P> = rescue::ResponseBody<B, Exchange<P>>;

/// A service that speaks protocol `P` outside, and inside may be any service.
///
/// See the [module](crate::protocol) for what it does.
#[derive(Clone, Debug)]
pub struct ProtocolService<S, P> {
    inner: S,
    protocol: P,
    enabled: bool,
    refuses_all: bool,
}

impl<S, P> ProtocolService<S, P> {
    /// Mounts `protocol` over `inner`. When `enabled` is false every request passes untouched.
    pub const fn new(inner: S, protocol: P, enabled: bool) -> Self {
        Self {
            inner,
            protocol,
            enabled,
            refuses_all: false,
        }
    }

    /// Whether `inner` fails with every request, and only the form of its error is wanted. Default:
    /// false.
    ///
    /// A request that the protocol would refuse itself then goes inward too, without a call: its
    /// client is to learn that nothing is served there, and not what is wrong with a request that
    /// nobody would take.
    #[must_use]
    pub const fn refuses_all(mut self, refuses_all: bool) -> Self {
        self.refuses_all = refuses_all;
        self
    }

    /// The service inside.
    pub const fn inner(&self) -> &S {
        &self.inner
    }
}

impl<S, P, B, RB> Service<Request<B>> for ProtocolService<S, P>
where
    P: Protocol,
    B: HttpBody<Data = Bytes>,
    S: Service<Request<Peeked<B>>, Response = Response<RB>> + Clone,
    S::Error: Into<BoxError>,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody<RB, P>>;
    type Error = Infallible;
    type Future = ResponseFuture<P, S, B, RB>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ResponseFuture::new(
            self.protocol.clone(),
            self.inner.clone(),
            request,
            (self.enabled, self.refuses_all),
        )
    }
}

/// The watch of one exchange: the protocol's own, and how its dialect says an error.
///
/// Boxed: it goes from state to state of the future, and from there into the body, and a server may
/// keep room for both as long as the connection lasts.
pub struct Exchange<P: Protocol>(Box<Inner<P>>);

struct Inner<P: Protocol> {
    protocol: P,
    subject: <P::Dialect as Dialect>::Subject,
    /// `None` for a request that passed without a call.
    watch: Option<P::Watch>,
    request_id: Option<RequestId>,
    trail: Option<Trail>,
    is_head: bool,
}

impl<P> fmt::Debug for Exchange<P>
where
    P: Protocol,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("watched", &self.0.watch.is_some())
            .finish_non_exhaustive()
    }
}

impl<P> Exchange<P>
where
    P: Protocol,
{
    pub(super) fn new(
        protocol: P,
        subject: <P::Dialect as Dialect>::Subject,
        watch: Option<P::Watch>,
        head: &request::Parts,
    ) -> Self {
        Self(Box::new(Inner {
            protocol,
            subject,
            watch,
            request_id: head.extensions.get().cloned(),
            trail: head.extensions.get().cloned(),
            is_head: head.method == Method::HEAD,
        }))
    }

    pub(super) fn span(&self) -> tracing::Span {
        let Inner {
            protocol, watch, ..
        } = &*self.0;
        watch
            .as_ref()
            .map_or_else(tracing::Span::none, |watch| protocol.span(watch))
    }

    /// The answer to a call that is not admitted; the exchange is over.
    pub(super) fn refuse(mut self, head: &request::Parts, rejection: Rejection) -> Response<Bytes> {
        let (error, mut response) = rejection.answer(head);
        self.end(End::Failed(&error));
        response.extensions_mut().insert(Told);
        response
    }

    /// Says the error with the id of its request, where that is known.
    fn named<T>(&self, error: &Error, say: impl FnOnce(&Error) -> T) -> T {
        match &self.0.request_id {
            Some(id) => say(&error.copy().with_request_id(id.clone())),
            None => say(error),
        }
    }

    /// The whole answer that says this error; the exchange is over.
    pub(super) fn fail(mut self, mut error: Error) -> Response<Bytes> {
        let told = self.0.watch.is_some();
        if let Some(id) = self.0.request_id.take() {
            error = error.with_request_id(id);
        }
        self.end(End::Failed(&error));
        let mut response = self.0.protocol.dialect().response(&error, &self.0.subject);
        if told {
            response.extensions_mut().insert(Told);
        }
        response
    }
}

impl<P> Watch for Exchange<P>
where
    P: Protocol,
{
    fn head(&mut self, head: &mut response::Parts) -> Handling {
        let Some(watch) = &mut self.0.watch else {
            return Handling::Pass;
        };
        let handling = watch.head(head);
        head.extensions.insert(Told);
        let unread = media::is_coded(&head.headers);
        let handling = match handling {
            Handling::Events | Handling::Frames | Handling::Messages | Handling::Whole { .. }
                if unread =>
            {
                Handling::Pass
            }
            other => other,
        };
        // Also in the answer to HEAD, which tells what GET would say.
        if matches!(
            handling,
            Handling::Events | Handling::Messages | Handling::Rewrite { .. }
        ) {
            head.headers.remove(http::header::CONTENT_LENGTH);
        }
        if has_no_body(self.0.is_head, head.status) {
            return Handling::Pass;
        }
        handling
    }

    fn whole(&mut self, body: &[u8]) {
        if let Some(watch) = &mut self.0.watch {
            watch.whole(body);
        }
    }

    fn data(&mut self, data: &Bytes) {
        if let Some(watch) = &mut self.0.watch {
            watch.data(data);
        }
    }

    fn trailers(&mut self, trailers: &HeaderMap) {
        if let Some(watch) = &mut self.0.watch {
            watch.trailers(trailers);
        }
    }

    fn messages(&mut self, data: &Bytes) -> Unfinished {
        let watch = self.0.watch.as_mut();
        watch.map_or_else(Unfinished::default, |watch| watch.messages(data))
    }

    fn event(&mut self, event: &SseEvent<'_>) -> Verdict {
        self.0
            .watch
            .as_mut()
            .map_or(Verdict::Keep, |watch| watch.event(event))
    }

    fn max_event_bytes(&self) -> usize {
        self.0
            .watch
            .as_ref()
            .map_or(DEFAULT_MAX_EVENT_BYTES, P::Watch::max_event_bytes)
    }

    fn rewrite(&mut self, head: &mut response::Parts, body: Bytes) -> Result<Bytes, Error> {
        match &mut self.0.watch {
            Some(watch) => watch.rewrite(head, body),
            None => Ok(body),
        }
    }

    fn over_limit(&mut self, head: &mut response::Parts, error: Error) -> Result<Bytes, Error> {
        match &mut self.0.watch {
            Some(watch) => watch.over_limit(head, error),
            None => Err(error),
        }
    }

    fn ending(&self) -> Ending {
        self.0
            .watch
            .as_ref()
            .map_or(Ending::Endless, P::Watch::ending)
    }

    fn closes_within(&self) -> Option<Duration> {
        self.0.watch.as_ref()?.closes_within()
    }

    fn poll_silent(&mut self, cx: &mut Context<'_>) -> Poll<Silence> {
        match &mut self.0.watch {
            Some(watch) => watch.poll_silent(cx),
            None => Poll::Pending,
        }
    }

    fn error_event(&self, error: &Error) -> Option<SseMessage> {
        self.named(error, |error| match &self.0.watch {
            Some(watch) => watch.error_event(error),
            None => self.0.protocol.dialect().event(error, &self.0.subject),
        })
    }

    fn error_message(&self, error: &Error) -> Option<Bytes> {
        let watch = self.0.watch.as_ref()?;
        self.named(error, |error| watch.error_message(error))
    }

    fn end(&mut self, end: End<'_>) {
        if let Some(trail) = self.0.trail.take() {
            trail.ended(end);
        }
        if let Some(mut watch) = self.0.watch.take() {
            watch.end(end);
        }
    }
}
