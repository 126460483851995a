//! Sessions and rounds of MCP that several gateways with one key share.

use agentgateway_tests::{Configured, Manifests, Peer, Process, run_client};

use super::{redis_server::RedisServer, replicas::VARIABLE, *};

/// Two gateways with one key and one Redis, and what they need.
struct Pair {
    gateways: [Process; 2],
    _configured: [Configured; 2],
    _key: tempfile::NamedTempFile,
}

impl Pair {
    async fn before(servers: &[(&str, &Peer)], redis: &RedisServer) -> Self {
        let targets: Vec<_> = servers
            .iter()
            .map(|(name, peer)| {
                let port = peer.port();
                format!("{{name: {name}, static: {{host: 127.0.0.1, port: {port}, path: /mcp}}}}")
            })
            .collect();
        let targets = targets.join(", ");
        let backend = format!("{{mcp: {{targets: [{targets}], prefixMode: Never}}}}");
        let manifests = Manifests::default().route("mcp", "/mcp", None, &backend);
        let key = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(key.path(), "9sJ1kQ0a7m2VbZ4xR6tY8uI0oP3sD5fG7hJ9kL1zXcE=\n").unwrap();
        let configured = [0; 2].map(|_| Configured::new(manifests.clone()));
        let url = redis.url();
        let start = async |configured: &Configured| {
            let mut arguments = configured.arguments("127.0.0.1:0");
            arguments.extend(["--seal-key-file", key.path().to_str().unwrap()]);
            Process::start(&arguments, &[(VARIABLE, &url)]).await
        };
        Self {
            gateways: [start(&configured[0]).await, start(&configured[1]).await],
            _configured: configured,
            _key: key,
        }
    }

    fn urls(&self) -> [String; 2] {
        let [one, other] = &self.gateways;
        [one, other].map(|gateway| format!("{}/mcp", gateway.url("mcp")))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_an_earlier_revision_is_served_by_all_gateways_with_its_key() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let modern = Peer::node("mcp/modern.mjs", &[]).await;
    let legacy = Peer::node("mcp/legacy.mjs", &[]).await;
    let everything = Peer::node("everything.mjs", &[]).await;
    for servers in [
        &[("one", &modern)][..],
        &[("one", &legacy), ("everything", &everything)],
    ] {
        let pair = Pair::before(servers, &redis).await;
        let urls = pair.urls().join(",");
        run_client("node", "mcp_replicas.mjs", &[&urls]).await;
    }
}

/// A call of a client of 2026-07-28, and the message that answers it.
async fn called(url: &str, more: Value) -> Value {
    let mut params = json!({
        "name": "test_elicitation",
        "arguments": {"message": "who?"},
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}},
        },
    });
    params
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let body = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params});
    let headers = [
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "test_elicitation"),
    ];
    let answer = post(url, &headers, body.to_string()).await;
    let text = String::from_utf8(answer.body().to_vec()).unwrap();
    let mut data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    serde_json::from_str(data.next_back().unwrap_or(&text)).unwrap()
}

/// A round that waits for its client is in one gateway; the other says that the call must be made anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_round_goes_on_where_it_waits_and_is_called_anew_elsewhere() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let legacy = Peer::node("mcp/legacy.mjs", &[]).await;
    let pair = Pair::before(&[("one", &legacy)], &redis).await;
    let [one, other] = pair.urls();
    for asked in [&one, &other] {
        let round = called(&one, json!({})).await;
        assert_eq!(round["result"]["resultType"], "input_required", "{round}");
        let questions = round["result"]["inputRequests"].as_object().unwrap();
        let key = questions.keys().next().unwrap().clone();
        let answer = json!({"action": "accept", "content": {"username": "ada", "email": "a@b.c"}});
        let more = json!({
            "inputResponses": {key: answer},
            "requestState": round["result"]["requestState"],
        });
        let told = called(asked, more).await;
        if asked == &one {
            let text = told["result"]["content"][0]["text"].as_str().unwrap();
            assert!(text.contains("ada"), "{told}");
        } else {
            assert_eq!(told["error"]["code"], -32602, "{told}");
        }
    }
}
