//! What judges arguments outside of a federation.

use agentgateway_core::Peeked;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};

use super::support::{Say, federation, list, nothing, request, server};
use crate::{McpLayer, policy::arguments::ToolArguments, upstream::McpServer};

const TOOL: &str = r#"{"name":"find","inputSchema":{"type":"object","required":["q"]}}"#;

async fn asked(layer: &McpLayer, server: &McpServer, method: &str, params: Value) -> Value {
    let server = server.clone();
    let inner = service_fn(move |request: Request<Peeked<Full<Bytes>>>| {
        let server = server.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            server.send(Request::from_parts(head, body)).await
        }
    });
    let mut request = request(json!(1), method, params).map(Full::from);
    let kind = "application/json".parse().unwrap();
    request.headers_mut().insert("content-type", kind);
    let answer = layer.layer(inner).oneshot(request).await.unwrap();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&body).unwrap()
}

#[tokio::test]
async fn tools_are_judged_by_the_names_that_clients_see() {
    let say = |method: &str, _: &Value| match method {
        "tools/list" => list("tools", &[TOOL], None),
        "tools/call" => Say::Result(r#"{"resultType":"complete","content":[]}"#.into()),
        _ => nothing(),
    };
    let ((a, of_a), (b, _)) = (server(say), server(say));
    let all = federation([("a", a), ("b", b)]).into_server();
    let layer = McpLayer::new().arguments(ToolArguments::new());
    let tools = asked(&layer, &all, "tools/list", json!({})).await;
    let name = tools["result"]["tools"][0]["name"].as_str().unwrap();
    assert_ne!(name, "find");
    let call = |arguments: Value| json!({"name": name, "arguments": arguments});
    let said = asked(&layer, &all, "tools/call", call(json!({}))).await;
    let expected = format!("Invalid arguments of tool {name}: \"q\" is a required property");
    assert_eq!(said["error"]["message"], expected);
    assert!(!of_a.methods().contains(&"tools/call".to_owned()));
    let said = asked(&layer, &all, "tools/call", call(json!({"q": 1}))).await;
    assert!(said.get("result").is_some(), "{said}");
    assert!(of_a.methods().contains(&"tools/call".to_owned()));
}
