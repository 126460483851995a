//! Rules about tools, before the official example server.

use agentgateway_tests::{Manifests, Peer, TestGateway, post};
use serde_json::{Value, json};

/// A session with a server behind the gateway.
struct Session {
    url: String,
    id: String,
}

impl Session {
    async fn open(gateway: &TestGateway) -> Self {
        let url = format!("{}/mcp", gateway.url("mcp"));
        let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"}}});
        let answer = post(&url, &[ACCEPT], hello.to_string()).await;
        let id = answer.headers()["mcp-session-id"]
            .to_str()
            .unwrap()
            .to_owned();
        let session = Self { url, id };
        let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        session.send(&ready).await;
        session
    }

    async fn send(&self, message: &Value) -> String {
        let headers = [
            ACCEPT,
            ("mcp-session-id", &*self.id),
            ("mcp-protocol-version", "2025-06-18"),
        ];
        let answer = post(&self.url, &headers, message.to_string()).await;
        String::from_utf8(answer.body().to_vec()).unwrap()
    }

    /// The message with this id, in one piece or as an event.
    async fn ask(&self, method: &str, params: Value) -> Value {
        let request = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
        let text = self.send(&request).await;
        let mut lines = text
            .lines()
            .map(|line| line.strip_prefix("data: ").unwrap_or(line));
        let found = lines.find_map(|line| {
            let message: Value = serde_json::from_str(line).ok()?;
            (message["id"] == 7).then_some(message)
        });
        found.ok_or(text).unwrap()
    }
}

const ACCEPT: (&str, &str) = ("accept", "application/json, text/event-stream");

fn names(of: &Value) -> Vec<String> {
    let items = of.as_array().unwrap().iter();
    items
        .map(|item| item["name"].as_str().unwrap().to_owned())
        .collect()
}

async fn before(peer: &Peer, policies: &str) -> TestGateway {
    let backend = format!(
        "{{mcp: {{targets: [{{name: peer, static: {{host: 127.0.0.1, port: {}, path: /mcp, \
         protocol: StreamableHTTP}}}}]}}{policies}}}",
        peer.port()
    );
    TestGateway::serve(&Manifests::default().route("mcp", "/mcp", None, &backend)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_sees_and_calls_what_the_rules_allow() {
    let peer = Peer::node("everything.mjs", &[]).await;
    let open = before(&peer, "").await;
    let all = Session::open(&open)
        .await
        .ask("tools/list", json!({}))
        .await;
    let all = &all["result"]["tools"];
    assert!(names(all).len() > 3, "{all}");

    let rules = ", policies: {mcp: {authorization: {policy: {matchExpressions: [\
                 \"mcp.tool.startsWith('get-') || mcp.prompt == 'simple-prompt'\"]}}}}";
    let ruled = before(&peer, rules).await;
    let session = Session::open(&ruled).await;
    let list = session.ask("tools/list", json!({})).await;
    let allowed = all.as_array().unwrap().iter().cloned();
    let allowed: Vec<_> = allowed
        .filter(|tool| tool["name"].as_str().unwrap().starts_with("get-"))
        .collect();
    assert!(
        !allowed.is_empty() && allowed.len() < names(all).len(),
        "{all}"
    );
    assert_eq!(list["result"]["tools"], json!(allowed));

    let sum = json!({"name": "get-sum", "arguments": {"a": 2, "b": 3}});
    let sum = session.ask("tools/call", sum).await;
    assert!(
        sum["result"]["content"][0]["text"]
            .to_string()
            .contains('5'),
        "{sum}"
    );
    // One that is there, and one that is not.
    for tool in ["echo", "nowhere"] {
        let params = json!({"name": tool, "arguments": {"message": "hello"}});
        let denied = session.ask("tools/call", params).await;
        let error = json!({"code": -32602, "message": format!("Unknown tool: {tool}")});
        assert_eq!(denied["error"], error);
    }
    // The same rules hold for prompts, and for resources.
    let list = session.ask("prompts/list", json!({})).await;
    assert_eq!(names(&list["result"]["prompts"]), ["simple-prompt"]);
    let list = session.ask("resources/list", json!({})).await;
    assert_eq!(list["result"]["resources"], json!([]));
}
