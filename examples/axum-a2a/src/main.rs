//! An A2A agent on axum, with the layer over it: `cargo run -p axum-a2a`.

use std::{env, io};

use agentgateway_a2a::{A2aCall, A2aLayer, A2aOperation};
use axum::{Extension, Json, Router, http::StatusCode, routing};
use serde_json::{Value, json};
use tokio::net::TcpListener;

fn app() -> Router {
    let layer = A2aLayer::new().on_finished(|done| {
        let operation = done.call.map(|call| call.operation().as_str());
        println!("{operation:?} {} {:?}", done.end.as_str(), done.elapsed);
    });
    Router::new()
        .route("/.well-known/agent-card.json", routing::get(card))
        .route("/a2a", routing::post(answer))
        .layer(layer)
}

/// The layer writes the address under which it was asked for into the URL.
async fn card() -> Json<Value> {
    Json(json!({
        "name": "echo", "description": "Says it again", "version": "0.1.0",
        "supportedInterfaces": [{"url": "http://127.0.0.1/a2a", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}],
        "capabilities": {}, "defaultInputModes": ["text/plain"], "defaultOutputModes": ["text/plain"], "skills": [],
    }))
}

/// The layer has read the call; what is none (it is not JSON) has no extension.
async fn answer(call: Option<Extension<A2aCall>>, body: String) -> Result<Json<Value>, StatusCode> {
    let Some(Extension(call)) = call else {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    };
    let message: Value = serde_json::from_str(&body).unwrap_or_default();
    let mut answer = if call.is(&A2aOperation::SendMessage) {
        let parts = &message["params"]["message"]["parts"];
        json!({"result": {"message": {"messageId": "1", "role": "ROLE_AGENT", "parts": parts}}})
    } else {
        json!({"error": {"code": -32004, "message": "this agent takes messages only"}})
    };
    answer["jsonrpc"] = "2.0".into();
    answer["id"] = message["id"].clone();
    Ok(Json(answer))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let port = env::var("PORT").unwrap_or("3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":{"message":{"messageId":"0","role":"ROLE_USER","parts":[{"text":"hello"}]}}}"#;
    println!(
        "curl -s http://{}/a2a -H 'a2a-version: 1.0' -H 'content-type: application/json' -d '{call}'",
        listener.local_addr()?
    );
    axum::serve(listener, app()).await
}
