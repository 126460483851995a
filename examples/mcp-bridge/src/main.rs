//! MCP servers of any revision behind one endpoint, for clients of every revision:
//! `cargo run -p mcp-bridge -- files=http://127.0.0.1:3001/mcp web=https://mcp.example.org/mcp`.

use std::{env, error::Error};

use agentgateway_core::{Peeked, body::AdaptLayer, upstream::Client};
use agentgateway_mcp::{BatchLayer, McpGateway, McpLayer, McpServer, McpUpstreamLayer};
use axum::Router;
use tokio::net::TcpListener;
use tower::Layer;

fn app(servers: impl Iterator<Item = String>) -> Result<Router, Box<dyn Error>> {
    let client = AdaptLayer::new(Peeked::into_body).layer(Client::builder().tls().build());
    let mut gateway = McpGateway::builder();
    for server in servers {
        let (name, url) = server.split_once('=').ok_or("name=url, please")?;
        let upstream = McpUpstreamLayer::new(url.parse()?);
        gateway = gateway.server(name, McpServer::new(upstream.layer(client.clone())));
    }
    let mcp = (BatchLayer::new(), McpLayer::new().local_only(true));
    Ok(Router::new().route_service("/mcp", mcp.layer(gateway.build()?)))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = env::var("PORT").unwrap_or("3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("http://{}/mcp", listener.local_addr()?);
    axum::serve(listener, app(env::args().skip(1))?).await?;
    Ok(())
}
