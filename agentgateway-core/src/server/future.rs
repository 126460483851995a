use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower::util::Oneshot;
use tower_service::Service;

use super::{
    body::{RequestBody, ResponseBody},
    clock::InFlight,
};
use crate::error::{BoxError, Error};

pin_project! {
    /// One request in the service; never fails.
    pub(super) struct ResponseFuture<S>
    where
        S: Service<Request<RequestBody>>,
    {
        #[pin]
        call: Oneshot<S, Request<RequestBody>>,
        in_flight: Option<InFlight>,
    }
}

impl<S> ResponseFuture<S>
where
    S: Service<Request<RequestBody>>,
{
    pub(super) const fn new(call: Oneshot<S, Request<RequestBody>>, in_flight: InFlight) -> Self {
        Self {
            call,
            in_flight: Some(in_flight),
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
        let this = self.project();
        let result = ready!(this.call.poll(cx));
        let Some(in_flight) = this.in_flight.take() else {
            return Poll::Pending;
        };
        Poll::Ready(Ok(match result {
            Ok(response) => response.map(|body| ResponseBody::new(body, in_flight)),
            Err(error) => {
                let error = Error::from_boxed(error.into());
                tracing::debug!(error = &error as &dyn std::error::Error, "service failed");
                ResponseBody::words(&error, in_flight)
            }
        }))
    }
}
