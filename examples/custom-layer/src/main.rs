//! One middleware for calls of MCP, A2A and LLM: `cargo run -p custom-layer`.
//!
//! It is written twice: `audit.rs` is a tower layer, the rule below is a function.

mod audit;

use std::{env, io};

use agentgateway_a2a::{A2aCall, A2aLayer};
use agentgateway_core::{Error, ErrorKind, middleware::from_fn};
use agentgateway_llm::{LlmCall, LlmLayer};
use agentgateway_mcp::{McpCall, McpLayer};
use axum::{Router, http::Extensions, routing::post};
use tokio::net::TcpListener;

/// What is asked for, whatever the protocol.
fn asked(extensions: &Extensions) -> Option<String> {
    if let Some(call) = extensions.get::<McpCall>() {
        return Some(format!("tool {}", call.tool()?));
    }
    if let Some(call) = extensions.get::<A2aCall>() {
        return Some(format!("agent {}", call.operation().as_str()));
    }
    let call = extensions.get::<LlmCall>()?;
    Some(format!("model {}", call.model()))
}

fn app() -> Router {
    let rule = from_fn(|request, next| async move {
        match asked(request.extensions()).as_deref() {
            Some("tool rm" | "agent CancelTask" | "model huge") => {
                Err(Error::new(ErrorKind::Forbidden, "this is not for you").into())
            }
            _ => next.run(request).await,
        }
    });
    let inside = (audit::AuditLayer, rule);
    let route = || post(|| async { "done" });
    Router::new()
        .route("/mcp", route().layer((McpLayer::new(), inside.clone())))
        .route("/a2a", route().layer((A2aLayer::new(), inside.clone())))
        .route("/v1/responses", route().layer((LlmLayer::new(), inside)))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let port = env::var("PORT").unwrap_or("3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"rm"}}"#;
    println!(
        "curl -si http://{}/mcp -H 'content-type: application/json' -d '{call}'",
        listener.local_addr()?
    );
    axum::serve(listener, app()).await
}
