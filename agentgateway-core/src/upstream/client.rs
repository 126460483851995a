use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri, header::CONTENT_LENGTH};
use http_body::Body as _;
use tower_service::Service;

use super::{
    ClientBuilder, ResponseFuture,
    body::RequestBody,
    failure::Target,
    hop::strip_hop_headers,
    pool::{Pool, Shared},
};
use crate::{
    body::Body,
    error::{Error, ErrorKind},
};

/// An HTTP client that keeps connections open and shares them between its clones.
///
/// An HTTP/1.1 connection is polled by the exchange that uses it, first in the response future and
/// then in the response body: what one read brought is there in one frame, and no task stands
/// between the service and who reads the answer. Two things are [spawned](ClientBuilder::executor):
/// an HTTP/2 connection, and an HTTP/1.1 connection whose answer started before the request was sent.
///
/// Needs a tokio runtime with I/O and time, from the call on. Connections are used in the runtime
/// that opened them; one client may serve several runtimes. Always ready: who finds all connections
/// to a host in use [waits](ClientBuilder::wait_deadline) in the response future.
#[derive(Clone)]
pub struct Client {
    pool: Arc<Pool>,
}

impl Client {
    /// A client with the defaults of its [builder](Self::builder): no `https`.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Sets deadlines, pool and protocols.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    pub(super) fn from_shared(shared: Shared) -> Self {
        Self {
            pool: Arc::new(Pool::new(shared)),
        }
    }

    /// Closes idle connections that have expired, or that their service has closed.
    ///
    /// Without it this happens when a connection to the same host is taken or given back. A process
    /// that has quiet times spawns it; it ends when the client and its clones are gone.
    ///
    /// # Cancel safety
    ///
    /// It may be dropped at any time and called again.
    pub fn maintain(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        Pool::maintain(Arc::downgrade(&self.pool))
    }

    /// Connections that lie idle, all hosts together.
    #[cfg(test)]
    pub(super) fn idle(&self) -> usize {
        self.pool.idle()
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
        match directed(request) {
            Ok((target, request)) => ResponseFuture::start(&self.pool.host(&target), request),
            Err(error) => ResponseFuture::failed(error),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// The request as it may leave, and where to.
pub(super) fn directed(request: Request<Body>) -> Result<(Target, Request<RequestBody>), Error> {
    let target = target(&request)?;
    let mut request = request.map(RequestBody::new);
    one_length(&mut request)?;
    strip_hop_headers(request.headers_mut());
    Ok((target, request))
}

fn target(request: &Request<Body>) -> Result<Target, Error> {
    if *request.method() == Method::CONNECT {
        return Err(Error::new(
            ErrorKind::MethodNotAllowed,
            "tunnels are not forwarded",
        ));
    }
    let target = Target::of(request.uri()).ok_or_else(|| no_target(request.uri()))?;
    Ok(target.dialled(request.extensions()))
}

/// Leaves at most one `Content-Length`. Two that do not agree, or one that is not the body's, would
/// let the service see another end of the body than the one that is sent: what follows would be a
/// request that nobody sent, or the next request a part of this.
///
/// # Source
/// RFC 9112, section 6.3, item 5.
fn one_length(request: &mut Request<RequestBody>) -> Result<(), Error> {
    let Some(length) = declared(request.headers())? else {
        return Ok(());
    };
    let known = request.body().size_hint().exact();
    if known.is_some_and(|known| known != length) {
        let words = "the request's content-length is not the length of its body";
        return Err(Error::new(ErrorKind::InvalidRequest, words));
    }
    if !is_plain(request.headers()) {
        let length = HeaderValue::from(length);
        request.headers_mut().insert(CONTENT_LENGTH, length);
    }
    Ok(())
}

fn declared(headers: &HeaderMap) -> Result<Option<u64>, Error> {
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
    Ok(length)
}

/// Whether the length is written as it would be written here, as nearly all are.
fn is_plain(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_LENGTH).iter();
    let Some(first) = values.next() else {
        return true;
    };
    let digits = first.as_bytes();
    let no_zeros = digits == b"0" || !digits.starts_with(b"0");
    values.next().is_none() && no_zeros && digits.iter().all(u8::is_ascii_digit)
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
