//! Batches of 2025-03-26, as raw requests, with servers of the SDKs behind.

use agentgateway_tests::{Manifests, Peer, TestGateway, post};
use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

const ACCEPT: (&str, &str) = ("accept", "application/json, text/event-stream");

/// Raw requests of one client.
struct Client {
    url: String,
    session: Option<String>,
}

impl Client {
    /// A client of 2025-03-26 that has said hello.
    async fn greet(gateway: &TestGateway, headers: &[(&str, &str)]) -> Self {
        let url = format!("{}/mcp", gateway.url("mcp"));
        let mut client = Self { url, session: None };
        let hello = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
            "protocolVersion": "2025-03-26", "capabilities": {},
            "clientInfo": {"name": "raw", "version": "1"}}});
        let answer = client.post(headers, &hello).await;
        assert_eq!(answer.status(), 200);
        let said = messages(&answer);
        assert_eq!(
            said[0]["result"]["protocolVersion"], "2025-03-26",
            "{said:?}"
        );
        let session = answer.headers().get("mcp-session-id");
        client.session = session.map(|id| id.to_str().unwrap().to_owned());
        client
    }

    async fn post(&self, headers: &[(&str, &str)], body: &Value) -> Response<Bytes> {
        let session = self.session.as_deref().map(|id| ("mcp-session-id", id));
        let all: Vec<_> = [ACCEPT]
            .into_iter()
            .chain(session)
            .chain(headers.iter().copied())
            .collect();
        post(&self.url, &all, body.to_string()).await
    }
}

/// What an answer says: the messages of its events, of its array, or the one that it is.
fn messages(answer: &Response<Bytes>) -> Vec<Value> {
    let text = std::str::from_utf8(answer.body()).unwrap();
    if answer.headers()["content-type"] == "text/event-stream" {
        let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
        return data
            .map(|data| serde_json::from_str(data).unwrap())
            .collect();
    }
    match serde_json::from_str(text).unwrap() {
        Value::Array(all) => all,
        one => vec![one],
    }
}

/// The answer to the request of this id; there is one.
fn answer_to<'a>(said: &'a [Value], id: &Value) -> &'a Value {
    let own: Vec<_> = said
        .iter()
        .filter(|it| it["id"] == *id && it.get("method").is_none())
        .collect();
    assert_eq!(own.len(), 1, "{id}: {said:?}");
    own[0]
}

fn backend(peers: &[(&str, &Peer)]) -> String {
    let target = |(name, peer): &(&str, &Peer)| {
        format!(
            "{{name: {name}, static: {{host: 127.0.0.1, port: {}, path: /mcp, protocol: StreamableHTTP}}}}",
            peer.port()
        )
    };
    let targets: Vec<_> = peers.iter().map(target).collect();
    format!("{{mcp: {{targets: [{}]}}}}", targets.join(", "))
}

fn call(id: &Value, tool: &str, arguments: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
        "params": {"name": tool, "arguments": arguments}})
}

/// A batch of requests of every kind, and what only is taken.
async fn serves_batches(gateway: &TestGateway, sum: &str) {
    let client = Client::greet(gateway, &[]).await;
    let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let taken = client.post(&[], &json!([ready])).await;
    assert_eq!((taken.status().as_u16(), taken.body().len()), (202, 0));

    let (one, two) = (json!(1), json!("two"));
    let batch = json!([
        {"jsonrpc": "2.0", "id": one, "method": "tools/list"},
        {"jsonrpc": "2.0", "method": "notifications/roots/list_changed"},
        call(&two, sum, &json!({"a": 2, "b": 3})),
        call(&json!(3), "nothing", &json!({})),
        {"jsonrpc": "2.0", "id": 4, "method": "ping"},
    ]);
    let answer = client.post(&[], &batch).await;
    assert_eq!(answer.status(), 200);
    let said = messages(&answer);
    let tools = answer_to(&said, &one)["result"]["tools"]
        .as_array()
        .unwrap();
    assert!(tools.iter().any(|tool| tool["name"] == sum), "{tools:?}");
    let text = answer_to(&said, &two)["result"]["content"][0]["text"]
        .as_str()
        .unwrap();
    assert!(text.contains('5'), "{text}");
    let failed = answer_to(&said, &json!(3));
    assert!(
        failed.get("error").is_some() || failed["result"]["isError"] == true,
        "{failed}"
    );
    assert_eq!(answer_to(&said, &json!(4))["result"], json!({}));

    for (version, status) in [
        ("2025-03-26", 200),
        ("2025-06-18", 400),
        ("2026-07-28", 400),
    ] {
        let ping = json!([{"jsonrpc": "2.0", "id": 5, "method": "ping"}]);
        let answer = client
            .post(&[("mcp-protocol-version", version)], &ping)
            .await;
        assert_eq!(answer.status(), status, "{version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_meet_a_server_of_the_same_revision() {
    let peer = Peer::node("everything.mjs", &[]).await;
    let manifests = Manifests::default().route("mcp", "/mcp", None, &backend(&[("one", &peer)]));
    serves_batches(&TestGateway::serve(&manifests).await, "get-sum").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_meet_a_server_of_every_revision() {
    let peer = Peer::python("py", "mcp_server.py", &[]).await;
    let manifests = Manifests::default().route("mcp", "/mcp", None, &backend(&[("one", &peer)]));
    serves_batches(&TestGateway::serve(&manifests).await, "get-sum").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_meet_many_servers() {
    let earlier = Peer::node("everything.mjs", &[]).await;
    let modern = Peer::node("mcp/modern.mjs", &[]).await;
    let backend = backend(&[("one", &earlier), ("two", &modern)]);
    let manifests = Manifests::default().route("mcp", "/mcp", None, &backend);
    serves_batches(&TestGateway::serve(&manifests).await, "one_get-sum").await;
}

/// Each message is judged, and counts, as though it came alone.
#[tokio::test(flavor = "multi_thread")]
async fn each_message_of_a_batch_is_under_the_policies() {
    let peer = Peer::node("everything.mjs", &[]).await;
    let rules = ", policies: {mcp: {authorization: {policy: {matchExpressions: [\
                 \"mcp.tool == 'echo'\"]}}}}}";
    let backend = backend(&[("one", &peer)]).replace("]}}", &format!("]}}{rules}"));
    let limit = "
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {name: limited, namespace: default}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: gateway}]
  traffic: {rateLimit: {local: [{requests: 4, unit: Hours}]}}
";
    let manifests = Manifests::default()
        .route("mcp", "/mcp", None, &backend)
        .and(limit);
    let gateway = TestGateway::serve(&manifests).await;
    let client = Client::greet(&gateway, &[]).await;
    let batch: Vec<_> = ["echo", "get-sum", "echo", "echo", "echo"]
        .iter()
        .enumerate()
        .map(|(id, tool)| call(&json!(id), tool, &json!({"message": "hi"})))
        .collect();
    let answer = client.post(&[], &json!(batch)).await;
    assert_eq!(answer.status(), 200);
    let said = messages(&answer);
    let codes: Vec<_> = (0..5)
        .map(|id| {
            answer_to(&said, &json!(id))["error"]["code"]
                .as_i64()
                .unwrap_or_default()
        })
        .collect();
    // The greeting counts, what is hidden does not.
    assert_eq!(codes, [0, -32602, 0, 0, -31429], "{said:?}");
}
