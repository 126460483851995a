use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Method, Request, Response, header, request, response};
use http_body::Body as HttpBody;
use tower_layer::Layer;
use tower_service::Service;

use super::{Dialect, Handling, ResponseBody, Watch, has_no_body};
use crate::{
    body::End,
    context::{RequestId, Trail},
    error::{BoxError, Error},
    media,
    protocol::Protocol,
    sse::SseMessage,
};

/// Turns every error of the inner service and of its bodies into a dialect's answer.
///
/// The protocol layers do this by themselves. This layer is for what stands outside of them: a route
/// table, a timeout, an authentication.
///
/// # Behaviour
/// The service is always ready: an error of the inner `poll_ready` is an answer too. An event stream
/// is watched so that its error becomes an event; what its end marker is, only a protocol layer
/// knows.
#[derive(Clone, Debug)]
pub struct RescueLayer<D: Dialect> {
    dialect: D,
    about: About<D::Subject>,
}

/// Whom an answer is about.
#[derive(Clone)]
enum About<S> {
    Fixed(S),
    Head(Arc<dyn Fn(&request::Parts) -> S + Send + Sync>),
}

impl<S: fmt::Debug> fmt::Debug for About<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(subject) => subject.fmt(f),
            Self::Head(_) => f.write_str("Head"),
        }
    }
}

impl<D> RescueLayer<D>
where
    D: Dialect,
{
    /// Answers errors in this dialect, about this subject.
    pub const fn new(dialect: D, subject: D::Subject) -> Self {
        Self {
            dialect,
            about: About::Fixed(subject),
        }
    }

    /// Answers errors as this protocol does those of requests that it could not parse: for what stands
    /// outside of its layer, such as an authentication. The protocol layers' `rescue` gives it.
    pub fn of<P>(protocol: P) -> Self
    where
        P: Protocol<Dialect = D>,
    {
        Self {
            dialect: protocol.dialect().clone(),
            about: About::Head(Arc::new(move |head| protocol.stranger(head))),
        }
    }
}

impl<S, D> Layer<S> for RescueLayer<D>
where
    D: Dialect,
{
    type Service = Rescue<S, D>;

    fn layer(&self, inner: S) -> Rescue<S, D> {
        Rescue {
            inner,
            dialect: self.dialect.clone(),
            about: self.about.clone(),
        }
    }
}

/// The service of [`RescueLayer`].
#[derive(Clone, Debug)]
pub struct Rescue<S, D: Dialect> {
    inner: S,
    dialect: D,
    about: About<D::Subject>,
}

impl<S, D, B, RB> Service<Request<B>> for Rescue<S, D>
where
    S: Service<Request<B>, Response = Response<RB>> + Clone,
    S::Error: Into<BoxError>,
    RB: HttpBody<Data = Bytes>,
    D: Dialect,
{
    type Response = Response<ResponseBody<RB, Unwatched<D>>>;
    type Error = Infallible;
    type Future = RescueFuture<S, B, D>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (head, body) = request.into_parts();
        let watch = Unwatched {
            dialect: self.dialect.clone(),
            // What a policy inside takes out of the head can tell the dialect.
            subject: match &self.about {
                About::Fixed(subject) => subject.clone(),
                About::Head(about) => about(&head),
            },
            request_id: head.extensions.get().cloned(),
            trail: head.extensions.get().cloned(),
            is_head: head.method == Method::HEAD,
        };
        RescueFuture {
            state: State::Ready {
                service: self.inner.clone(),
                request: Some(Request::from_parts(head, body)),
            },
            watch: Some(watch),
        }
    }
}

pin_project_lite::pin_project! {
    /// The future of [`Rescue`].
    pub struct RescueFuture<S, B, D> where S: Service<Request<B>>, D: Dialect {
        #[pin]
        state: State<S, Request<B>, S::Future>,
        watch: Option<Unwatched<D>>,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProj]
    enum State<S, Q, F> {
        Ready { service: S, request: Option<Q> },
        Call { #[pin] future: F },
    }
}

impl<S, B, D> fmt::Debug for RescueFuture<S, B, D>
where
    S: Service<Request<B>>,
    D: Dialect,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RescueFuture").finish_non_exhaustive()
    }
}

impl<S, B, RB, D> Future for RescueFuture<S, B, D>
where
    S: Service<Request<B>, Response = Response<RB>>,
    S::Error: Into<BoxError>,
    RB: HttpBody<Data = Bytes>,
    D: Dialect,
{
    type Output = Result<Response<ResponseBody<RB, Unwatched<D>>>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let result = loop {
            match this.state.as_mut().project() {
                StateProj::Ready { service, request } => {
                    if let Err(error) = ready!(service.poll_ready(cx)) {
                        break Err(error);
                    }
                    // INVARIANT: the request is taken only here, and the state changes with it.
                    let Some(request) = request.take() else {
                        return Poll::Pending;
                    };
                    let future = service.call(request);
                    this.state.set(State::Call { future });
                }
                StateProj::Call { future } => break ready!(future.poll(cx)),
            }
        };
        let Some(mut watch) = this.watch.take() else {
            return Poll::Pending;
        };
        Poll::Ready(Ok(match result {
            Ok(response) => {
                let (mut head, body) = response.into_parts();
                let handling = watch.head(&mut head);
                Response::from_parts(head, ResponseBody::new(body, watch, handling))
            }
            Err(error) => {
                let error = watch.named(Error::from_boxed(error.into()));
                watch.end(End::Failed(&error));
                watch
                    .dialect
                    .response(&error, &watch.subject)
                    .map(ResponseBody::own)
            }
        }))
    }
}

/// A watch that only knows how to say an error.
#[derive(Clone, Debug)]
pub struct Unwatched<D: Dialect> {
    dialect: D,
    subject: D::Subject,
    request_id: Option<RequestId>,
    trail: Option<Trail>,
    is_head: bool,
}

impl<D: Dialect> Unwatched<D> {
    fn named(&self, error: Error) -> Error {
        match &self.request_id {
            Some(id) => error.with_request_id(id.clone()),
            None => error,
        }
    }
}

impl<D> Watch for Unwatched<D>
where
    D: Dialect,
{
    fn head(&mut self, head: &mut response::Parts) -> Handling {
        if !media::is_event_stream(&head.headers) || media::is_coded(&head.headers) {
            return Handling::Pass;
        }
        // Also in the answer to HEAD, which tells what GET would say.
        head.headers.remove(header::CONTENT_LENGTH);
        if has_no_body(self.is_head, head.status) {
            return Handling::Pass;
        }
        Handling::Events
    }

    fn error_event(&self, error: &Error) -> Option<SseMessage> {
        self.dialect.event(&self.named(error.copy()), &self.subject)
    }

    fn end(&mut self, end: End<'_>) {
        if let Some(trail) = &self.trail {
            trail.ended(end);
        }
    }
}
