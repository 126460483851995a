//! One stack per kind of backend, each in the default order of layers.

use std::{borrow::Cow, convert::Infallible, time::Duration};

use agentgateway_a2a::{A2aCall, A2aLayer, telemetry::A2aClient, upstream::A2aUpstreamLayer};
use agentgateway_core::{
    Body, BoxError, Error, ErrorKind, Peeked,
    body::{AdaptLayer, StallTimeout},
    middleware::{Next, from_fn},
    telemetry::TelemetryLayer,
    upstream::Endpoint,
};
use agentgateway_llm::{
    LlmCall, LlmLayer,
    telemetry::LlmClient,
    upstream::{LlmUpstreamLayer, Provider},
};
use agentgateway_mcp::{McpCall, McpLayer, McpUpstreamLayer, telemetry::McpClient};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower::{Layer, ServiceBuilder, timeout::TimeoutLayer};
use tower_service::Service;

use super::{Parts, Stack};

/// How long an upstream may take until its answer's head.
///
/// A tool or an agent may work for minutes before it answers; a stream's head comes early.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(600);

/// How long a provider may take until the head of a stream. That of an answer in one piece comes
/// when the model has ended: for it, [`HEAD_TIMEOUT`] holds.
const FIRST_EVENT_TIMEOUT: Duration = Duration::from_secs(120);

/// As good as never.
pub(super) const NO_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The layer of every MCP route.
pub(super) fn mcp_layer(parts: &Parts) -> McpLayer {
    let observer = parts.observer.clone();
    McpLayer::new().on_finished(move |finished| {
        let call = finished.call.map_or_else(refused, mcp_name);
        observer.exchange("mcp", call, finished.report.error_type(), finished);
    })
}

fn mcp_name(call: &McpCall) -> Cow<'static, str> {
    let method = call.method().map_or("stream", |method| method.as_str());
    match call.tool().or_else(|| call.prompt()) {
        Some(name) => format!("{method} {name}").into(),
        None => method.to_owned().into(),
    }
}

/// An MCP server over HTTP.
pub(super) fn mcp(parts: &Parts, upstream: McpUpstreamLayer, timeout: Duration) -> Stack {
    let service = ServiceBuilder::new()
        .layer(mcp_layer(parts))
        .layer(TimeoutLayer::new(timeout))
        .layer(TelemetryLayer::client().instrument(McpClient::new()))
        .layer(upstream)
        .layer(AdaptLayer::new(Peeked::into_body))
        .service(parts.client.clone());
    Stack::new(service)
}

/// A request that was refused before it was a call.
const fn refused() -> Cow<'static, str> {
    Cow::Borrowed("(refused)")
}

/// The layer of every A2A route.
pub(super) fn a2a_layer(parts: &Parts) -> A2aLayer {
    let observer = parts.observer.clone();
    A2aLayer::new().on_finished(move |finished| {
        let call = finished.call.map_or_else(refused, a2a_name);
        observer.exchange("a2a", call, finished.report.error_type(), finished);
    })
}

fn a2a_name(call: &A2aCall) -> Cow<'static, str> {
    call.operation().as_str().into()
}

/// An agent over HTTP.
pub(super) fn a2a(parts: &Parts, endpoint: Endpoint, timeout: Duration) -> Stack {
    let service = ServiceBuilder::new()
        .layer(a2a_layer(parts))
        .layer(TimeoutLayer::new(timeout))
        .layer(A2aUpstreamLayer::new(endpoint))
        .layer(TelemetryLayer::client().instrument(A2aClient::new()))
        .layer(AdaptLayer::new(Peeked::into_body))
        .service(parts.client.clone());
    Stack::new(service)
}

/// The layer of every LLM route.
pub(super) fn llm_layer(parts: &Parts) -> LlmLayer {
    let observer = parts.observer.clone();
    LlmLayer::new().on_finished(move |finished| {
        let call = finished.call.map_or_else(refused, llm_name);
        let error = finished.report.error_type();
        if let Some(usage) = &finished.report.usage {
            observer
                .metrics()
                .tokens(usage.input_tokens(), usage.output_tokens());
        }
        observer.exchange("llm", call, error, finished);
    })
}

fn llm_name(call: &LlmCall) -> Cow<'static, str> {
    [call.operation().as_str(), " ", call.model()]
        .concat()
        .into()
}

/// How long a model may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct ModelClocks {
    /// Until the head of a stream.
    stream: Duration,
    /// Until the head of an answer in one piece.
    whole: Duration,
    /// Between two pieces of an answer.
    gap: Duration,
}

impl ModelClocks {
    /// 120 s, 600 s and 300 s.
    pub(super) const USUAL: Self = Self {
        stream: FIRST_EVENT_TIMEOUT,
        whole: HEAD_TIMEOUT,
        gap: Duration::from_secs(300),
    };

    /// As long as it likes.
    pub(super) const OFF: Self = Self {
        stream: NO_TIMEOUT,
        whole: NO_TIMEOUT,
        gap: NO_TIMEOUT,
    };
}

