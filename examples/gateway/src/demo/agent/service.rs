use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use agentgateway_core::{Body, BoxError};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, request::Parts};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{
    super::answer::{self, Answer, ResponseFuture},
    card::card,
    rest, rpc,
    store::Store,
};

/// An agent that answers `echo: …`. Clones share their tasks.
#[derive(Clone, Debug, Default)]
pub struct Agent {
    store: Store,
}

// === impl Agent ===

impl Agent {
    /// An agent without tasks.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<B> Service<Request<B>> for Agent
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture {
        answer::answer(self.clone(), request)
    }
}

impl Answer for Agent {
    async fn answer(self, head: Parts, body: Bytes) -> Response<Body> {
        match (&head.method, head.uri.path()) {
            (&Method::GET, "/.well-known/agent-card.json" | "/.well-known/agent.json") => {
                answer::json(StatusCode::OK, &card())
            }
            (&Method::POST, "/") => rpc::answer(&self.store, &head, &body).await,
            _ => rest::answer(&self.store, &head, &body).await,
        }
    }
}

/// Whether the version that a request names is one of the two served. None is any.
///
/// # Source
///
/// A2A v1.0, "Versioning": `Major.Minor` in the header or the query parameter `A2A-Version`, a
/// patch number is of no account.
pub(super) fn version_is_served(head: &Parts) -> bool {
    let header = head
        .headers
        .get("a2a-version")
        .map(|value| value.to_str().unwrap_or("?"));
    let query = head.uri.query().unwrap_or_default().split('&');
    let query = query
        .filter_map(|pair| pair.strip_prefix("A2A-Version="))
        .next();
    let version = header.or(query).unwrap_or_default().trim();
    let mut numbers = version.split('.');
    version.is_empty()
        || matches!(
            (numbers.next(), numbers.next()),
            (Some("1"), Some("0")) | (Some("0"), Some("3"))
        )
}
