use std::sync::{Arc, Mutex};

use agentgateway_core::{Body, Error, ErrorKind, Peeked};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};

use crate::{Era, McpGateway, McpLayer, McpServer, bridge::edit, route::ToolOverride};

/// A server that answers every request with this result.
fn server(result: &'static Value) -> McpServer {
    McpServer::new(service_fn(
        move |request: Request<Peeked<Body>>| async move {
            let body = request.into_body().whole().unwrap_or_default();
            let id = edit::member(&body, "id").unwrap_or_default();
            let id: Value = serde_json::from_slice(&id).unwrap_or_default();
            let text = json!({"jsonrpc": "2.0", "id": id, "result": result}).to_string();
            let mut response = Response::new(Body::from(Bytes::from(text)));
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(header::CONTENT_TYPE, json);
            Ok::<_, Error>(response)
        },
    ))
}

fn result(result: Value) -> &'static Value {
    Box::leak(Box::new(result))
}

async fn asked(gateway: &McpGateway, request: Request<Body>) -> (u16, Value) {
    let app = McpLayer::new().layer(gateway.clone());
    let answer = app.oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&text).unwrap_or_default())
}

fn of(servers: &[(&str, Era)]) -> McpGateway {
    let said = result(json!({
        "resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {},
        "ttlMs": 0, "cacheScope": "private",
    }));
    let gateway = servers
        .iter()
        .fold(McpGateway::builder(), |all, (name, era)| {
            all.server_of(*name, server(said), *era)
        });
    gateway.build().unwrap()
}

/// # Source
/// MCP 2026-07-28, Streamable HTTP: GET and DELETE are 405.
#[tokio::test]
async fn the_newest_revision_is_spoken_with_post_whatever_stands_behind() {
    for servers in [
        &[("one", Era::Legacy)][..],
        &[("one", Era::Legacy), ("other", Era::Modern)],
    ] {
        let gateway = of(servers);
        for method in ["GET", "DELETE"] {
            let request = Request::builder()
                .method(method)
                .uri("/mcp")
                .header("accept", "text/event-stream")
                .header("mcp-protocol-version", "2026-07-28")
                .header("mcp-session-id", "s");
            let (status, _) = asked(&gateway, request.body(Body::empty()).unwrap()).await;
            assert_eq!(status, 405, "{method} {servers:?}");
        }
    }
}

/// # Source
/// MCP 2025-11-25, Lifecycle, Version negotiation.
#[tokio::test]
async fn a_handshake_that_proposes_the_newest_revision_is_told_an_earlier_one() {
    for servers in [
        &[("one", Era::Modern)][..],
        &[("one", Era::Modern), ("other", Era::Modern)],
    ] {
        let hello = json!({
            "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
                "protocolVersion": "2026-07-28", "capabilities": {},
                "clientInfo": {"name": "c", "version": "1"},
            },
        });
        let request = Request::post("/mcp").header("content-type", "application/json");
        let request = request.body(Body::from(Bytes::from(hello.to_string())));
        let (status, said) = asked(&of(servers), request.unwrap()).await;
        let version = &said["result"]["protocolVersion"];
        assert_eq!((status, version), (200, &json!("2025-11-25")), "{said}");
    }
}

#[tokio::test]
async fn which_of_several_servers_was_asked_is_told_whatever_comes() {
    let said = result(json!({"resultType": "complete", "content": []}));
    let fails = McpServer::new(service_fn(|_: Request<Peeked<Body>>| async {
        Err::<Response<Body>, _>(Error::new(ErrorKind::Unavailable, "away"))
    }));
    let gateway = McpGateway::builder()
        .server_of("one", server(said), Era::Modern)
        .server_of("away", fails, Era::Modern)
        .build()
        .unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let seen = told.clone();
    let layer = McpLayer::new().on_finished(move |finished| {
        let server = finished.report.server.as_deref().map(str::to_owned);
        seen.lock().unwrap().push(server);
    });
    for tool in ["one_t", "away_t", "none_t"] {
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let call = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": tool, "_meta": meta},
        });
        let request = Request::post("/mcp")
            .header("content-type", "application/json")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "tools/call")
            .header("mcp-name", tool)
            .body(Body::from(Bytes::from(call.to_string())));
        let app = layer.layer(gateway.clone());
        let answer = app.oneshot(request.unwrap()).await.unwrap();
        drop(answer.into_body().collect().await);
    }
    let told = told.lock().unwrap();
    let told: Vec<_> = told.iter().map(Option::as_deref).collect();
    assert_eq!(told, [Some("one"), Some("away"), None]);
}

#[tokio::test]
async fn a_tool_is_called_by_the_name_that_is_told() {
    let seen: Arc<Mutex<Vec<Value>>> = Arc::default();
    let asked = Arc::clone(&seen);
    let server = McpServer::new(service_fn(move |request: Request<Peeked<Body>>| {
        let body = request.into_body().whole().unwrap_or_default();
        let said: Value = serde_json::from_slice(&body).unwrap_or_default();
        asked.lock().unwrap().push(said["params"]["name"].clone());
        async move {
            let text = json!({"jsonrpc": "2.0", "id": said["id"], "result": {
                "resultType": "complete", "content": [], "ttlMs": 0, "cacheScope": "private",
                "tools": [{"name": "ls", "description": "lists", "inputSchema": {"type": "object"}}],
            }});
            let mut response = Response::new(Body::from(Bytes::from(text.to_string())));
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(header::CONTENT_TYPE, json);
            Ok::<_, Error>(response)
        }
    }));
    let words = ToolOverride::new()
        .name("list")
        .description("what there is");
    let gateway = McpGateway::builder()
        .server_of("files", server.clone(), Era::Modern)
        .tool("files", "ls", words.clone())
        .build()
        .unwrap();
    let call = |method: &str, name: &str| {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": {"name": name, "arguments": {},
            "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {}}}});
        let request = Request::post("/")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", method)
            .header("mcp-name", name);
        request
            .body(Body::from(Bytes::from(body.to_string())))
            .unwrap()
    };
    let (_, list) = self::asked(&gateway, call("tools/list", "")).await;
    let told = &list["result"]["tools"][0];
    assert_eq!(
        (&told["name"], &told["description"]),
        (&json!("list"), &json!("what there is")),
        "{list}"
    );
    seen.lock().unwrap().clear();
    let (status, answer) = self::asked(&gateway, call("tools/call", "list")).await;
    assert_eq!(
        (status, &answer["result"]["content"]),
        (200, &json!([])),
        "{answer}"
    );
    assert_eq!(*seen.lock().unwrap(), ["ls"]);
    let (_, gone) = self::asked(&gateway, call("tools/call", "ls")).await;
    assert_eq!(gone["error"]["code"], -32602, "{gone}");

    let nobodys = McpGateway::builder()
        .server("files", server)
        .tool("file", "ls", words);
    let error = nobodys.build().unwrap_err().to_string();
    assert!(error.contains("\"file\", which is not here"), "{error}");
}
