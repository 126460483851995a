//! What is measured: the bare proxy, our layers, and the whole gateway.

use std::{convert::Infallible, future::pending};

use agentgateway::telemetry::Tracing;
use agentgateway_a2a::{A2aLayer, upstream::A2aUpstreamLayer};
use agentgateway_core::{
    Body, Peeked,
    body::AdaptLayer,
    server::{Config, Drain, Listener, RequestBody, serve},
    upstream::{Client, Endpoint},
};
use agentgateway_llm::{
    LlmLayer,
    upstream::{Credential, LlmUpstreamLayer, Provider, ProviderKind},
};
use agentgateway_mcp::{McpLayer, McpUpstreamLayer};
use agentgateway_tests::{Manifests, TestGateway};
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::{Request, Response, Uri, uri::Scheme};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use tower::{Service, ServiceBuilder};

use crate::process;

/// One relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// hyper's server and hyper-util's client, bodies handed over as they are.
    Bare,
    /// The listener, a protocol's layer, its upstream layer and the client of the core.
    Layers,
    /// What the manifests of the gateway assemble.
    Gateway,
}

impl Target {
    pub(crate) const ALL: [Self; 3] = [Self::Bare, Self::Layers, Self::Gateway];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Layers => "layers",
            Self::Gateway => "gateway",
        }
    }
}

/// Relays to the mock of this port until the process ends, with one worker.
pub(crate) fn run(args: &[&str]) -> Result<()> {
    let [target, upstream] = args else {
        bail!("a target, and the port of the mock");
    };
    let upstream: u16 = upstream.parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(async move {
        match *target {
            "bare" => runtime_task(bare(upstream)).await,
            "layers" => runtime_task(layers(upstream)).await,
            "gateway" => gateway(upstream).await,
            other => bail!("there is no target {other}"),
        }
    })
}

/// On the worker, where a listener's task usually is.
async fn runtime_task(work: impl Future<Output = Result<()>> + Send + 'static) -> Result<()> {
    tokio::spawn(work).await?
}

// === Target::Bare ===

type BareClient = legacy::Client<HttpConnector, Incoming>;

async fn bare(upstream: u16) -> Result<()> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: BareClient = legacy::Client::builder(TokioExecutor::new()).build(connector);
    let authority = format!("127.0.0.1:{upstream}").parse::<http::uri::Authority>()?;
    let listener = tokio::net::TcpListener::bind(process::LOOPBACK).await?;
    process::ready(&[listener.local_addr()?.port(); 3])?;
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let (client, authority) = (client.clone(), authority.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            let mut parts = std::mem::take(request.uri_mut()).into_parts();
            parts.scheme = Some(Scheme::HTTP);
            parts.authority = Some(authority.clone());
            // A path with scheme and authority is a URI.
            *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
            client.request(request)
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
    }
}

// === Target::Layers ===

async fn layers(upstream: u16) -> Result<()> {
    let client = Client::new();
    let endpoint: Endpoint = format!("127.0.0.1:{upstream}").parse()?;
    let provider = Provider::new("local", ProviderKind::OpenAi, endpoint.clone())
        .credential(Credential::bearer("of-the-gateway")?);
    let mcp = McpUpstreamLayer::new(format!("http://127.0.0.1:{upstream}/mcp").parse()?);
    let adapt = AdaptLayer::new(Body::new::<Peeked<RequestBody>>);
    let llm = ServiceBuilder::new()
        .layer(LlmLayer::new().on_finished(|_| {}))
        .layer(LlmUpstreamLayer::new(provider))
        .layer(adapt)
        .service(client.clone());
    let mcp = ServiceBuilder::new()
        .layer(McpLayer::new().on_finished(|_| {}))
        .layer(mcp)
        .layer(adapt)
        .service(client.clone());
    let a2a = ServiceBuilder::new()
        .layer(A2aLayer::new().on_finished(|_| {}))
        .layer(A2aUpstreamLayer::new(endpoint))
        .layer(adapt)
        .service(client);
    let ports = [listen(llm).await?, listen(mcp).await?, listen(a2a).await?];
    process::ready(&ports)?;
    pending().await
}

async fn listen<S, B>(service: S) -> Result<u16>
where
    S: Service<Request<RequestBody>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes, Error = agentgateway_core::Error> + Send + 'static,
{
    let listener = Listener::bind(process::LOOPBACK.into()).await?;
    let port = listener.local_addr().port();
    tokio::spawn(serve(listener, service, Config::new(), Drain::new()));
    Ok(port)
}

// === Target::Gateway ===

async fn gateway(upstream: u16) -> Result<()> {
    // As the command does; no endpoint is named, so that no span is recorded.
    let _tracing = Tracing::install()?;
    let at = format!("host: 127.0.0.1, port: {upstream}");
    let manifests = Manifests::default()
        .secret("key", "Bearer of-the-gateway")
        .route(
            "llm",
            "/v1",
            None,
            &format!(
                "{{ai: {{groups: [{{providers: [{{name: local, custom: {{formats: [{{type: \
                 Completions}}]}}, {at}, policies: {{auth: {{secretRef: {{name: key}}}}}}}}]}}]}}}}"
            ),
        )
        .route(
            "mcp",
            "/mcp",
            None,
            &format!(
                "{{mcp: {{targets: [{{name: local, static: {{{at}, path: /mcp, protocol: \
                 StreamableHTTP}}}}]}}}}"
            ),
        )
        .route("a2a", "/a2a", None, &format!("{{a2a: {{{at}}}}}"));
    let gateway = TestGateway::serve(&manifests).await;
    let port = |listener: &str| -> Result<u16> {
        let url = gateway.url(listener);
        let (_, port) = url.rsplit_once(':').context("a URL with a port")?;
        Ok(port.parse()?)
    };
    process::ready(&[port("llm")?, port("mcp")?, port("a2a")?])?;
    pending().await
}
