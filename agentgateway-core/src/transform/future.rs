use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Response, request, response};
use http_body::Body as HttpBody;

use super::{Transformation, content, response::is_tunnel};
use crate::{
    body::{Look, Peek, Peeked},
    error::{BoxError, Error, ErrorKind},
};

pin_project_lite::pin_project! {
    /// The future of [`Transform`](super::Transform).
    ///
    /// # Cancel safety
    /// Dropping it drops the inner call, or the body of the answer.
    pub struct ResponseFuture<F, RB>
    where
        RB: HttpBody,
    {
        #[pin]
        state: State<F, RB>,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProj]
    enum State<F, RB>
    where
        RB: HttpBody,
    {
        Refused { error: Option<Error> },
        Call { #[pin] future: F, kept: Option<Box<Kept>> },
        Read { peek: Peek<RB>, rest: Option<(Box<Kept>, response::Parts)> },
    }
}

/// What changes of an answer need of its request.
pub(super) struct Kept {
    request: request::Parts,
    chosen: Arc<Transformation>,
}

impl Kept {
    /// `None` where no answer is changed.
    pub(super) fn new(head: &request::Parts, chosen: Arc<Transformation>) -> Option<Box<Self>> {
        (!chosen.response.is_empty()).then(|| {
            Box::new(Self {
                request: head.clone(),
                chosen,
            })
        })
    }

    /// Whether the body of an answer is to be read before its head goes back.
    fn reads<RB: HttpBody>(&self, head: &response::Parts, body: &RB) -> bool {
        let length = body.size_hint().exact();
        self.chosen.response.reads_body()
            && !is_tunnel(&self.request, head)
            && length.is_some_and(|length| length <= self.chosen.max_read_bytes as u64)
    }

    /// The answer as it goes back.
    fn finish<RB>(
        mut self: Box<Self>,
        mut head: response::Parts,
        read: Option<&Bytes>,
        body: Peeked<RB>,
    ) -> Result<Response<Peeked<RB>>, Error>
    where
        RB: HttpBody<Data = Bytes>,
    {
        let Self { request, chosen } = &mut *self;
        let new = chosen.response.apply(request, &mut head, read)?;
        let body = new.map_or(body, content::of);
        Ok(Response::from_parts(head, body))
    }
}

impl<F, RB> ResponseFuture<F, RB>
where
    RB: HttpBody,
{
    pub(super) const fn refused(error: Error) -> Self {
        Self {
            state: State::Refused { error: Some(error) },
        }
    }

    pub(super) const fn call(future: F, kept: Option<Box<Kept>>) -> Self {
        Self {
            state: State::Call { future, kept },
        }
    }
}

impl<F, RB, E> Future for ResponseFuture<F, RB>
where
    F: Future<Output = Result<Response<RB>, E>>,
    E: Into<BoxError>,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    type Output = Result<Response<Peeked<RB>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                // Polled again after it was ready, which a future's contract forbids.
                StateProj::Refused { error: None } | StateProj::Read { rest: None, .. } => {
                    return Poll::Pending;
                }
                StateProj::Refused { error } => match error.take() {
                    Some(error) => return Poll::Ready(Err(error)),
                    None => return Poll::Pending,
                },
                StateProj::Call { future, kept } => {
                    let response = ready!(future.poll(cx));
                    let response = response.map_err(|error| Error::from_boxed(error.into()))?;
                    let Some(kept) = kept.take() else {
                        return Poll::Ready(Ok(response.map(Peeked::untouched)));
                    };
                    let (head, body) = response.into_parts();
                    if !kept.reads(&head, &body) {
                        return Poll::Ready(kept.finish(head, None, Peeked::untouched(body)));
                    }
                    State::Read {
                        peek: Peeked::peek(body, kept.chosen.max_read_bytes),
                        rest: Some((kept, head)),
                    }
                }
                StateProj::Read { peek, rest } => {
                    let look = ready!(Pin::new(peek).poll(cx));
                    let Some((kept, head)) = rest.take() else {
                        return Poll::Pending;
                    };
                    return Poll::Ready(match look {
                        Look::Whole(bytes, body) => kept.finish(head, Some(&bytes), body),
                        // It was longer than it said.
                        Look::OverLimit(body) => kept.finish(head, None, body),
                        Look::Failed(body) => Err(broken(body)),
                    });
                }
            };
            state.set(next);
        }
    }
}

fn broken<RB>(mut body: Peeked<RB>) -> Error
where
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    match body.take_error() {
        Some(error) => Error::from_boxed(error.into()),
        None => Error::new(ErrorKind::BadAnswer, "the body of the answer broke off"),
    }
}

impl<F, RB> fmt::Debug for ResponseFuture<F, RB>
where
    RB: HttpBody,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
