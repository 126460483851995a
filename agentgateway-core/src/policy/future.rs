use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{
    Asking, Followers, ResponseBody,
    run::{Policies, Run, Step, Stop},
};
use crate::{
    body::End,
    error::{BoxError, Error},
};

pin_project_lite::pin_project! {
    /// The future of [`Policed`](super::Policed).
    ///
    /// # Cancel safety
    /// Dropping it drops the inner call, or what is asked; those who follow are told that the
    /// exchange was dropped.
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, S::Future, B>,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProj]
    enum State<S, F, B> {
        Ask { waiting: Option<Box<Waiting<S, B>>> },
        Call { #[pin] future: F, followers: Option<Followers> },
        Answer { answer: Option<(Result<Response<Bytes>, Error>, Followers)> },
    }
}

/// What is kept while a policy asks. Boxed: most requests never come here.
struct Waiting<S, B> {
    asking: Asking,
    run: Run,
    policies: Policies,
    service: S,
    body: B,
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    pub(super) fn begin(
        policies: &Policies,
        service: S,
        body: B,
        run: (Run, Option<Stop>),
    ) -> Self {
        Self {
            state: State::of(policies, service, body, run),
        }
    }
}

impl<S, B> State<S, S::Future, B>
where
    S: Service<Request<B>>,
{
    fn of(policies: &Policies, mut service: S, body: B, (run, stop): (Run, Option<Stop>)) -> Self {
        let Some(stop) = stop else {
            let (head, followers) = run.passed();
            return Self::Call {
                future: service.call(Request::from_parts(head, body)),
                followers: Some(followers),
            };
        };
        match stop.with(run) {
            Step::Over(result, followers) => Self::Answer {
                answer: Some((result, followers)),
            },
            Step::Asking(asking, run) => Self::Ask {
                waiting: Some(Box::new(Waiting {
                    asking,
                    run,
                    policies: policies.clone(),
                    service,
                    body,
                })),
            },
        }
    }
}

impl<S, B> fmt::Debug for ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

impl<S, B, RB> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>, Response = Response<RB>>,
    S::Error: Into<BoxError>,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    type Output = Result<Response<ResponseBody<RB>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            match state.as_mut().project() {
                StateProj::Ask { waiting } => {
                    let Some(asked) = waiting else {
                        return Poll::Pending;
                    };
                    let resume = ready!(asked.asking.as_mut().poll(cx));
                    // INVARIANT: it was there a line before.
                    let Some(waiting) = waiting.take() else {
                        return Poll::Pending;
                    };
                    let Waiting {
                        mut run,
                        policies,
                        service,
                        body,
                        ..
                    } = *waiting;
                    let stop = run.resume(&policies, resume);
                    state.set(State::of(&policies, service, body, (run, stop)));
                }
                StateProj::Call { future, followers } => {
                    let result = ready!(future.poll(cx));
                    let followers = followers.take().unwrap_or_default();
                    return Poll::Ready(answered(result, followers));
                }
                StateProj::Answer { answer } => {
                    // Polled again after it was ready, which a future's contract forbids.
                    let Some((result, followers)) = answer.take() else {
                        return Poll::Pending;
                    };
                    let answer = result.map(|response| response.map(ResponseBody::own));
                    return Poll::Ready(answer.map(|response| followed(response, followers)));
                }
            }
        }
    }
}

fn answered<RB, E>(
    result: Result<Response<RB>, E>,
    mut followers: Followers,
) -> Result<Response<ResponseBody<RB>>, Error>
where
    E: Into<BoxError>,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    match result {
        Ok(response) => Ok(followed(response.map(ResponseBody::forward), followers)),
        Err(error) => {
            let error = Error::from_boxed(error.into());
            followers.end(End::Failed(&error));
            Err(error)
        }
    }
}

fn followed<RB>(
    response: Response<ResponseBody<RB>>,
    mut followers: Followers,
) -> Response<ResponseBody<RB>>
where
    RB: HttpBody<Data = Bytes>,
{
    if followers.is_empty() {
        return response;
    }
    let (mut head, body) = response.into_parts();
    followers.head(&mut head);
    Response::from_parts(head, body.followed_by(followers))
}
