use std::{convert::Infallible, future::pending, process::id};

use agentgateway_a2a::{
    A2a, A2aBinding, A2aLayer, A2aVersion,
    bridge::{AnyAgent, Interface, Speech},
    upstream::{A2aAgent, A2aUpstreamLayer},
};
use agentgateway_core::{
    Peeked,
    body::AdaptLayer,
    server::{self, Config, Drain, Listener, RequestBody},
    upstream::{Client, Endpoint},
};
use agentgateway_llm::{
    LlmDialect, LlmLayer,
    upstream::{Credential, LlmUpstreamLayer, Provider, ProviderKind},
};
use agentgateway_mcp::{McpGateway, McpLayer, McpServer, McpUpstreamLayer};
use anyhow::Result;
use bytes::Bytes;
use http::{Request, Response};
use tower::{Layer as _, Service, ServiceBuilder};

use crate::{llm::Dialect, process, work::SERVERS};

/// The listener, a protocol's layer, its upstream layer and the client of the core.
pub(super) async fn serve(upstream: u16) -> Result<()> {
    let client = Client::new();
    let endpoint: Endpoint = format!("127.0.0.1:{upstream}").parse()?;
    let one = Provider::new("local", ProviderKind::OpenAi, endpoint.clone())
        .credential(Credential::bearer("of-the-gateway")?);
    let mcp = McpUpstreamLayer::new(format!("http://127.0.0.1:{upstream}/mcp").parse()?);
    let adapt = AdaptLayer::new(Peeked::into_body);
    let llm = ServiceBuilder::new()
        .layer(LlmLayer::new().on_finished(|_| {}))
        .layer(LlmUpstreamLayer::new(one))
        .layer(adapt)
        .service(client.clone());
    let mcp = ServiceBuilder::new()
        .layer(McpLayer::new().on_finished(|_| {}))
        .layer(mcp)
        .layer(adapt)
        .service(client.clone());
    let a2a = ServiceBuilder::new()
        .layer(A2aLayer::new().on_finished(|_| {}))
        .layer(A2aUpstreamLayer::new(endpoint.clone()))
        .layer(adapt)
        .service(client.clone());
    let bridged = bridged(&client, upstream)?;
    let mut ports = vec![listen(llm).await?, listen(mcp).await?, listen(a2a).await?];
    for gateway in gateways(&client, upstream)? {
        let layer = McpLayer::new().on_finished(|_| {});
        ports.push(listen(layer.layer(gateway)).await?);
    }
    ports.push(listen(bridged).await?);
    for dialect in Dialect::ALL {
        let model = ServiceBuilder::new()
            .layer(LlmLayer::new().on_finished(|_| {}))
            .layer(LlmUpstreamLayer::new(provider(endpoint.clone(), dialect)?))
            .layer(adapt)
            .service(client.clone());
        ports.push(listen(model).await?);
    }
    process::ready(id(), &ports)?;
    pending().await
}

/// A provider that speaks this dialect alone.
fn provider(endpoint: Endpoint, dialect: Dialect) -> Result<Provider> {
    let (kind, spoken) = match dialect {
        Dialect::Chat => (ProviderKind::OpenAi, LlmDialect::OpenAiChat),
        Dialect::Responses => (ProviderKind::OpenAi, LlmDialect::OpenAiResponses),
        Dialect::Messages => (ProviderKind::Anthropic, LlmDialect::AnthropicMessages),
        Dialect::Gemini => (ProviderKind::Gemini, LlmDialect::Gemini),
        Dialect::Converse => (ProviderKind::Bedrock, LlmDialect::BedrockConverse),
    };
    let provider = Provider::new(dialect.name(), kind, endpoint).dialects(&[spoken]);
    Ok(provider.credential(Credential::bearer("of-the-gateway")?))
}

/// An agent of which it is told what it speaks.
fn bridged(client: &Client, upstream: u16) -> Result<A2a<AnyAgent>> {
    let endpoint: Endpoint = format!("127.0.0.1:{upstream}").parse()?;
    let stack = ServiceBuilder::new()
        .layer(A2aUpstreamLayer::new(endpoint.clone()))
        .layer(AdaptLayer::new(Peeked::into_body))
        .service(client.clone());
    let speech = Speech::new(A2aBinding::JsonRpc, A2aVersion::V1_0);
    let interface = Interface::new(speech, format!("127.0.0.1:{upstream}/a2a").parse()?);
    let agent = AnyAgent::builder(A2aAgent::new(stack), endpoint).interfaces([interface]);
    Ok(A2aLayer::new().on_finished(|_| {}).layer(agent.build()))
}

/// Of ten servers, of an older one, and for older clients.
fn gateways(client: &Client, upstream: u16) -> Result<[McpGateway; 3]> {
    let server = |path: &str| -> Result<McpServer> {
        let endpoint = format!("http://127.0.0.1:{upstream}{path}").parse()?;
        let stack = ServiceBuilder::new()
            .layer(McpUpstreamLayer::new(endpoint))
            .layer(AdaptLayer::new(Peeked::into_body));
        Ok(McpServer::new(stack.service(client.clone())))
    };
    let mut ten = McpGateway::builder();
    for nth in 0..SERVERS {
        ten = ten.server(format!("s{nth}"), server(&format!("/routed/{nth}"))?);
    }
    let one = |path| anyhow::Ok(McpGateway::builder().server("local", server(path)?));
    let (older_server, older_client) = (one("/older-server")?, one("/older-client")?);
    Ok([ten.build()?, older_server.build()?, older_client.build()?])
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
    tokio::spawn(server::serve(
        listener,
        service,
        Config::new(),
        Drain::new(),
    ));
    Ok(port)
}
