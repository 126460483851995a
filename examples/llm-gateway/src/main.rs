//! Models of several providers behind one endpoint, for clients of every dialect:
//! `OPENAI_API_KEY=… ANTHROPIC_API_KEY=… cargo run -p llm-gateway`.

use std::{env, error::Error};

use agentgateway_core::{Peeked, body::AdaptLayer, upstream::Client};
use agentgateway_llm::{
    LlmLayer,
    route::{LlmGateway, ModelRoute, ModelServer, ModelTarget},
    upstream::{Credential, Provider, ProviderKind},
};
use axum::Router;
use tokio::net::TcpListener;
use tower::Layer;

fn gateway() -> Result<LlmGateway, Box<dyn Error>> {
    let client = AdaptLayer::new(Peeked::into_body).layer(Client::builder().tls().build());
    let server = |provider| ModelServer::new(provider, client.clone());
    let secret = |name| env::var(name).unwrap_or_default();
    let (url, key) = ("https://api.openai.com", secret("OPENAI_API_KEY"));
    let openai = Provider::new("openai", ProviderKind::OpenAi, url.parse()?);
    let openai = server(openai.credential(Credential::bearer(&key)?));
    let (url, key) = ("https://api.anthropic.com", secret("ANTHROPIC_API_KEY"));
    let claude = Provider::new("anthropic", ProviderKind::Anthropic, url.parse()?);
    let claude = ModelTarget::new(server(claude.credential(Credential::x_api_key(&key)?)));
    let url = "http://127.0.0.1:11434";
    let ollama = server(Provider::new("ollama", ProviderKind::Ollama, url.parse()?));

    // Anthropic answers `fast` while OpenAI does not; the client sees nothing of it.
    let fast = ModelRoute::new("fast")
        .target(ModelTarget::new(openai.clone()).model("gpt-5-mini"))
        .target(claude.clone().model("claude-haiku-4-5").priority(1));
    Ok(LlmGateway::builder()
        .route(fast)
        .route(ModelRoute::new("gpt-*").target(ModelTarget::new(openai)))
        .route(ModelRoute::new("claude-*").target(claude))
        .route(ModelRoute::new("local/*").target(ModelTarget::new(ollama).model("*")))
        .build()?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let service = LlmLayer::new().layer(gateway()?);
    let port = env::var("PORT").unwrap_or("3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("curl -s http://{}/v1/models", listener.local_addr()?);
    axum::serve(listener, Router::new().fallback_service(service)).await?;
    Ok(())
}
