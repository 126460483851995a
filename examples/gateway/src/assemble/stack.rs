//! One stack per kind of backend, each in the default order of layers.

use std::{borrow::Cow, convert::Infallible, time::Duration};

use agentgateway_a2a::{
    A2aCall, A2aLayer,
    telemetry::A2aClient,
    upstream::{A2aAgent, A2aUpstreamLayer},
};
use agentgateway_core::{
    Body, BoxError, Error, Peeked,
    body::AdaptLayer,
    telemetry::TelemetryLayer,
    timeout::{Clocks, TimeoutLayer},
    upstream::Upstream,
};
use agentgateway_llm::{LlmCall, LlmLayer, route::LlmGateway, telemetry::LlmClient};
use agentgateway_mcp::{
    BatchLayer, McpCall, McpGateway, McpLayer, McpServer, McpUpstreamLayer, policy::CallerHead,
    telemetry::McpClient,
};
use bytes::Bytes;
use http::{Extensions, Request, Response};
use http_body::Body as HttpBody;
use tower::{Layer, ServiceBuilder, service_fn, util::MapRequestLayer};
use tower_service::Service;

use super::{
    Parts, Stack,
    headers::restored,
    policies::Mounted,
    retrying::{Attempts, clocked},
};

/// How long an upstream may take until its answer's head.
///
/// A tool or an agent may work for minutes before it answers; a stream's head comes early.
const HEAD_TIMEOUT: Duration = Duration::from_secs(600);

/// How long a provider may take until the head of a stream. That of an answer in one piece comes
/// when the model has ended: for it, [`HEAD_TIMEOUT`] holds.
const FIRST_EVENT_TIMEOUT: Duration = Duration::from_secs(120);

/// How a backend is asked: what its routes say.
#[derive(Clone, Debug)]
pub(super) struct How {
    pub(super) clocks: Clocks,
    pub(super) max_body: MaxBody,
    pub(super) mounted: Mounted,
    /// There may be several attempts.
    pub(super) attempts: Option<Attempts>,
}

/// The most that is read of a body, in bytes, where the listener says it; else what is usual.
pub(super) type MaxBody = Option<usize>;

/// The usual clocks of agents and tools.
pub(super) const CALL_CLOCKS: Clocks = Clocks::new().stream_head(Some(HEAD_TIMEOUT));

/// The usual clocks of models.
pub(super) const MODEL_CLOCKS: Clocks = Clocks::new()
    .stream_head(Some(FIRST_EVENT_TIMEOUT))
    .head(Some(HEAD_TIMEOUT))
    .gap(Some(Duration::from_secs(300)));

