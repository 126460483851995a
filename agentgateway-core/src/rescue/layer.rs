use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Method, Request, Response, header, response};
use http_body::Body as HttpBody;
use tower_layer::Layer;
use tower_service::Service;

use super::{Dialect, Handling, ResponseBody, Watch, has_no_body};
use crate::{
    error::{BoxError, Error},
    media,
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
    subject: D::Subject,
}

impl<D> RescueLayer<D>
where
    D: Dialect,
{
    /// Answers errors in this dialect, about this subject.
    pub const fn new(dialect: D, subject: D::Subject) -> Self {
        Self { dialect, subject }
    }
}

impl<S, D> Layer<S> for RescueLayer<D>
where
    D: Dialect,
{
    type Service = Rescue<S, D>;

    fn layer(&self, inner: S) -> Rescue<S, D> {
        let watch = Unwatched {
            dialect: self.dialect.clone(),
            subject: self.subject.clone(),
            is_head: false,
        };
        Rescue { inner, watch }
    }
}

/// The service of [`RescueLayer`].
#[derive(Clone, Debug)]
pub struct Rescue<S, D: Dialect> {
    inner: S,
    watch: Unwatched<D>,
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
        let is_head = *request.method() == Method::HEAD;
        let watch = self.watch.clone();
        RescueFuture {
            state: State::Ready {
                service: self.inner.clone(),
                request: Some(request),
            },
            watch: Some(Unwatched { is_head, ..watch }),
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
                let error = Error::from_boxed(error.into());
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
    is_head: bool,
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
        self.dialect.event(error, &self.subject)
    }
}
