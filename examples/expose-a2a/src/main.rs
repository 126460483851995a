//! An agent that knows v1.0 over JSON-RPC alone, for clients of every binding and version:
//! `cargo run -p expose-a2a`.

use std::{env, io};

use agentgateway_a2a::A2aGateway;
use axum::{Json, Router, routing};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What the agent itself knows: a card, and messages of v1.0 over JSON-RPC.
fn agent() -> Router {
    Router::new()
        .route("/.well-known/agent-card.json", routing::get(card))
        .route("/", routing::post(answer))
}

/// Where it is, and what it speaks, the gateway writes into it.
async fn card() -> Json<Value> {
    Json(json!({
        "name": "echo", "description": "Says it again", "version": "0.1.0", "capabilities": {},
        "defaultInputModes": ["text/plain"], "defaultOutputModes": ["text/plain"],
        "skills": [{"id": "echo", "name": "Echo", "description": "Says it again", "tags": []}],
    }))
}

async fn answer(Json(call): Json<Value>) -> Json<Value> {
    let mut answer = if call["method"] == "SendMessage" {
        let parts = &call["params"]["message"]["parts"];
        json!({"result": {"message": {"messageId": "1", "role": "ROLE_AGENT", "parts": parts}}})
    } else {
        json!({"error": {"code": -32004, "message": "this agent takes messages only"}})
    };
    answer["jsonrpc"] = "2.0".into();
    answer["id"] = call["id"].clone();
    Json(answer)
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let gateway = A2aGateway::expose(agent()).build();
    let gateway = gateway.map_err(io::Error::other)?;
    let port = env::var("PORT").unwrap_or("3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    // A client of v0.3, over HTTP+JSON: neither is the agent's own.
    let message =
        r#"{"message":{"messageId":"0","role":"ROLE_USER","content":[{"text":"hello"}]}}"#;
    println!(
        "curl -s http://{}/v1/message:send -H 'content-type: application/json' -d '{message}'",
        listener.local_addr()?
    );
    axum::serve(listener, Router::new().fallback_service(gateway)).await
}
