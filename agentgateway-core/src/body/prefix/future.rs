use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response, request};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{BodyPrefix, PrefixLayer};
use crate::{
    body::{Look, Peek, Peeked},
    error::{BoxError, Error, ErrorKind},
};

pin_project_lite::pin_project! {
    /// The future of [`Prefix`](super::Prefix): read, wait, call.
    ///
    /// # Cancel safety
    /// Dropping it drops the request, or the inner call.
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<Peeked<B>>>,
        B: HttpBody,
    {
        service: S,
        #[pin]
        state: State<S::Future, B>,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProj]
    enum State<F, B>
    where
        B: HttpBody,
    {
        Read { head: Option<request::Parts>, peek: Peek<B>, refuse_longer: bool },
        Ready { request: Option<Request<Peeked<B>>> },
        Call { #[pin] future: F },
    }
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<Peeked<B>>>,
    B: HttpBody<Data = Bytes>,
{
    pub(super) fn read(service: S, head: request::Parts, body: B, layer: &PrefixLayer) -> Self {
        let peek = if layer.refuse_longer {
            Peeked::peek(body, layer.limit_bytes)
        } else {
            Peeked::peek_beginning(body, layer.limit_bytes)
        };
        Self {
            service,
            state: State::Read {
                head: Some(head),
                peek,
                refuse_longer: layer.refuse_longer,
            },
        }
    }

    pub(super) const fn pass(service: S, request: Request<Peeked<B>>) -> Self {
        Self {
            service,
            state: State::Ready {
                request: Some(request),
            },
        }
    }
}

impl<S, B> fmt::Debug for ResponseFuture<S, B>
where
    S: Service<Request<Peeked<B>>>,
    B: HttpBody,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

impl<S, B, RB> Future for ResponseFuture<S, B>
where
    S: Service<Request<Peeked<B>>, Response = Response<RB>>,
    S::Error: Into<BoxError>,
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Output = Result<Response<RB>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                StateProj::Read {
                    head,
                    peek,
                    refuse_longer,
                } => {
                    let limit_bytes = peek.limit_bytes();
                    let look = ready!(Pin::new(peek).poll(cx));
                    // Polled again after it was ready, which a future's contract forbids.
                    let Some(head) = head.take() else {
                        return Poll::Pending;
                    };
                    State::Ready {
                        request: Some(found(head, look, limit_bytes, *refuse_longer)?),
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

/// The request as it goes on, with what was read of it.
fn found<B>(
    mut head: request::Parts,
    look: Look<B>,
    limit_bytes: usize,
    refuse_longer: bool,
) -> Result<Request<Peeked<B>>, Error>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let (prefix, body) = match look {
        Look::Whole(bytes, body) => (BodyPrefix::new(bytes, true), body),
        Look::OverLimit(_) if refuse_longer => {
            let message = format!("the request body is over the limit of {limit_bytes} bytes");
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        Look::OverLimit(body) => (BodyPrefix::new(body.beginning(limit_bytes), false), body),
        Look::Failed(mut body) => {
            return Err(match body.take_error() {
                Some(error) => Error::from_boxed(error.into()),
                None => Error::new(ErrorKind::InvalidRequest, "the request body broke off"),
            });
        }
    };
    head.extensions.insert(prefix);
    Ok(Request::from_parts(head, body))
}
