//! Any MCP server for clients of every revision: `cargo run -p mcp-bridge -- http://127.0.0.1:3001/mcp`.

use std::{env, error::Error};

use agentgateway_core::{Peeked, body::AdaptLayer, upstream::Client};
use agentgateway_mcp::{
    McpLayer, McpServer, McpUpstreamLayer,
    bridge::{AnyServer, LegacyServer},
};
use axum::Router;
use tokio::net::TcpListener;
use tower::Layer;

fn app(upstream: &str) -> Result<Router, Box<dyn Error>> {
    let upstream = McpUpstreamLayer::new(upstream.parse()?);
    let client = AdaptLayer::new(Peeked::into_body).layer(Client::builder().tls().build());
    let server = McpServer::new(upstream.layer(client));
    let modern = AnyServer::new(LegacyServer::new(server)).into_server();
    Ok(Router::new().route_service("/mcp", McpLayer::new().local_only(true).layer(modern)))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let upstream = env::args()
        .nth(1)
        .unwrap_or("http://127.0.0.1:3001/mcp".into());
    let port = env::var("PORT").unwrap_or("3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("http://{}/mcp", listener.local_addr()?);
    axum::serve(listener, app(&upstream)?).await?;
    Ok(())
}
