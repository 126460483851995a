use agentgateway_core::{context::MountPath, seal::Sealer};
use http::{Request, header::CONTENT_TYPE};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::support::*;
use crate::{McpLayer, bridge::LegacyClients};

const HELLO: &str = concat!(
    r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2024-11-05","#,
    r#""capabilities":{"sampling":{}},"clientInfo":{"name":"c","version":"1"}}}"#
);

/// A client of the old transport, and where it posts to.
struct Old {
    client: Client,
    events: tokio::sync::mpsc::Receiver<Value>,
    endpoint: String,
    reading: tokio::task::JoinHandle<()>,
}

impl Old {
    async fn open(client: Client) -> Self {
        let mut body = client.send("GET", &[], "").await.into_body();
        let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
        let first = String::from_utf8(first.to_vec()).unwrap();
        let endpoint = first.strip_prefix("event: endpoint\ndata: ").unwrap();
        let endpoint = endpoint.strip_suffix("\n\n").unwrap().to_owned();
        let (tell, events) = tokio::sync::mpsc::channel(16);
        let reading = tokio::spawn(async move {
            while let Some(Ok(frame)) = body.frame().await {
                let text = String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap();
                let message = text.strip_prefix("event: message\ndata: ").unwrap();
                let _ = tell.send(serde_json::from_str(message).unwrap()).await;
            }
        });
        Self {
            client,
            events,
            endpoint,
            reading,
        }
    }

    async fn post(&self, text: &str) -> u16 {
        post(&self.client, &self.endpoint, text).await
    }

    async fn ask(&mut self, text: &str) -> Value {
        assert_eq!(self.post(text).await, 202);
        self.events.recv().await.unwrap()
    }
}

async fn post(client: &Client, endpoint: &str, text: &str) -> u16 {
    let request = Request::post(endpoint).header(CONTENT_TYPE, "application/json");
    let mut request = request.body(Full::from(text.to_owned())).unwrap();
    client.known(&mut request);
    let answer = client.app().oneshot(request).await.unwrap();
    answer.status().as_u16()
}

#[tokio::test]
async fn clients_of_2024_11_05_are_told_all_on_one_stream() {
    let (server, log) = server(|seen| {
        let told = seen.body["params"]["inputResponses"].clone();
        now(match seen.method() {
            "subscriptions/listen" => {
                let method = "notifications/tools/list_changed";
                events(&[json!({"jsonrpc": "2.0", "method": method})], true)
            }
            _ if told.is_null() => {
                let ask = json!({"a": {"method": "sampling/createMessage", "params": {}}});
                seen.result(&json!({"resultType": "input_required", "inputRequests": ask}))
            }
            _ => seen.result(&json!({"resultType": "complete", "content": [], "told": told})),
        })
    });
    let mut old = Old::open(client(server)).await;
    assert!(old.endpoint.starts_with("/mcp?sessionId="));
    let hello = old.ask(HELLO).await;
    assert_eq!(hello["result"]["protocolVersion"], "2024-11-05");
    let initialized = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    let changed = old.ask(initialized).await;
    assert_eq!(changed["method"], "notifications/tools/list_changed");
    let question = old.ask(CALL).await;
    assert_eq!(question["method"], "sampling/createMessage");
    let answer = format!(
        r#"{{"jsonrpc":"2.0","id":{},"result":{{"r":1}}}}"#,
        question["id"]
    );
    let answer = old.ask(&answer).await;
    assert_eq!(
        answer["result"],
        json!({"content": [], "told": {"a": {"r": 1}}})
    );
    assert_eq!(answer["id"], 7);
    let ping = old.ask(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).await;
    assert_eq!(ping, json!({"jsonrpc": "2.0", "id": 1, "result": {}}));
    assert_eq!(
        log.of("tools/call")[0].meta("clientCapabilities"),
        &json!({"sampling": {}})
    );

    // The connection is the session.
    old.reading.abort();
    let _ = (&mut old.reading).await;
    assert_eq!(old.post(CALL).await, 404);
    assert_eq!(old.client.clients.shared().lives.len(), 0);
}

#[tokio::test]
async fn newer_revisions_over_the_old_transport_get_no_ids() {
    let (server, _) = server(|seen| {
        let answer = json!({"jsonrpc": "2.0", "id": seen.body["id"], "result": {"content": []}});
        now(events(&[answer], false))
    });
    let mut old = Old::open(client(server)).await;
    old.ask(&HELLO.replace("2024-11-05", "2025-11-25")).await;
    assert_eq!(old.ask(CALL).await["result"], json!({"content": []}));
}

/// Fault M13 (part): the connection of another caller is not there for that one.
#[tokio::test]
async fn a_connection_is_its_callers_alone_and_begins_with_initialize() {
    let (server, _) = server(|seen| now(seen.result(&json!({"content": []}))));
    let mut old = Old::open(client(server)).await;
    let mut mallory = old.client.clone();
    mallory.who = "mallory";
    assert_eq!(post(&mallory, &old.endpoint, HELLO).await, 404);
    assert_eq!(
        post(&old.client, "/mcp?sessionId=guessed", HELLO).await,
        404
    );
    assert_eq!(old.ask(CALL).await["error"]["code"], -32600);
    assert_eq!(old.ask(HELLO).await["id"], 0);
}

#[tokio::test]
async fn the_old_transport_is_bounded_and_can_be_left_out() {
    let echo = || server(|seen| now(seen.result(&json!({})))).0;
    let builder = LegacyClients::builder().max_connections(1);
    let client = client_of(builder, echo(), &Sealer::random());
    let one = client.send("GET", &[], "").await;
    assert_eq!(client.send("GET", &[], "").await.status(), 503);
    drop(one);
    assert_eq!(client.send("GET", &[], "").await.status(), 200);

    // Requests of one connection that nobody reads.
    let mut stuck = client.send("GET", &[], "").await.into_body();
    let first = stuck.frame().await.unwrap().unwrap().into_data().unwrap();
    let endpoint = std::str::from_utf8(&first).unwrap().lines().nth(1).unwrap();
    let endpoint = endpoint.strip_prefix("data: ").unwrap();
    for _ in 0..64 {
        assert_eq!(post(&client, endpoint, HELLO).await, 202);
    }
    assert_eq!(post(&client, endpoint, HELLO).await, 503);

    let builder = LegacyClients::builder().old_transport(false);
    let client = client_of(builder, echo(), &Sealer::random());
    assert_eq!(client.send("GET", &[], "").await.status(), 400);
}

#[tokio::test]
async fn the_endpoint_has_the_path_that_the_client_sees() {
    let (server, _) = server(|seen| now(seen.result(&json!({}))));
    let clients = LegacyClients::builder();
    let clients = client_of(clients, server, &Sealer::random()).clients;
    let app = tower::Layer::layer(&McpLayer::new(), clients);
    let request = Request::get("/sse?x=1").header("accept", "text/event-stream");
    let mut request = request.body(Full::<bytes::Bytes>::default()).unwrap();
    request.extensions_mut().insert(MountPath::new("/team"));
    let answer = app.oneshot(request).await.unwrap();
    let mut body = answer.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(first.starts_with(b"event: endpoint\ndata: /team/sse?sessionId="));
}
