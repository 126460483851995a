use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::CONNECTION};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{
    activity::InFlight,
    body::{RequestBody, ResponseBody},
    refusal::Refusal,
    stream::Flow,
};
use crate::error::{BoxError, Error};

pin_project! {
    /// One request in the service; never fails.
    pub(super) struct ResponseFuture<S>
    where
        S: Service<Request<RequestBody>>,
    {
        #[pin]
        state: State<S, S::Future>,
        in_flight: Option<InFlight>,
        flow: Option<Arc<Flow>>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<S, F> {
        Waiting { service: S, request: Option<Request<RequestBody>> },
        Called { #[pin] future: F },
        Failed { error: Option<BoxError> },
        Refused { refusal: Refusal },
    }
}

impl<S> ResponseFuture<S>
where
    S: Service<Request<RequestBody>>,
{
    /// The service was not ready: it is waited for.
    pub(super) const fn waiting(
        service: S,
        request: Request<RequestBody>,
        in_flight: InFlight,
    ) -> Self {
        let request = Some(request);
        Self::new(State::Waiting { service, request }, in_flight)
    }

    pub(super) const fn called(future: S::Future, in_flight: InFlight) -> Self {
        Self::new(State::Called { future }, in_flight)
    }

    pub(super) const fn failed(error: BoxError, in_flight: InFlight) -> Self {
        let error = Some(error);
        Self::new(State::Failed { error }, in_flight)
    }

    pub(super) const fn refused(refusal: Refusal, in_flight: InFlight) -> Self {
        Self::new(State::Refused { refusal }, in_flight)
    }

    pub(super) fn with_flow(mut self, flow: Option<Arc<Flow>>) -> Self {
        self.flow = flow;
        self
    }

    const fn new(state: State<S, S::Future>, in_flight: InFlight) -> Self {
        Self {
            state,
            in_flight: Some(in_flight),
            flow: None,
        }
    }
}

impl<S, B> Future for ResponseFuture<S>
where
    S: Service<Request<RequestBody>, Response = Response<B>>,
    S::Error: Into<BoxError>,
{
    type Output = Result<Response<ResponseBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let result = loop {
            match this.state.as_mut().project() {
                StateProj::Waiting { service, request } => {
                    if let Err(error) = ready!(service.poll_ready(cx)) {
                        break Err(Answer::Failed(error.into()));
                    }
                    let Some(request) = request.take() else {
                        return Poll::Pending;
                    };
                    let future = service.call(request);
                    this.state.set(State::Called { future });
                }
                StateProj::Called { future } => {
                    break ready!(future.poll(cx)).map_err(|error| Answer::Failed(error.into()));
                }
                StateProj::Failed { error } => match error.take() {
                    Some(error) => break Err(Answer::Failed(error)),
                    None => return Poll::Pending,
                },
                StateProj::Refused { refusal } => break Err(Answer::Refused(*refusal)),
            }
        };
        let Some(in_flight) = this.in_flight.take() else {
            return Poll::Pending;
        };
        Poll::Ready(Ok(answer(result, in_flight, this.flow.take())))
    }
}

/// What is said for a service that says nothing.
enum Answer {
    Failed(BoxError),
    Refused(Refusal),
}

fn answer<B>(
    result: Result<Response<B>, Answer>,
    in_flight: InFlight,
    flow: Option<Arc<Flow>>,
) -> Response<ResponseBody<B>> {
    let says_close = !in_flight.activity().is_http2() && in_flight.activity().is_last();
    let mut response = match result {
        Ok(response) => response.map(|body| ResponseBody::new(body, in_flight, flow)),
        Err(Answer::Failed(error)) => {
            let error = Error::from_boxed(error);
            tracing::debug!(error = &error as &dyn std::error::Error, "service failed");
            let words = Bytes::from(error.message().to_owned());
            ResponseBody::words(error.status(), words, in_flight)
        }
        Err(Answer::Refused(refusal)) => {
            tracing::debug!(reason = refusal.words(), "request refused");
            let words = Bytes::from_static(refusal.words().as_bytes());
            ResponseBody::words(refusal.status(), words, in_flight)
        }
    };
    if says_close {
        let close = HeaderValue::from_static("close");
        let _ = response.headers_mut().insert(CONNECTION, close);
    }
    response
}
