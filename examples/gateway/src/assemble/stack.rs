//! One stack per kind of backend, each in the default order of layers.

use std::{convert::Infallible, time::Duration};

use agentgateway_core::{
    Body, BoxError, Error, ErrorKind, Peeked, body::AdaptLayer, telemetry::TelemetryLayer,
};
use agentgateway_mcp::{McpCall, McpLayer, McpUpstreamLayer, telemetry::McpClient};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower::{Layer, ServiceBuilder, ServiceExt, timeout::TimeoutLayer, util::BoxCloneSyncService};
use tower_service::Service;

use super::{Parts, Stack};

/// How long an upstream may take until its answer's head.
///
/// A tool or an agent may work for minutes before it answers; a stream's head comes early.
const HEAD_TIMEOUT: Duration = Duration::from_secs(600);

/// The layer of every MCP route.
pub(super) fn mcp_layer(parts: &Parts) -> McpLayer {
    let observer = parts.observer.clone();
    McpLayer::new().on_finished(move |finished| {
        let call = finished.call.map(mcp_name).unwrap_or_default();
        observer.exchange("mcp", call, finished.report.error_type(), finished);
    })
}

fn mcp_name(call: &McpCall) -> String {
    let method = call.method().map_or("stream", |method| method.as_str());
    match call.tool().or_else(|| call.prompt()) {
        Some(name) => format!("{method} {name}"),
        None => method.to_owned(),
    }
}

/// An MCP server over HTTP.
pub(super) fn mcp(parts: &Parts, upstream: McpUpstreamLayer) -> Stack {
    let service = ServiceBuilder::new()
        .layer(mcp_layer(parts))
        .layer(TimeoutLayer::new(HEAD_TIMEOUT))
        .layer(TelemetryLayer::client().instrument(McpClient::new()))
        .layer(upstream)
        .layer(AdaptLayer::new(Body::new::<Peeked<Body>>))
        .service(parts.client.clone());
    erase(service)
}

/// What no route takes: the protocol's own layer says so in its own form.
pub(super) fn nowhere<L, S, RB>(layer: L) -> Stack
where
    L: Layer<Nowhere, Service = S>,
    S: Service<Request<Body>, Response = Response<RB>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    RB: HttpBody<Data = Bytes> + Send + 'static,
    RB::Error: Into<BoxError>,
{
    erase(layer.layer(Nowhere))
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

/// Erases the types of a stack.
pub(super) fn erase<S, RB>(service: S) -> Stack
where
    S: Service<Request<Body>, Response = Response<RB>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    RB: HttpBody<Data = Bytes> + Send + 'static,
    RB::Error: Into<BoxError>,
{
    BoxCloneSyncService::new(service.map_response(|response: Response<RB>| response.map(Body::new)))
}