/// The layer of every MCP route, which reads this much of a body at most.
pub(super) fn mcp_layer(parts: &Parts, max_body: MaxBody) -> McpLayer {
    let observer = parts.observer.clone();
    let layer = match max_body {
        Some(bytes) => McpLayer::new().max_body_bytes(bytes),
        None => McpLayer::new(),
    };
    layer.on_finished(move |finished| {
        observer.metrics().mcp().finished(finished);
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

/// Servers of MCP; `target` is the name of the only one. Which tools of several are whose the gateway knows.
pub(super) fn mcp(parts: &Parts, target: Option<&str>, gateway: McpGateway, how: &How) -> Stack {
    let mut layer = mcp_layer(parts, how.max_body);
    if let Some(target) = target {
        layer = how.mounted.guarding(layer.target(target));
    }
    let rescue = layer.rescue();
    let outer = ServiceBuilder::new()
        .layer(layer)
        .layer(how.mounted.within())
        .layer(MapRequestLayer::new(kept));
    let stack = match how.mounted.tool_limits() {
        None => clocked!(Stack::new, outer, how, TimeoutLayer::new, gateway),
        Some(limits) => {
            let limited = limits.layer(gateway);
            clocked!(Stack::new, outer, how, TimeoutLayer::new, limited)
        }
    };
    let stack = how.mounted.around(&rescue, stack);
    batched(stack, how.max_body).holding(parts.heap.as_ref())
}

/// The same stack, for batches of 2025-03-26 too: each message goes through all of it, and all that counts calls
/// counts each.
pub(super) fn batched(stack: Stack, max_body: MaxBody) -> Stack {
    let layer = match max_body {
        Some(bytes) => BatchLayer::new().max_body_bytes(bytes),
        None => BatchLayer::new(),
    };
    let telling = stack.telling();
    let each = service_fn(move |request: Request<Peeked<Body>>| {
        let answering = stack.answer(request.map(Peeked::into_body));
        async move { Ok::<_, Infallible>(answering.await) }
    });
    Stack::new(layer.layer(each)).told_by(telling)
}

/// The head as it came, for rules about tools, which are asked where requests have been changed.
fn kept<B>(request: Request<B>) -> Request<B> {
    let (mut head, body) = request.into_parts();
    CallerHead::keep(&mut head);
    Request::from_parts(head, body)
}

/// An MCP server over HTTP, as the gateway of servers asks it.
pub(super) fn mcp_server(client: Upstream, upstream: McpUpstreamLayer) -> McpServer {
    McpServer::new(
        ServiceBuilder::new()
            .layer(TelemetryLayer::client().instrument(McpClient::new()))
            .layer(upstream)
            .layer(MapRequestLayer::new(restored))
            .layer(AdaptLayer::new(Peeked::into_body))
            .service(client),
    )
}

/// The client of an MCP server of the transport of 2024-11-05.
pub(super) fn mcp_client(
    client: Upstream,
) -> impl Service<
    Request<Peeked<Body>>,
    Response = Response<Body>,
    Error = Error,
    Future: Send + 'static,
> + Clone
+ Send
+ Sync
+ 'static {
    ServiceBuilder::new()
        .layer(MapRequestLayer::new(restored))
        .layer(AdaptLayer::new(Peeked::into_body))
        .service(client)
}

/// A request that was refused before it was a call.
const fn refused() -> Cow<'static, str> {
    Cow::Borrowed("(refused)")
}

/// The layer of every A2A route, which reads this much of a body at most.
pub(super) fn a2a_layer(parts: &Parts, max_body: MaxBody) -> A2aLayer {
    let observer = parts.observer.clone();
    let layer = match max_body {
        Some(bytes) => A2aLayer::new().max_body_bytes(bytes),
        None => A2aLayer::new(),
    };
    layer.on_finished(move |finished| {
        if let Some(call) = finished.call {
            let first = finished.first_event.map(|after| after.as_secs_f64());
            observer.metrics().a2a(call, finished.report.state, first);
        }
        let call = finished.call.map_or_else(refused, a2a_name);
        observer.exchange("a2a", call, finished.report.error_type(), finished);
    })
}

fn a2a_name(call: &A2aCall) -> Cow<'static, str> {
    call.operation().as_str().into()
}

/// An agent over HTTP, in one way to connect.
pub(super) fn a2a_agent(client: Upstream, upstream: A2aUpstreamLayer) -> A2aAgent {
    A2aAgent::new(
        ServiceBuilder::new()
            .layer(upstream)
            .layer(TelemetryLayer::client().instrument(A2aClient::new()))
            .layer(MapRequestLayer::new(restored))
            .layer(AdaptLayer::new(Peeked::into_body))
            .service(client),
    )
}

