use http::{Request, Response};
use tower_service::Service;

use crate::{body::Body, error::Error};

/// A service that sends a request to the place that its absolute URI names: the seam between what
/// decides and what speaks to the network.
///
/// It is a name for the bounds, and holds for whatever meets them: [`Client`](super::Client),
/// [`Upstream`](super::Upstream), a layer around either, a service in a test.
pub trait HttpClient:
    Service<Request<Body>, Response = Response<Body>, Error = Error> + Clone
{
}

impl<S> HttpClient for S where
    S: Service<Request<Body>, Response = Response<Body>, Error = Error> + Clone
{
}
