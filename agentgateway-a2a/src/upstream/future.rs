use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use agentgateway_core::{BoxError, Error, ErrorKind, media, upstream::AttemptFuture};
use http::{Response, header};

use crate::wire::{A2aError, code};

pin_project_lite::pin_project! {
    /// The future of [`A2aUpstream`](super::A2aUpstream).
    ///
    /// # Cancel safety
    /// Dropping it drops the client's future.
    pub struct ResponseFuture<F> {
        #[pin]
        attempt: AttemptFuture<F>,
        expects: Expects,
    }
}

/// What may come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expects {
    /// The request is no call.
    Anything,
    /// A card, or something in its place.
    Card,
    /// What an operation answers with.
    Answer,
}

impl<F> ResponseFuture<F> {
    pub(super) const fn new(attempt: AttemptFuture<F>, expects: Expects) -> Self {
        Self { attempt, expects }
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture")
            .field("expects", &self.expects)
            .finish_non_exhaustive()
    }
}

impl<F, RB, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<RB>, E>>,
    E: Into<BoxError>,
{
    type Output = Result<Response<RB>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let answer = ready!(this.attempt.poll(cx));
        if *this.expects != Expects::Answer {
            return Poll::Ready(answer);
        }
        Poll::Ready(match answer {
            Ok(answer) if is_strange(&answer) => {
                // What the client is told has another status.
                let status = answer.status().as_u16();
                tracing::warn!(
                    status,
                    "an agent's answer is of a media type that is none of A2A's"
                );
                let message = "the agent's answer is neither JSON nor an event stream";
                Err(invalid(Error::new(ErrorKind::BadAnswer, message)))
            }
            // A page.
            Err(error) if error.kind() == ErrorKind::BadAnswer => Err(invalid(error)),
            other => other,
        })
    }
}

/// Whether an answer that reports success says that it is something else. One that says nothing may be empty.
fn is_strange<RB>(answer: &Response<RB>) -> bool {
    let headers = answer.headers();
    answer.status().is_success()
        && headers.contains_key(header::CONTENT_TYPE)
        && !media::is_json(headers)
        && !media::is_event_stream(headers)
        && !media::is_grpc(headers)
}

fn invalid(error: Error) -> Error {
    A2aError::coded(error, code::INVALID_AGENT_RESPONSE)
}
