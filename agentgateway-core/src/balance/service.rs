use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, request};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{
    Affinity, Balancer, ByStatus, Classify, Criteria, Lease, Prefer, ResponseBody, ResponseFuture,
    Tried, future::Held,
};
use crate::{
    error::{BoxError, Error, ErrorKind, Origin},
    upstream::Endpoint,
};

/// Sends each request to an endpoint of a set, through one client.
///
/// See the [module](crate::balance) for what is read and written.
#[derive(Clone, Debug)]
pub struct Balance<S, C = ByStatus> {
    inner: S,
    balancer: Balancer<Endpoint>,
    classify: C,
}

impl<S> Balance<S> {
    /// Sends through `inner`, a client that takes its target from the request's URI.
    #[must_use]
    pub const fn new(inner: S, balancer: Balancer<Endpoint>) -> Self {
        Self {
            inner,
            balancer,
            classify: ByStatus::new(),
        }
    }
}

impl<S, C> Balance<S, C> {
    /// What counts as a failure. Default: [`ByStatus`].
    #[must_use]
    pub fn classify<D>(self, classify: D) -> Balance<S, D> {
        Balance {
            inner: self.inner,
            balancer: self.balancer,
            classify,
        }
    }

    /// Picks an endpoint and directs the request there.
    fn direct(&self, head: &mut request::Parts) -> Result<(Lease<Endpoint>, Option<Tried>), Error> {
        let criteria = Criteria {
            affinity: head.extensions.get::<Affinity>().copied(),
            prefer: head.extensions.get::<Prefer>().cloned(),
            tried: head.extensions.get::<Tried>().cloned(),
        };
        let lease = self.balancer.pick_for(&criteria);
        let lease = lease.ok_or_else(|| self.nobody())?;
        lease.value().apply(head)?;
        Ok((lease, criteria.tried))
    }

    /// Why there is no endpoint.
    fn nobody(&self) -> Error {
        if self.balancer.is_empty() {
            let words = "there is no endpoint to send the request to";
            return Error::new(ErrorKind::Unavailable, words).with_origin(Origin::Gateway);
        }
        let words = "no endpoint takes requests now";
        let error = Error::new(ErrorKind::Overloaded, words).with_unprocessed();
        match self.balancer.soonest() {
            Some(wait) => error.with_retry_after(wait),
            None => error,
        }
    }
}

impl<S, C, B, RB> Service<Request<B>> for Balance<S, C>
where
    S: Service<Request<B>, Response = Response<RB>>,
    S::Error: Into<BoxError>,
    C: Classify + Clone,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody<RB, C>>;
    type Error = Error;
    type Future = ResponseFuture<S::Future, C>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner
            .poll_ready(cx)
            .map_err(|error| Error::from_boxed(error.into()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        match self.direct(&mut head) {
            Ok((lease, tried)) => {
                let future = self.inner.call(Request::from_parts(head, body));
                let classify = self.classify.clone();
                let held = Held {
                    lease,
                    classify,
                    tried,
                };
                ResponseFuture::sent(future, held)
            }
            Err(error) => ResponseFuture::refused(error),
        }
    }
}
