//! An A2A agent beside gRPC services on tonic's server: `cargo run -p tonic-a2a`.

use std::{env, error::Error};

use agentgateway_a2a::{A2aCall, A2aLayer};
use axum::{Extension, Json, Router, http::StatusCode, routing::post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{service::Routes, transport::Server};

/// The layer has read the call; what is none (it is not JSON) has no extension.
async fn answer(call: Option<Extension<A2aCall>>, body: String) -> Result<Json<Value>, StatusCode> {
    let Some(Extension(call)) = call else {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    };
    let message: Value = serde_json::from_str(&body).unwrap_or_default();
    let text = format!("this is {}", call.operation().as_str());
    let said = json!({"messageId": "1", "role": "ROLE_AGENT", "parts": [{"text": text}]});
    let result = json!({"message": said});
    Ok(Json(
        json!({"jsonrpc": "2.0", "id": message["id"], "result": result}),
    ))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let layer = A2aLayer::new().on_finished(|done| {
        let operation = done.call.map(|call| call.operation().as_str());
        println!("{operation:?} {} {:?}", done.end.as_str(), done.elapsed);
    });
    let (_, health) = tonic_health::server::health_reporter();
    let routes = Routes::from(Router::new().route("/a2a", post(answer))).add_service(health);
    let server = Server::builder()
        .accept_http1(true)
        .layer(layer)
        .add_routes(routes);

    let port = env::var("PORT").unwrap_or("3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":{"message":{"messageId":"0","role":"ROLE_USER","parts":[{"text":"hello"}]}}}"#;
    println!(
        "curl -s http://{}/a2a -H 'a2a-version: 1.0' -H 'content-type: application/json' -d '{call}'",
        listener.local_addr()?
    );
    server
        .serve_with_incoming(TcpListenerStream::new(listener))
        .await?;
    Ok(())
}
