use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use tokio::time::{Instant, Sleep, sleep_until};
use tower_service::Service;

use super::{
    Judge, Repeat,
    kept::{Kept, Next, attempt, until},
    layer::Settings,
};
use crate::{
    context::Deadline,
    error::{BoxError, Error},
    timeout::missed,
};

pin_project_lite::pin_project! {
    /// The future of [`Retry`](super::Retry).
    ///
    /// # Cancel safety
    /// Dropping it drops the attempt that is under way, and begins no other.
    pub struct ResponseFuture<S, J, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S::Future>,
        // The end of the state: of the attempt, of the wait, of all.
        #[pin]
        alarm: Option<Sleep>,
        service: S,
        settings: Arc<Settings<J>>,
        kept: Option<Box<Kept<B>>>,
        // When all is to be over.
        end: Option<Instant>,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProj]
    enum State<F> {
        // An attempt is under way.
        Call { #[pin] future: F },
        // The next one is due when the alarm rings.
        Wait,
        // It begins when the service is ready.
        Ready,
        Over,
    }
}

impl<S, J, B> ResponseFuture<S, J, B>
where
    S: Service<Request<B>>,
    J: Judge,
    B: Repeat,
{
    /// Sends the first attempt to a service that is ready.
    pub(super) fn begin(mut service: S, settings: Arc<Settings<J>>, request: Request<B>) -> Self {
        let more = &settings.more;
        let (mut head, body) = request.into_parts();
        if let Some(budget) = &more.budget {
            budget.deposit();
        }
        if let Some(limit) = more.limit.and_then(Deadline::after) {
            limit.insert(&mut head.extensions);
        }
        let end = head.extensions.get::<Deadline>().map(|end| end.moment());
        let kept = Kept::of(&mut head, &body, &settings).map(Box::new);
        attempt(&mut head, 1, more);
        Self {
            alarm: until(end, more).map(sleep_until),
            state: State::Call {
                future: service.call(Request::from_parts(head, body)),
            },
            service,
            settings,
            kept,
            end,
        }
    }
}

impl<S, J, B, RB> Future for ResponseFuture<S, J, B>
where
    S: Service<Request<B>, Response = Response<RB>>,
    S::Error: Into<BoxError>,
    J: Judge,
    B: Repeat,
{
    type Output = Result<Response<RB>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let mut this = self.as_mut().project();
            match this.state.as_mut().project() {
                StateProj::Call { future } => {
                    // The answer first: one that is here is not too late.
                    let result = match future.poll(cx) {
                        Poll::Ready(result) => result.map_err(into_error),
                        Poll::Pending => Err(ready!(rung(this.alarm.as_mut(), cx))),
                    };
                    let next = match &*this.kept {
                        Some(kept) => kept.decide(result, this.settings),
                        None => Next::Answer(result),
                    };
                    match next {
                        Next::Answer(answer) => return self.over(answer),
                        Next::Again(due) => {
                            // The attempt, its answer and its body are gone before the next one.
                            this.state.set(State::Wait);
                            this.alarm.set(Some(sleep_until(due)));
                        }
                    }
                }
                StateProj::Wait => {
                    ready!(rung(this.alarm.as_mut(), cx));
                    this.alarm.set(this.end.map(sleep_until));
                    this.state.set(State::Ready);
                }
                StateProj::Ready => match this.service.poll_ready(cx) {
                    Poll::Ready(Ok(())) => self.as_mut().call(),
                    Poll::Ready(Err(error)) => return self.over(Err(into_error(error))),
                    Poll::Pending => {
                        let error = ready!(rung(this.alarm.as_mut(), cx));
                        return self.over(Err(error));
                    }
                },
                // Polled again after it was ready, which a future's contract forbids.
                StateProj::Over => return Poll::Pending,
            }
        }
    }
}

impl<S, J, B> ResponseFuture<S, J, B>
where
    S: Service<Request<B>>,
    J: Judge,
    B: Repeat,
{
    /// The next attempt begins.
    fn call(self: Pin<&mut Self>) {
        let mut this = self.project();
        let more = &this.settings.more;
        let next = this.kept.as_mut().and_then(|kept| kept.next(more));
        let state = match next {
            Some(request) => State::Call {
                future: this.service.call(request),
            },
            None => State::Over,
        };
        this.alarm.set(until(*this.end, more).map(sleep_until));
        this.state.set(state);
    }

    fn over<A>(self: Pin<&mut Self>, answer: A) -> Poll<A> {
        self.project().state.set(State::Over);
        Poll::Ready(answer)
    }
}

fn into_error<E: Into<BoxError>>(error: E) -> Error {
    Error::from_boxed(error.into())
}

/// The error of who waited until now. Without an alarm nobody waits for it.
fn rung(alarm: Pin<&mut Option<Sleep>>, cx: &mut Context<'_>) -> Poll<Error> {
    let Some(mut alarm) = alarm.as_pin_mut() else {
        return Poll::Pending;
    };
    ready!(alarm.as_mut().poll(cx));
    let words = "the service did not answer in time";
    Poll::Ready(missed(alarm.deadline(), words))
}

impl<S, J, B> fmt::Debug for ResponseFuture<S, J, B>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
