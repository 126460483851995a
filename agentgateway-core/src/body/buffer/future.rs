use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Method, Request, Response, request, response};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{BufferLayer, Whole};
use crate::{
    body::{Look, Peek, Peeked},
    error::{BoxError, Error, ErrorKind},
};

pin_project_lite::pin_project! {
    /// The future of [`Buffer`](super::Buffer): read, wait, call, read.
    ///
    /// # Cancel safety
    /// Dropping it drops the request, the inner call, or the answer.
    pub struct ResponseFuture<S, B, RB>
    where
        S: Service<Request<Peeked<B>>>,
        B: HttpBody,
        RB: HttpBody,
    {
        service: S,
        layer: BufferLayer,
        method: Method,
        #[pin]
        state: State<S::Future, B, RB>,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProj]
    enum State<F, B, RB>
    where
        B: HttpBody,
        RB: HttpBody,
    {
        Request { head: Option<request::Parts>, peek: Peek<B>, whole: Whole },
        Ready { request: Option<Request<Peeked<B>>> },
        Call { #[pin] future: F },
        Answer { head: Option<response::Parts>, peek: Peek<RB>, whole: Whole },
    }
}

impl<S, B, RB> ResponseFuture<S, B, RB>
where
    S: Service<Request<Peeked<B>>>,
    B: HttpBody<Data = Bytes>,
    RB: HttpBody<Data = Bytes>,
{
    pub(super) fn begin(service: S, request: Request<B>, layer: BufferLayer) -> Self {
        let (head, body) = request.into_parts();
        let method = head.method.clone();
        let state = match layer.of_request(&head.headers) {
            Some(whole) => State::Request {
                head: Some(head),
                peek: Peeked::peek(body, whole.max_bytes),
                whole,
            },
            None => State::Ready {
                request: Some(Request::from_parts(head, Peeked::untouched(body))),
            },
        };
        Self {
            service,
            layer,
            method,
            state,
        }
    }
}

impl<S, B, RB> Future for ResponseFuture<S, B, RB>
where
    S: Service<Request<Peeked<B>>, Response = Response<RB>>,
    S::Error: Into<BoxError>,
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    type Output = Result<Response<Peeked<RB>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                StateProj::Request { head, peek, whole } => {
                    let look = ready!(Pin::new(peek).poll(cx));
                    // Polled again after it was ready, which a future's contract forbids.
                    let Some(head) = head.take() else {
                        return Poll::Pending;
                    };
                    let body = read(look, *whole, (ErrorKind::TooLarge, "request"))?;
                    State::Ready {
                        request: Some(Request::from_parts(head, body)),
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
                    let response = ready!(future.poll(cx));
                    let response = response.map_err(|error| Error::from_boxed(error.into()))?;
                    let (head, body) = response.into_parts();
                    let Some(whole) = this.layer.of_answer(this.method, &head) else {
                        let response = Response::from_parts(head, Peeked::untouched(body));
                        return Poll::Ready(Ok(response));
                    };
                    State::Answer {
                        head: Some(head),
                        peek: Peeked::peek(body, whole.max_bytes),
                        whole,
                    }
                }
                StateProj::Answer { head, peek, whole } => {
                    let look = ready!(Pin::new(peek).poll(cx));
                    let Some(head) = head.take() else {
                        return Poll::Pending;
                    };
                    let body = read(look, *whole, (ErrorKind::BadAnswer, "answer"))?;
                    return Poll::Ready(Ok(Response::from_parts(head, body)));
                }
            };
            this.state.set(next);
        }
    }
}

/// The body as it goes on.
fn read<B>(look: Look<B>, whole: Whole, (longer, of): (ErrorKind, &str)) -> Result<Peeked<B>, Error>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    match look {
        Look::Whole(_, body) => Ok(body),
        Look::OverLimit(body) if whole.passes_longer => Ok(body),
        Look::OverLimit(_) => {
            let limit = whole.max_bytes;
            let message = format!("the body of the {of} is over the limit of {limit} bytes");
            Err(Error::new(longer, message))
        }
        Look::Failed(mut body) => Err(match body.take_error() {
            Some(error) => Error::from_boxed(error.into()),
            None => Error::new(longer, format!("the body of the {of} broke off")),
        }),
    }
}

impl<S, B, RB> fmt::Debug for ResponseFuture<S, B, RB>
where
    S: Service<Request<Peeked<B>>>,
    B: HttpBody,
    RB: HttpBody,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
