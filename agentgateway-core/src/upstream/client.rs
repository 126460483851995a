use std::{
    fmt,
    task::{Context, Poll},
};

use http::{
    HeaderMap, HeaderValue, Method, Request, Response, Uri, Version,
    header::{CONTENT_LENGTH, HOST},
};
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
        if let Err(error) = one_length(request.headers_mut()) {
            return ResponseFuture::failed(error);
        }
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

/// Leaves at most one `Content-Length`. Two that do not agree would let the service see another end
/// of the body than the one that is sent, and in what follows a request that nobody sent.
///
/// # Source
/// RFC 9112, section 6.3, item 5.
fn one_length(headers: &mut HeaderMap) -> Result<(), Error> {
    let invalid = || {
        let words = "the request's content-length is not one number";
        Error::new(ErrorKind::InvalidRequest, words)
    };
    let mut length = None;
    let texts = headers
        .get_all(CONTENT_LENGTH)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    for text in texts {
        let number = number(text.trim_ascii()).ok_or_else(invalid)?;
        if length.is_some_and(|length| length != number) {
            return Err(invalid());
        }
        length = Some(number);
    }
    if let Some(length) = length {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    Ok(())
}

fn number(digits: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(digits).ok()?;
    // `parse` would take a sign.
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| digits.parse().ok())?
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
