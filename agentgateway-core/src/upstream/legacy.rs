use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response, Version, header::HOST};
use http_body_util::BodyExt;
use hyper_util::{
    client::legacy,
    rt::{TokioExecutor, TokioTimer},
};
use tower_service::Service;

use super::{
    ClientBuilder,
    body::RequestBody,
    client::directed,
    connect::Connector,
    failure::{Target, broken_body},
    future::forwarded,
    pool::Limits,
};
use crate::{body::Body, error::Error};

/// hyper-util's pooled client behind the same seam as [`Client`](super::Client).
///
/// Each of its connections is a task that hands an answer over frame by frame. It is what
/// [`Client`](super::Client) is tested against and measured by, and a way out should that one not
/// suit: made by [`ClientBuilder::build_legacy`], with the same names, TLS, deadline and pool.
/// Limits to connections in use, the executor and [`Idempotent`](super::Idempotent) mean nothing to it.
#[derive(Clone)]
pub struct LegacyClient {
    inner: legacy::Client<Connector, RequestBody>,
}

impl LegacyClient {
    pub(super) fn new(connector: Connector, limits: &Limits, http2_only: bool) -> Self {
        let inner = legacy::Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(limits.idle_timeout)
            .pool_max_idle_per_host(limits.max_idle)
            .http2_only(http2_only)
            .build(connector);
        Self { inner }
    }

    /// Sets deadlines, pool and protocols; ends with [`build_legacy`](ClientBuilder::build_legacy).
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    fn send(&self, target: Target, mut request: Request<RequestBody>) -> Sending {
        let failure = request.body_mut().watch();
        request.headers_mut().remove(HOST);
        // The version is what the connection speaks, not what the client's connection spoke.
        *request.version_mut() = Version::HTTP_11;
        let answer = self.inner.request(request);
        Box::pin(async move {
            match answer.await {
                Ok(response) => forwarded(&target, response, |incoming| {
                    Body::new(incoming.map_err(broken_body))
                }),
                // What the request's own body said comes before what followed from it.
                Err(error) => Err(failure
                    .and_then(|failure| failure.take())
                    .unwrap_or_else(|| failed(&target, error))),
            }
        })
    }
}

fn failed(target: &Target, error: legacy::Error) -> Error {
    let unconnected = error.is_connect();
    let error = target.failed(error);
    if unconnected {
        error.with_unprocessed()
    } else {
        error
    }
}

type Sending = Pin<Box<dyn Future<Output = Result<Response<Body>, Error>> + Send>>;

impl Service<Request<Body>> for LegacyClient {
    type Response = Response<Body>;
    type Error = Error;
    type Future = Sending;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Sending {
        match directed(request) {
            Ok((target, request)) => self.send(target, request),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }
}

impl fmt::Debug for LegacyClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LegacyClient").finish_non_exhaustive()
    }
}