/// The layer of every LLM route, which reads this much of a body at most.
pub(super) fn llm_layer(parts: &Parts, max_body: MaxBody) -> LlmLayer {
    let observer = parts.observer.clone();
    let layer = match max_body {
        Some(bytes) => LlmLayer::new().max_body_bytes(bytes),
        None => LlmLayer::new(),
    };
    layer.on_finished(move |finished| {
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

/// Providers of models behind their layer.
pub(super) fn llm(parts: &Parts, layer: LlmLayer, gateway: LlmGateway, how: &How) -> Stack {
    let rescue = layer.rescue();
    let outer = ServiceBuilder::new()
        .layer(layer)
        .layer(how.mounted.within());
    let timeout = |clocks| TimeoutLayer::new(clocks).streams(streams);
    let stack = clocked!(Stack::new, outer, how, timeout, gateway);
    let stack = how.mounted.around(&rescue, stack);
    stack.holding(parts.heap.as_ref())
}

/// The client of one provider, with a span and the usual clocks for each attempt.
pub(super) fn model_client(
    client: Upstream,
) -> impl Service<
    Request<Peeked<Body>>,
    Response = Response<
        impl HttpBody<Data = Bytes, Error = impl Into<BoxError> + Send> + Send + 'static,
    >,
    Error = impl Into<BoxError>,
    Future = impl Send + 'static,
> + Clone
+ Send
+ Sync
+ 'static {
    ServiceBuilder::new()
        .layer(TelemetryLayer::client().instrument(LlmClient::new()))
        .layer(TimeoutLayer::new(MODEL_CLOCKS).streams(streams))
        .layer(MapRequestLayer::new(restored))
        .layer(AdaptLayer::new(Peeked::into_body))
        .service(client)
}

fn streams(extensions: &Extensions) -> bool {
    extensions.get::<LlmCall>().is_none_or(LlmCall::stream)
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

#[cfg(test)]
mod tests {
    use agentgateway_core::Error;
    use agentgateway_llm::{
        route::{ModelRoute, ModelServer, ModelTarget},
        upstream::{Provider, ProviderKind},
    };
    use http::StatusCode;
    use tokio::time::{Instant, sleep};

    use super::*;
    use crate::{observe::Observer, telemetry::ExportStats};

    fn how() -> How {
        How {
            clocks: MODEL_CLOCKS,
            max_body: None,
            mounted: Mounted::default(),
            attempts: None,
        }
    }

    fn only(provider: Provider, client: Upstream) -> LlmGateway {
        let target = ModelTarget::new(ModelServer::new(provider, model_client(client)));
        let route = ModelRoute::new("*").target(target);
        LlmGateway::builder().route(route).build().unwrap()
    }

    /// The status after the seconds that it took.
    async fn answered(body: &'static str) -> (StatusCode, u64) {
        let parts = Parts::new(Observer::new(&ExportStats::default()));
        let client = Upstream::new(service_fn(|_: Request<Body>| async {
            sleep(Duration::from_secs(300)).await;
            Ok::<_, BoxError>(Response::new(Body::default()))
        }));
        let endpoint = "localhost:1".parse().unwrap();
        let provider = Provider::new("p", ProviderKind::OpenAi, endpoint);
        let stack = llm(
            &parts,
            llm_layer(&parts, None),
            only(provider, client),
            &how(),
        );
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
        let parts = Parts::new(Observer::new(&ExportStats::default()));
        let (mut sender, body) = http_body_util::Channel::<Bytes, Error>::new(1);
        sender
            .send_data(Bytes::from_static(b"data: {\"choices\":[]}\n\n"))
            .await
            .unwrap();
        let body = std::sync::Arc::new(std::sync::Mutex::new(Some(Body::new(body))));
        let client = Upstream::new(service_fn(move |_: Request<Body>| {
            let body = body.lock().unwrap().take().unwrap();
            let stream = Response::builder().header("content-type", "text/event-stream");
            std::future::ready(Ok::<_, BoxError>(stream.body(body).unwrap()))
        }));
        let endpoint = "localhost:1".parse().unwrap();
        let provider = Provider::new("p", ProviderKind::OpenAi, endpoint);
        let stack = llm(
            &parts,
            llm_layer(&parts, None),
            only(provider, client),
            &how(),
        );
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
