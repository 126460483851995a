use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use agentgateway_core::{
    Body, BoxError, Error, ErrorKind, Peeked,
    retry::{Retry, RetryLayer},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body::Body as HttpBody;
use tower::{Layer, ServiceExt};
use tower_service::Service;

use super::{
    LlmGatewayBuilder, LlmJudge,
    attempt::{Attempts, attempt},
    judge, list,
    routes::Routes,
};
use crate::LlmCall;

/// Read by the official SDKs of OpenAI and Anthropic before they decide to try again.
const X_SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, Error>> + Send>>;

/// Models of many providers behind one endpoint.
///
/// See the [module](super). A clone costs a few reference counts.
#[derive(Clone, Debug)]
pub struct LlmGateway {
    routes: Arc<Routes>,
    attempts: Retry<Asked, LlmJudge>,
}

impl LlmGateway {
    /// Without any provider yet.
    #[must_use]
    pub const fn builder() -> LlmGatewayBuilder {
        LlmGatewayBuilder::new()
    }

    pub(super) fn new(routes: Routes, retry: &RetryLayer<LlmJudge>) -> Self {
        let routes = Arc::new(routes);
        let asked = Asked(Arc::clone(&routes));
        Self {
            attempts: retry.layer(asked),
            routes,
        }
    }
}

impl LlmGateway {
    /// What is no call: a list of models, or something for the provider of all else.
    fn other(&self, request: Request<Peeked<Body>>) -> Answering {
        let answer = list::answer(&self.routes, &request);
        match (answer, self.routes.others.clone()) {
            (Some(answer), _) => Box::pin(std::future::ready(Ok(answer))),
            (None, Some(server)) => Box::pin(async move { server.ask(request).await }),
            (None, None) => {
                let error = Error::new(ErrorKind::NotFound, "no such path");
                Box::pin(std::future::ready(Err(error)))
            }
        }
    }
}

impl<B> Service<Request<Peeked<B>>> for LlmGateway
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError> + Send,
{
    type Response = Response<Body>;
    type Error = Error;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Peeked<B>>) -> Answering {
        let (head, body) = request.into_parts();
        // What is in memory may be sent again.
        let body = match body.whole() {
            Some(bytes) => Peeked::from(bytes),
            None => Peeked::untouched(body.into_body()),
        };
        let request = Request::from_parts(head, body);
        match self.routes.named(request) {
            (Some(server), request) => Box::pin(async move { server.ask(request).await }),
            (None, request) if request.extensions().get::<LlmCall>().is_some() => {
                Box::pin(attempted(self.attempts.clone(), request))
            }
            (None, request) => self.other(request),
        }
    }
}

/// Asks until somebody answers or the attempts are spent, and then says that they are.
async fn attempted(
    service: Retry<Asked, LlmJudge>,
    mut request: Request<Peeked<Body>>,
) -> Result<Response<Body>, Error> {
    let attempts = Attempts::default();
    request.extensions_mut().insert(attempts.clone());
    let no_more = HeaderValue::from_static("false");
    match service.oneshot(request).await {
        Ok(response) => {
            let (mut head, body) = response.into_parts();
            if attempts.several() && judge::fails(&head) {
                head.headers.insert(X_SHOULD_RETRY, no_more);
            }
            Ok(Response::from_parts(head, body))
        }
        Err(error) if attempts.several() => {
            Err(error.with_headers(HeaderMap::from_iter([(X_SHOULD_RETRY, no_more)])))
        }
        Err(error) => Err(error),
    }
}

/// One attempt, as the retry layer makes it.
#[derive(Clone)]
pub(super) struct Asked(Arc<Routes>);

impl Service<Request<Peeked<Body>>> for Asked {
    type Response = Response<Body>;
    type Error = Error;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Peeked<Body>>) -> Answering {
        Box::pin(attempt(Arc::clone(&self.0), request))
    }
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked")
    }
}
