//! Very many who listen, and servers that all at once have much to tell.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use agentgateway_tests::{Configured, Manifests, raw::RawClient};
use axum::{Json, Router, body::Body, extract::State, response::IntoResponse, routing::post};
use bytes::Bytes;
use futures_util::{StreamExt as _, future::join_all, stream};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::broadcast};

/// Who listens, besides one who does not read.
const LISTENERS: usize = 1000;
/// What each of the servers tells each of them.
const BURST: usize = 100;
/// The most that one who listens may cost while nothing is told, in bytes. For each there are three connections: to the
/// client, and to each of two servers.
const IDLE_BYTES: usize = 128 * 1024;

const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";

/// Tells all who listen.
type Teller = broadcast::Sender<&'static str>;

/// A server of 2026-07-28 that has tools and prompts, and tells of them by these means.
async fn server(teller: Teller) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let app = Router::new().route("/mcp", post(answer)).with_state(teller);
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    addr
}

async fn answer(State(teller): State<Teller>, Json(call): Json<Value>) -> impl IntoResponse {
    let id = call["id"].clone();
    if call["method"] != "subscriptions/listen" {
        let changes = json!({"listChanged": true});
        let result = json!({"resultType": "complete", "supportedVersions": ["2026-07-28"],
            "capabilities": {"tools": changes, "prompts": changes}, "ttlMs": 60_000, "cacheScope": "public",
            "tools": [], "prompts": []});
        return Json(json!({"jsonrpc": "2.0", "id": id, "result": result})).into_response();
    }
    let event = move |what: &str, more: Value| {
        let mut params = json!({"_meta": {SUBSCRIPTION: id}});
        params
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let message =
            json!({"jsonrpc": "2.0", "method": format!("notifications/{what}"), "params": params});
        Ok::<_, Infallible>(Bytes::from(format!("data: {message}\n\n")))
    };
    let wanted = json!({"notifications": call["params"]["notifications"]});
    let first = event("subscriptions/acknowledged", wanted);
    let told = stream::unfold(teller.subscribe(), move |mut told| {
        let event = event.clone();
        async move {
            let what = told.recv().await.ok()?;
            Some((event(what, json!({})), told))
        }
    });
    let body = Body::from_stream(stream::iter([first]).chain(told));
    ([("content-type", "text/event-stream")], body).into_response()
}

/// One who listens, and has been told that it does.
async fn listens(gateway: SocketAddr) -> RawClient {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": {
        "notifications": {"toolsListChanged": true, "promptsListChanged": true},
        "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "raw", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {}}}})
    .to_string();
    let mut client = RawClient::connect(gateway).await;
    let head = format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\nmcp-protocol-version: 2026-07-28\r\n\
         mcp-method: subscriptions/listen\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    client.send(head + &body).await;
    client.until("acknowledged").await;
    client
}

fn count(heard: &[u8], text: &str) -> usize {
    String::from_utf8_lossy(heard).matches(text).count()
}

/// Fault M45: a thousand who listen to two servers: each is cheap and told all of a burst, and none holds another up.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_listeners_cost_little_and_hear_a_burst() {
    let tellers = [0; 2].map(|_| broadcast::channel(2 * BURST).0);
    let mut targets = Vec::new();
    for (name, teller) in ["one", "two"].iter().zip(&tellers) {
        let port = server(teller.clone()).await.port();
        targets.push(format!(
            "{{name: {name}, static: {{host: 127.0.0.1, port: {port}, path: /mcp, protocol: StreamableHTTP}}}}"
        ));
    }
    let backend = format!("{{mcp: {{targets: [{}]}}}}", targets.join(", "));
    let configured = Configured::new(Manifests::default().route("mcp", "/mcp", None, &backend));
    let process = configured.start(&[]).await;
    let gateway = process.addr("mcp");

    let mut slow = listens(gateway).await;
    let before = process.memory();
    let mut clients = Vec::new();
    for _ in 0..LISTENERS / 50 {
        clients.extend(join_all((0..50).map(|_| listens(gateway))).await);
    }
    let each = process.memory().saturating_sub(before) / LISTENERS;
    println!("{} KiB for each who listens", each / 1024);
    assert!(each < IDLE_BYTES, "{each} bytes for each who listens");

    for teller in &tellers {
        for _ in 0..BURST {
            teller.send("tools/list_changed").unwrap();
        }
        teller.send("prompts/list_changed").unwrap();
    }
    let hear = clients.iter_mut().map(async |client| {
        let mut heard = client.until("prompts/list_changed").await;
        if count(&heard, "prompts/list_changed") < 2 {
            heard.extend(client.until("prompts/list_changed").await);
        }
        heard
    });
    let heard = tokio::time::timeout(Duration::from_secs(60), join_all(hear));
    for heard in heard.await.expect("nobody is held up") {
        assert_eq!(count(&heard, "tools/list_changed"), 2 * BURST);
    }
    let each = process.memory().saturating_sub(before) / LISTENERS;
    println!("{} KiB behind the burst", each / 1024);
    assert!(
        each < 2 * IDLE_BYTES,
        "{each} bytes for each behind the burst"
    );
    slow.until("prompts/list_changed").await;
    drop((slow, clients));
    process.stop().await;
}
