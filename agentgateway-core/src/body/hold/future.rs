use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, request};
use http_body::Body as HttpBody;
use tower_service::Service;

use crate::body::{Look, Peek, Peeked};

pin_project_lite::pin_project! {
    /// The future of [`Hold`](super::Hold).
    ///
    /// # Cancel safety
    /// Dropping it drops the body, or the inner call.
    pub struct HoldFuture<S, B>
    where
        S: Service<Request<Peeked<B>>>,
        B: HttpBody,
    {
        #[pin]
        state: State<S, S::Future, B>,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProj]
    enum State<S, F, B>
    where
        B: HttpBody,
    {
        Read { reading: Reading<B>, head: Option<request::Parts>, service: S },
        Call { #[pin] future: F },
    }
}

pub(super) enum Reading<B: HttpBody> {
    Peek(Peek<B>),
    /// None when it has gone on.
    Done(Option<Peeked<B>>),
}

impl<S, B> HoldFuture<S, B>
where
    S: Service<Request<Peeked<B>>>,
    B: HttpBody,
{
    pub(super) const fn begin(service: S, head: request::Parts, reading: Reading<B>) -> Self {
        Self {
            state: State::Read {
                reading,
                head: Some(head),
                service,
            },
        }
    }
}

impl<S, B> Future for HoldFuture<S, B>
where
    S: Service<Request<Peeked<B>>>,
    B: HttpBody<Data = Bytes>,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let future = match this.state.as_mut().project() {
                StateProj::Read {
                    reading,
                    head,
                    service,
                } => {
                    if let Reading::Peek(peek) = reading {
                        let (Look::Whole(_, body) | Look::OverLimit(body) | Look::Failed(body)) =
                            ready!(Pin::new(peek).poll(cx));
                        *reading = Reading::Done(Some(body));
                    }
                    ready!(service.poll_ready(cx))?;
                    let Reading::Done(body) = reading else {
                        return Poll::Pending;
                    };
                    let Some((head, body)) = head.take().zip(body.take()) else {
                        return Poll::Pending;
                    };
                    service.call(Request::from_parts(head, body))
                }
                StateProj::Call { future } => return future.poll(cx),
            };
            this.state.set(State::Call { future });
        }
    }
}

impl<S, B> fmt::Debug for HoldFuture<S, B>
where
    S: Service<Request<Peeked<B>>>,
    B: HttpBody,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HoldFuture").finish_non_exhaustive()
    }
}
