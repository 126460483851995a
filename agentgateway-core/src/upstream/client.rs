use std::{
    fmt,
    task::{Context, Poll},
};

use http::{Method, Request, Response, Uri, Version, header::HOST};
use hyper_util::client::legacy;
use tower_service::Service;

use super::{
    ClientBuilder, ResponseFuture, body::RequestBody, connect::Connector, failure::Target,
    hop::strip_hop_headers,
};
use crate::{
    body::Body,
    error::{Error, ErrorKind},
};

/// An HTTP client that keeps connections open and shares them between its clones.
///
/// Needs a tokio runtime with I/O and time when it is called; each connection is a task of that
/// runtime. Always ready: it sets no limit to requests in flight.
#[derive(Clone)]
pub struct Client {
    inner: legacy::Client<Connector, RequestBody>,
}

impl Client {
    /// A client with the defaults of its [builder](Self::builder): no `https`.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Sets deadlines, pool and protocols.
    pub const fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    pub(super) const fn from_inner(inner: legacy::Client<Connector, RequestBody>) -> Self {
        Self { inner }
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl Service<Request<Body>> for Client {
    type Response = Response<Body>;
    type Error = Error;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> ResponseFuture {
        let target = match target(&request) {
            Ok(target) => target,
            Err(error) => return ResponseFuture::failed(error),
        };
        let (parts, body) = request.into_parts();
        let (body, failure) = RequestBody::new(body);
        let mut request = Request::from_parts(parts, body);
        strip_hop_headers(request.headers_mut());
        request.headers_mut().remove(HOST);
        // The version is what the connection speaks, not what the client's connection spoke.
        *request.version_mut() = Version::HTTP_11;
        ResponseFuture::sending(self.inner.request(request), target, failure)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

fn target(request: &Request<Body>) -> Result<Target, Error> {
    if *request.method() == Method::CONNECT {
        return Err(Error::new(
            ErrorKind::MethodNotAllowed,
            "tunnels are not forwarded",
        ));
    }
    Target::of(request.uri()).ok_or_else(|| no_target(request.uri()))
}

fn no_target(uri: &Uri) -> Error {
    let words = match uri.authority() {
        Some(authority) if authority.as_str().contains('@') => {
            "the request's target holds credentials, which belong in a header"
        }
        Some(_) => "the request's target has no http or https scheme",
        None => "the request names no service to send it to",
    };
    Error::new(ErrorKind::Internal, words)
}
