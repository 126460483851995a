//! An MCP server on axum, with the layer over it: `cargo run -p axum-mcp`.

use std::{env, io};

use agentgateway_mcp::{McpCall, McpKind, McpLayer};
use axum::{Extension, Json, Router, http::StatusCode, routing::post};
use serde_json::{Value, json};
use tokio::net::TcpListener;

fn app() -> Router {
    let layer = McpLayer::new().on_finished(|done| {
        let method = done.call.and_then(|call| call.method());
        println!("{method:?} {} {:?}", done.end.as_str(), done.elapsed);
    });
    Router::new().route("/mcp", post(answer)).layer(layer)
}

/// The layer has read the call; what is none (it is not JSON) has no extension.
async fn answer(call: Option<Extension<McpCall>>, body: String) -> Result<Json<Value>, StatusCode> {
    let Some(Extension(call)) = call else {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    };
    if call.kind() != McpKind::Request {
        return Err(StatusCode::ACCEPTED);
    }
    let message: Value = serde_json::from_str(&body).unwrap_or_default();
    let mut answer = match (call.method().map(|method| method.as_str()), call.tool()) {
        (Some("initialize"), _) => json!({"result": {
            "protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
            "serverInfo": {"name": "axum-mcp", "version": "0.1.0"},
        }}),
        (Some("tools/list"), _) => json!({"result": {"tools": [{
            "name": "shout", "inputSchema": {"type": "object", "required": ["text"]},
        }]}}),
        (_, Some("shout")) => {
            let text = message["params"]["arguments"]["text"].as_str();
            let loud = text.unwrap_or_default().to_uppercase();
            json!({"result": {"content": [{"type": "text", "text": loud}]}})
        }
        _ => json!({"error": {"code": -32601, "message": "no such method or tool"}}),
    };
    answer["jsonrpc"] = "2.0".into();
    answer["id"] = message["id"].clone();
    Ok(Json(answer))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let port = env::var("PORT").unwrap_or("3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"shout","arguments":{"text":"hello"}}}"#;
    println!(
        "curl -s http://{}/mcp -H 'content-type: application/json' -d '{call}'",
        listener.local_addr()?
    );
    axum::serve(listener, app()).await
}