/// A provider of models.
pub(super) fn llm(parts: &Parts, provider: Provider, clocks: ModelClocks) -> Stack {
    let timed = move |request: Request<Peeked<Body>>, next: Next<_>| {
        let call = request.extensions().get::<LlmCall>();
        let streams = call.is_none_or(LlmCall::stream);
        let limit = if streams { clocks.stream } else { clocks.whole };
        async move {
            let answer = tokio::time::timeout(limit, next.run(request)).await;
            let answer = answer.unwrap_or_else(|_| {
                let message = "the provider did not answer in time";
                Err(Error::new(ErrorKind::Timeout, message).into())
            })?;
            Ok(answer.map(|body| StallTimeout::new(body, clocks.gap)))
        }
    };
    let service = ServiceBuilder::new()
        .layer(llm_layer(parts))
        .layer(from_fn(timed))
        .layer(LlmUpstreamLayer::new(provider))
        .layer(TelemetryLayer::client().instrument(LlmClient::new()))
        .layer(AdaptLayer::new(Peeked::into_body))
        .service(parts.client.clone());
    Stack::new(service)
}

/// A service within the process, behind a protocol's layer.
pub(super) fn within<L, M, S, RB>(layer: L, service: M) -> Stack
where
    L: Layer<M, Service = S>,
    S: Service<Request<Body>, Response = Response<RB>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    RB: HttpBody<Data = Bytes> + Send + 'static,
    RB::Error: Into<BoxError>,
{
    Stack::new(layer.layer(service))
}

/// The service of requests that no route takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nowhere;

impl<B> Service<Request<B>> for Nowhere {
    type Response = Response<Body>;
    type Error = Error;
    type Future = std::future::Ready<Result<Response<Body>, Error>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        let message = "no route of this listener takes this host and path";
        std::future::ready(Err(Error::new(ErrorKind::NotFound, message)))
    }
}

#[cfg(test)]
mod tests {
    use agentgateway_core::upstream::Upstream;
    use agentgateway_llm::upstream::ProviderKind;
    use http::StatusCode;
    use tokio::time::{Instant, sleep};
    use tower::service_fn;

    use super::*;
    use crate::{observe::Observer, telemetry::ExportStats};

    /// The status after the seconds that it took.
    async fn answered(body: &'static str) -> (StatusCode, u64) {
        let mut parts = Parts::new(Observer::new(&ExportStats::default()));
        parts.client = Upstream::new(service_fn(|_: Request<Body>| async {
            sleep(Duration::from_secs(300)).await;
            Ok::<_, BoxError>(Response::new(Body::default()))
        }));
        let endpoint = "localhost:1".parse().unwrap();
        let provider = Provider::new("p", ProviderKind::OpenAi, endpoint);
        let stack = llm(&parts, provider, ModelClocks::USUAL);
        let request = Request::post("/v1/chat/completions")
            .header("content-type", "application/json")
            .body(Body::from(Bytes::from(body)))
            .unwrap();
        let begun = Instant::now();
        let response = stack.answer(request).await;
        (response.status(), begun.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_in_one_piece_may_take_longer_than_a_streams_head() {
        assert_eq!(answered(r#"{"model":"m"}"#).await, (StatusCode::OK, 300));
        let stream = answered(r#"{"model":"m","stream":true}"#).await;
        assert_eq!(stream, (StatusCode::GATEWAY_TIMEOUT, 120));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_falls_silent_ends_with_an_error_event() {
        let mut parts = Parts::new(Observer::new(&ExportStats::default()));
        let (mut sender, body) = http_body_util::Channel::<Bytes, Error>::new(1);
        sender
            .send_data(Bytes::from_static(b"data: {\"choices\":[]}\n\n"))
            .await
            .unwrap();
        let body = std::sync::Arc::new(std::sync::Mutex::new(Some(Body::new(body))));
        parts.client = Upstream::new(service_fn(move |_: Request<Body>| {
            let body = body.lock().unwrap().take().unwrap();
            let stream = Response::builder().header("content-type", "text/event-stream");
            std::future::ready(Ok::<_, BoxError>(stream.body(body).unwrap()))
        }));
        let endpoint = "localhost:1".parse().unwrap();
        let provider = Provider::new("p", ProviderKind::OpenAi, endpoint);
        let stack = llm(&parts, provider, ModelClocks::USUAL);
        let request = Request::post("/v1/chat/completions")
            .header("content-type", "application/json")
            .body(Body::from(Bytes::from_static(
                br#"{"model":"m","stream":true}"#,
            )))
            .unwrap();
        let begun = Instant::now();
        let response = stack.answer(request).await;
        let said = http_body_util::BodyExt::collect(response.into_body())
            .await
            .unwrap()
            .to_bytes();
        let said = String::from_utf8_lossy(&said);
        assert!(
            said.contains("sent nothing for 300 s") && !said.contains("[DONE]"),
            "{said}"
        );
        assert_eq!(begun.elapsed().as_secs(), 300);
        drop(sender);
    }
}
