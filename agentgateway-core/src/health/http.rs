use std::ops::RangeInclusive;

use http::{Request, Response, Uri, header::USER_AGENT, request};
use tower::ServiceExt;
use tower_service::Service;

use super::Check;
use crate::{
    body::Body,
    error::{BoxError, Error, ErrorKind},
    upstream::Endpoint,
};

/// Asks for a path by GET, and expects a status.
///
/// The answer's body is not read.
#[derive(Clone, Debug)]
pub struct HttpCheck<S> {
    client: S,
    path: Uri,
    expected: RangeInclusive<u16>,
}

impl<S> HttpCheck<S> {
    /// Asks through `client`, a client that takes its target from the request's URI, for this path (and
    /// query) below the endpoint's base path. Expects 200 to 299.
    pub const fn new(client: S, path: Uri) -> Self {
        Self {
            client,
            path,
            expected: 200..=299,
        }
    }

    /// The statuses that are well. Default: 200 to 299.
    #[must_use]
    pub const fn expect(mut self, statuses: RangeInclusive<u16>) -> Self {
        self.expected = statuses;
        self
    }

    fn request(&self, endpoint: &Endpoint) -> Result<Request<Body>, Error> {
        let mut head = head(&self.path);
        endpoint.apply(&mut head)?;
        Ok(Request::from_parts(head, Body::empty()))
    }
}

impl<S, RB> Check<Endpoint> for HttpCheck<S>
where
    S: Service<Request<Body>, Response = Response<RB>> + Clone + Send + Sync,
    S::Error: Into<BoxError>,
    S::Future: Send,
    RB: Send,
{
    fn check(&self, endpoint: &Endpoint) -> impl Future<Output = Result<(), Error>> + Send {
        let asked = self
            .request(endpoint)
            .map(|request| asked(&self.client, request));
        let expected = self.expected.clone();
        async move {
            let status = asked?.await?.status();
            if expected.contains(&status.as_u16()) {
                return Ok(());
            }
            let words = format!("it answered with {}", status.as_u16());
            Err(Error::new(ErrorKind::Unavailable, words))
        }
    }
}

/// The head of a request of ours.
pub(super) fn head(path: &Uri) -> request::Parts {
    let (mut head, ()) = Request::new(()).into_parts();
    head.uri = path.clone();
    let agent = http::HeaderValue::from_static("agentgateway-health");
    head.headers.insert(USER_AGENT, agent);
    head
}

/// Asks, with errors of ours.
pub(super) fn asked<S, B, RB>(
    client: &S,
    request: Request<B>,
) -> impl Future<Output = Result<Response<RB>, Error>> + use<S, B, RB>
where
    S: Service<Request<B>, Response = Response<RB>> + Clone,
    S::Error: Into<BoxError>,
{
    let answer = client.clone().oneshot(request);
    async move {
        answer
            .await
            .map_err(|error| Error::from_boxed(error.into()))
    }
}
