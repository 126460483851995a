use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::Request;
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{Look, Peek, Peeked};
use crate::error::{BoxError, Error, ErrorKind};

/// What becomes of a request whose body was read.
pub(super) trait GoOn<B: HttpBody> {
    /// The request as the service gets it.
    fn go_on(self, look: Look<B>) -> Result<Request<Peeked<B>>, Error>;
}

pin_project_lite::pin_project! {
    /// Reads the body of a request, waits for the service, and calls it.
    pub(super) struct ReadThenCall<S, B, G>
    where
        S: Service<Request<Peeked<B>>>,
        B: HttpBody,
    {
        service: S,
        #[pin]
        state: State<S::Future, B, G>,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProj]
    enum State<F, B, G>
    where
        B: HttpBody,
    {
        Read { peek: Peek<B>, then: Option<G> },
        Ready { request: Option<Request<Peeked<B>>> },
        Call { #[pin] future: F },
    }
}

impl<S, B, G> ReadThenCall<S, B, G>
where
    S: Service<Request<Peeked<B>>>,
    B: HttpBody,
{
    pub(super) const fn read(service: S, peek: Peek<B>, then: G) -> Self {
        let then = Some(then);
        Self {
            service,
            state: State::Read { peek, then },
        }
    }

    pub(super) const fn pass(service: S, request: Request<Peeked<B>>) -> Self {
        let request = Some(request);
        Self {
            service,
            state: State::Ready { request },
        }
    }
}

impl<S, B, G> Future for ReadThenCall<S, B, G>
where
    S: Service<Request<Peeked<B>>>,
    S::Error: Into<BoxError>,
    B: HttpBody<Data = Bytes>,
    G: GoOn<B>,
{
    type Output = Result<S::Response, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                StateProj::Read { peek, then } => {
                    let look = ready!(Pin::new(peek).poll(cx));
                    // Polled again after it was ready, which a future's contract forbids.
                    let Some(then) = then.take() else {
                        return Poll::Pending;
                    };
                    State::Ready {
                        request: Some(then.go_on(look)?),
                    }
                }
                StateProj::Ready { request } => {
                    let ready = ready!(this.service.poll_ready(cx));
                    ready.map_err(|error| Error::from_boxed(error.into()))?;
                    let Some(request) = request.take() else {
                        return Poll::Pending;
                    };
                    State::Call {
                        future: this.service.call(request),
                    }
                }
                StateProj::Call { future } => {
                    let result = ready!(future.poll(cx));
                    return Poll::Ready(result.map_err(|error| Error::from_boxed(error.into())));
                }
            };
            this.state.set(next);
        }
    }
}

/// What a body that failed while it was read says of it.
pub(super) fn failed<B>(mut body: Peeked<B>, kind: ErrorKind, of: &str) -> Error
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    match body.take_error() {
        Some(error) => Error::from_boxed(error.into()),
        None => Error::new(kind, format!("the body of the {of} broke off")),
    }
}
