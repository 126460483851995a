use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, request};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{BodyPrefix, PrefixLayer};
use crate::{
    body::{
        Look, Peeked,
        read_then_call::{GoOn, ReadThenCall, failed},
    },
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
        #[pin]
        calling: ReadThenCall<S, B, Shown>,
    }
}

/// The request goes on with what was read of it.
struct Shown {
    head: request::Parts,
    limit_bytes: usize,
    refuse_longer: bool,
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
        let shown = Shown {
            head,
            limit_bytes: peek.limit_bytes(),
            refuse_longer: layer.refuse_longer,
        };
        Self {
            calling: ReadThenCall::read(service, peek, shown),
        }
    }

    pub(super) const fn pass(service: S, request: Request<Peeked<B>>) -> Self {
        Self {
            calling: ReadThenCall::pass(service, request),
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

impl<S, B> Future for ResponseFuture<S, B>
where
    S: Service<Request<Peeked<B>>>,
    S::Error: Into<BoxError>,
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Output = Result<S::Response, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().calling.poll(cx)
    }
}

impl<B> GoOn<B> for Shown
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    fn go_on(self, look: Look<B>) -> Result<Request<Peeked<B>>, Error> {
        let limit_bytes = self.limit_bytes;
        let (prefix, body) = match look {
            Look::Whole(bytes, body) => (BodyPrefix::new(bytes, true), body),
            Look::OverLimit(_) if self.refuse_longer => {
                let message = format!("the request body is over the limit of {limit_bytes} bytes");
                return Err(Error::new(ErrorKind::TooLarge, message));
            }
            Look::OverLimit(body) => (BodyPrefix::new(body.beginning(limit_bytes), false), body),
            Look::Failed(body) => return Err(failed(body, ErrorKind::InvalidRequest, "request")),
        };
        let mut head = self.head;
        head.extensions.insert(prefix);
        Ok(Request::from_parts(head, body))
    }
}
