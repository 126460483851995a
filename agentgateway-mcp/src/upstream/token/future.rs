use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use agentgateway_core::{BoxError, Error, ErrorKind};
use http::{Request, Response, StatusCode, header::WWW_AUTHENTICATE};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{
    UpstreamTokens,
    cache::{Owner, Token},
    tokens::Waiting,
};

pin_project! {
    /// The future of [`UpstreamToken`](super::UpstreamToken).
    ///
    /// # Cancel safety
    /// Dropping it drops the inner service's future, and what waits for a token.
    pub struct ResponseFuture<S, B, F> {
        #[pin]
        state: State<S, B, F>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<S, B, F> {
        Refused { error: Option<Error> },
        Waiting { asked: Option<Asked<S, B>> },
        Called { #[pin] future: F, credited: Credited },
    }
}

/// What a request needs that waits for its token.
struct Asked<S, B> {
    tokens: UpstreamTokens,
    owner: Owner,
    waiting: Waiting,
    service: S,
    request: Request<B>,
}

/// The token of a request that was sent.
pub(super) struct Credited {
    tokens: UpstreamTokens,
    owner: Owner,
    token: Token,
}

impl Credited {
    pub(super) const fn new(tokens: UpstreamTokens, owner: Owner, token: Token) -> Self {
        Self {
            tokens,
            owner,
            token,
        }
    }

    /// What the client reads of an answer to the gateway's token.
    fn answered<RB>(&self, mut response: Response<RB>) -> Result<Response<RB>, Error> {
        if response.status() == StatusCode::UNAUTHORIZED {
            self.tokens.forget(&self.owner, &self.token);
            let words = "the server does not take the token that was issued for it";
            return Err(Error::new(ErrorKind::BadAnswer, words).with_unprocessed());
        }
        response.headers_mut().remove(WWW_AUTHENTICATE);
        Ok(response)
    }
}

impl<S, B, F> ResponseFuture<S, B, F> {
    pub(super) const fn refused(error: Error) -> Self {
        let state = State::Refused { error: Some(error) };
        Self { state }
    }

    pub(super) const fn called(future: F, credited: Credited) -> Self {
        let state = State::Called { future, credited };
        Self { state }
    }

    pub(super) fn waiting(
        (tokens, owner, waiting): (UpstreamTokens, Owner, Waiting),
        service: S,
        request: Request<B>,
    ) -> Self {
        let asked = Asked {
            tokens,
            owner,
            waiting,
            service,
            request,
        };
        let state = State::Waiting { asked: Some(asked) };
        Self { state }
    }
}

impl<S, B, RB> Future for ResponseFuture<S, B, S::Future>
where
    S: Service<Request<B>, Response = Response<RB>>,
    S::Error: Into<BoxError>,
{
    type Output = Result<Response<RB>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            match state.as_mut().project() {
                StateProj::Refused { error } => {
                    return match error.take() {
                        Some(error) => Poll::Ready(Err(error)),
                        // Polled again after it was ready, which a future's contract forbids.
                        None => Poll::Pending,
                    };
                }
                StateProj::Waiting { asked } => {
                    let Some(waits) = asked else {
                        return Poll::Pending;
                    };
                    let token = ready!(waits.waiting.as_mut().poll(cx));
                    let Some(mut asked) = asked.take() else {
                        return Poll::Pending;
                    };
                    let token = token?;
                    token.write(asked.request.headers_mut());
                    let future = asked.service.call(asked.request);
                    let credited = Credited::new(asked.tokens, asked.owner, token);
                    state.set(State::Called { future, credited });
                }
                StateProj::Called { future, credited } => {
                    let answer = ready!(future.poll(cx));
                    let answer = answer.map_err(|error| Error::from_boxed(error.into()));
                    return Poll::Ready(answer.and_then(|answer| credited.answered(answer)));
                }
            }
        }
    }
}

impl<S, B, F> std::fmt::Debug for ResponseFuture<S, B, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
