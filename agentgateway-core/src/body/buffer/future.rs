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
    body::{
        Look, Peek, Peeked,
        read_then_call::{GoOn, ReadThenCall, failed},
    },
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
        layer: BufferLayer,
        method: Method,
        #[pin]
        state: State<S, B, RB>,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProj]
    enum State<S, B, RB>
    where
        S: Service<Request<Peeked<B>>>,
        B: HttpBody,
        RB: HttpBody,
    {
        Call { #[pin] calling: ReadThenCall<S, B, Held> },
        Answer { head: Option<response::Parts>, peek: Peek<RB>, whole: Whole },
    }
}

/// The request goes on when its body is there.
struct Held {
    head: request::Parts,
    whole: Whole,
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
        let calling = match layer.of_request(&head.headers) {
            Some(whole) => {
                let peek = Peeked::peek(body, whole.max_bytes);
                ReadThenCall::read(service, peek, Held { head, whole })
            }
            None => {
                let request = Request::from_parts(head, Peeked::untouched(body));
                ReadThenCall::pass(service, request)
            }
        };
        Self {
            layer,
            method,
            state: State::Call { calling },
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
                StateProj::Call { calling } => {
                    let (head, body) = ready!(calling.poll(cx))?.into_parts();
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
                    // Polled again after it was ready, which a future's contract forbids.
                    let Some(head) = head.take() else {
                        return Poll::Pending;
                    };
                    let kinds = (ErrorKind::BadAnswer, ErrorKind::BadAnswer);
                    let body = read(look, *whole, kinds, "answer")?;
                    return Poll::Ready(Ok(Response::from_parts(head, body)));
                }
            };
            this.state.set(next);
        }
    }
}

impl<B> GoOn<B> for Held
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    fn go_on(self, look: Look<B>) -> Result<Request<Peeked<B>>, Error> {
        let kinds = (ErrorKind::TooLarge, ErrorKind::InvalidRequest);
        let body = read(look, self.whole, kinds, "request")?;
        Ok(Request::from_parts(self.head, body))
    }
}

/// The body as it goes on.
fn read<B>(
    look: Look<B>,
    whole: Whole,
    (longer, broken): (ErrorKind, ErrorKind),
    of: &str,
) -> Result<Peeked<B>, Error>
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
        Look::Failed(body) => Err(failed(body, broken, of)),
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
