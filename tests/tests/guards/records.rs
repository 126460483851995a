//! What the access log says of requests: one record each, with who called and who refused.

use std::{fs, net::SocketAddr, process::Stdio};

use agentgateway_tests::{
    Configured, Manifests, Process, TestGateway, free_port, get,
    raw::{RawClient, RawUpstream, eventually},
    traffic::Call,
};

use super::*;

const ALICE: &str = "k-alice-3q7v9dJq0yW1";
const BOB: &str = "k-bob-9dJq0yW13q7v";
const GUESS: &str = "k-guess-Jq0yW13q7v9d";

const POLICIES: &str = r#"
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {name: records, namespace: default}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: gateway}]
  frontend:
    accessLog:
      attributes:
        add:
        - {name: group, expression: apiKey.group}
        - {name: method, expression: principal.method}
        - {name: sent, expression: "request.headers['authorization']"}
---
apiVersion: v1
kind: Secret
metadata: {name: keys, namespace: default}
stringData:
  alice: '{"key": "k-alice-3q7v9dJq0yW1", "metadata": {"group": "admin"}}'
  bob: '{"key": "k-bob-9dJq0yW13q7v", "metadata": {"group": "guest"}}'
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {name: callers, namespace: default}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: gateway, sectionName: mcp}]
  traffic:
    apiKeyAuthentication: {secretRef: {name: keys}}
    authorization:
      action: Require
      policy: {matchExpressions: ["mcp.method != 'tools/call' || apiKey.group == 'admin'"]}
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {name: limits, namespace: default}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: limited}]
  traffic: {rateLimit: {local: [{requests: 1, unit: Hours}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: broken, namespace: default}
spec:
  parentRefs: [{name: gateway, sectionName: a2a}]
  rules:
  - matches: [{path: {type: PathPrefix, value: /broken}}]
    backendRefs: [{name: nobody, port: 80}]
"#;

/// A gateway whose access log goes to a file.
struct Scene {
    gateway: Process,
    folder: tempfile::TempDir,
    _configured: Configured,
    ports: [u16; 3],
    admin: String,
}

impl Scene {
    async fn start(manifests: Manifests) -> Self {
        let ports = [free_port(), free_port(), free_port()];
        let [a2a, mcp, llm] = ports;
        let configured = Configured::new(manifests.and(POLICIES).ports(a2a, mcp, llm));
        let admin = format!("127.0.0.1:{}", free_port());
        let folder = tempfile::tempdir().unwrap();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let gateway = Process::launch_onto(log, Stdio::null(), &configured.arguments(&admin));
        eventually("a gateway that listens", || {
            std::net::TcpStream::connect(&admin).is_ok()
        })
        .await;
        Self {
            gateway,
            folder,
            _configured: configured,
            ports,
            admin,
        }
    }

    fn url(&self, listener: usize) -> String {
        format!("http://127.0.0.1:{}", self.ports[listener])
    }

    async fn client(&self, listener: usize) -> RawClient {
        RawClient::connect(SocketAddr::from(([127, 0, 0, 1], self.ports[listener]))).await
    }

    fn text(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// So many records, and no more when the gateway has ended.
    async fn records(mut self, count: usize) -> Vec<Value> {
        eventually("all records", || self.text().lines().count() >= count).await;
        assert_eq!(self.counted().await, count, "{}", self.text());
        self.gateway.terminate().await;
        assert_eq!(self.gateway.ended().await, Some(0));
        let text = self.text();
        assert_eq!(text.lines().count(), count, "{text}");
        for secret in [ALICE, BOB, GUESS] {
            assert!(!text.contains(secret), "{text}");
        }
        let records = text.lines().map(serde_json::from_str);
        records.collect::<Result<_, _>>().unwrap()
    }

    /// How many exchanges the metrics count.
    async fn counted(&self) -> usize {
        let page = get(&format!("http://{}/metrics", self.admin)).await;
        let page = String::from_utf8(page.body().to_vec()).unwrap();
        let lines = page
            .lines()
            .filter(|line| line.starts_with("agentgateway_requests_total{"));
        lines
            .map(|line| {
                let (_, count) = line.rsplit_once(' ').unwrap();
                count.parse::<usize>().unwrap()
            })
            .sum()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_one_record_that_names_policy_and_caller_and_no_key() {
    let servers = TestGateway::demo().await;
    let port = servers.addr("mcp").port();
    let mcp = format!(
        "{{mcp: {{targets: [{{name: demo, static: {{host: 127.0.0.1, port: {port}}}}}]}}}}"
    );
    let scene = Scene::start(Manifests::default().route("mcp", "/", None, &mcp)).await;
    let url = scene.url(1);
    let echo = json!({ "name": "echo", "arguments": {} });
    for (key, method, params, expected) in [
        (Some(GUESS), "tools/list", json!({}), 401),
        (None, "tools/list", json!({}), 401),
        (Some(BOB), "tools/call", echo.clone(), 403),
        (Some(ALICE), "tools/call", echo, 200),
    ] {
        let answer = call(&url, key, method, params).await;
        assert_eq!(answer.status(), expected, "{answer:?}");
    }
    let records = scene.records(4).await;
    for (record, outcome, caller, group) in [
        (&records[0], "denied", None, None),
        (&records[1], "denied", None, None),
        (&records[2], "denied", Some("bob"), Some("guest")),
        (&records[3], "ok", Some("alice"), Some("admin")),
    ] {
        assert_eq!(record["agentgateway.outcome"], outcome, "{record}");
        let principal = record.get("agentgateway.principal");
        assert_eq!(principal.and_then(Value::as_str), caller, "{record}");
        assert_eq!(
            record.get("group").and_then(Value::as_str),
            group,
            "{record}"
        );
        let method = record.get("method").and_then(Value::as_str);
        assert_eq!(method, caller.map(|_| "api_key"), "{record}");
        let by = record
            .get("agentgateway.decided_by")
            .and_then(Value::as_str);
        assert_eq!(
            by.is_some_and(|by| !by.is_empty()),
            outcome == "denied",
            "{record}"
        );
    }
    let by = |at: usize| &records[at]["agentgateway.decided_by"];
    assert_ne!(by(0), by(2), "the key is refused by another policy");
}

/// Clients are not told where within a network a service is; the record is.
#[tokio::test(flavor = "multi_thread")]
async fn where_a_service_is_that_cannot_be_reached_is_told_to_the_operator_alone() {
    let away = free_port();
    let target = |name: &str| {
        format!("{{name: {name}, static: {{host: 127.0.0.1, port: {away}, path: /mcp}}}}")
    };
    let several = format!("{{mcp: {{targets: [{}, {}]}}}}", target("a"), target("b"));
    let sse = target("s").replace("port:", "protocol: SSE, port:");
    let manifests = Call::manifests(away)
        .route("mcp", "/several/mcp", None, &several)
        .route(
            "mcp",
            "/sse/mcp",
            None,
            &format!("{{mcp: {{targets: [{sse}]}}}}"),
        );
    let scene = Scene::start(manifests).await;
    let (a2a, mcp, llm) = (scene.url(0), scene.url(1), scene.url(2));
    let chat = |stream: bool| json!({"model": "m", "stream": stream, "messages": [{"role": "user", "content": "a"}]});
    let message = json!({"jsonrpc": "2.0", "id": 7, "method": "message/send", "params": {"message":
        {"kind": "message", "messageId": "m", "role": "user", "parts": [{"kind": "text", "text": "a"}]}}});
    let tools = json!({"name": "a_echo", "arguments": {}});
    let answers = [
        get(&format!("{llm}/plain/x")).await,
        post(
            &format!("{llm}/openai/v1/chat/completions"),
            &[],
            chat(false).to_string(),
        )
        .await,
        post(
            &format!("{llm}/openai/v1/chat/completions"),
            &[],
            chat(true).to_string(),
        )
        .await,
        post(&a2a, &[], message.to_string()).await,
        call(&mcp, Some(ALICE), "tools/call", tools.clone()).await,
        call(
            &mcp,
            Some(ALICE),
            "initialize",
            json!({"protocolVersion": "2025-11-25"}),
        )
        .await,
        call(
            &format!("{mcp}/several"),
            Some(ALICE),
            "initialize",
            json!({}),
        )
        .await,
        call(&format!("{mcp}/sse"), Some(ALICE), "initialize", json!({})).await,
    ];
    for answer in &answers {
        let told = format!(
            "{:?} {}",
            answer.headers(),
            String::from_utf8_lossy(answer.body())
        );
        assert!(!told.contains(&away.to_string()), "{told}");
        assert!(!told.contains("127.0.0.1"), "{told}");
    }
    let records = scene.records(answers.len()).await;
    let named = |record: &&Value| {
        let message = record["error.message"].as_str().unwrap_or_default();
        message.contains(&format!("127.0.0.1:{away}"))
    };
    let untold: Vec<_> = records.iter().filter(|record| !named(record)).collect();
    assert!(untold.is_empty(), "{untold:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_decided_before_a_rule_is_chosen_is_one_record_too() {
    let service = RawUpstream::serving("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let early = policy(
        "early",
        &of_listener("a2a"),
        "traffic:
    phase: PreRouting
    apiKeyAuthentication: {secretRef: {name: keys}}
    authorization: {action: Deny, policy: {matchExpressions: ['request.path == \"/work/no\"']}}",
    );
    let manifests = Manifests::default().and(&served("a2a", "work", &at(service.port(), ""), ""));
    let scene = Scene::start(manifests.and(&early)).await;
    let asked = [
        ("/work", GUESS, 401, "denied", None),
        ("/work/no", BOB, 403, "denied", Some("bob")),
        ("/nowhere", BOB, 404, "client_error", Some("bob")),
        ("/work", ALICE, 200, "ok", Some("alice")),
    ];
    for (path, key, status, ..) in asked {
        let bearer = format!("Bearer {key}");
        let url = format!("{}{path}", scene.url(0));
        let answer = post(&url, &[("authorization", &bearer)], "").await;
        assert_eq!(answer.status(), status, "{path} {answer:?}");
    }
    let records = scene.records(4).await;
    for ((path, _, status, outcome, caller), record) in asked.into_iter().zip(&records) {
        assert_eq!(record["url.path"], path, "{record}");
        assert_eq!(record["http.response.status_code"], status, "{record}");
        assert_eq!(record["agentgateway.outcome"], outcome, "{record}");
        let principal = record.get("agentgateway.principal");
        assert_eq!(principal.and_then(Value::as_str), caller, "{record}");
        let by = record.get("agentgateway.decided_by");
        assert_eq!(by.is_some(), outcome == "denied", "{record}");
        let is_routed = record.get("http.route").is_some();
        assert_eq!(is_routed, outcome == "ok", "{record}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_outcome_has_its_word() {
    let answering = async |status: &str| {
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\n{{}}");
        RawUpstream::serving(answer).await
    };
    let good = answering("200 OK").await;
    let (absent, busy) = (
        answering("404 Not Found").await,
        answering("503 Busy").await,
    );
    let silent = RawUpstream::start(|mut connection| async move {
        while connection.request().await.is_some() {}
    })
    .await;
    let event = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\
                 \"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n";
    let cut = RawUpstream::serving(format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {}\r\n\r\n{event}",
        event.len()
    ))
    .await;
    let models = format!(
        "{{ai: {{groups: [{{providers: [{{name: cut, host: 127.0.0.1, port: {}, openai: {{}}}}]}}]}}}}",
        cut.port()
    );
    let manifests = [
        ("ok", good.port(), ""),
        ("limited", good.port(), ""),
        ("absent", absent.port(), ""),
        ("busy", busy.port(), ""),
        ("gone", free_port(), ""),
        ("slow", silent.port(), "timeouts: {request: 200ms}"),
        ("silent", silent.port(), ""),
    ]
    .into_iter()
    .fold(Manifests::default(), |all, (name, port, rule)| {
        all.and(&served("a2a", name, &at(port, ""), rule))
    });
    let scene = Scene::start(manifests.route("llm", "/", None, &models)).await;

    let paths = [
        ("/ok", 200),
        ("/limited", 200),
        ("/limited/again", 429),
        ("/absent", 404),
        ("/nowhere", 404),
        ("/busy", 503),
        ("/gone", 502),
        ("/broken", 500),
        ("/slow", 504),
    ];
    for (path, status) in paths {
        let answer = get(&format!("{}{path}", scene.url(0))).await;
        assert_eq!(answer.status(), status, "{path}: {answer:?}");
    }
    let chat =
        json!({ "model": "m", "stream": true, "messages": [{ "role": "user", "content": "a" }] });
    let url = format!("{}/v1/chat/completions", scene.url(2));
    let chat = post(&url, &[], chat.to_string()).await;
    assert_eq!(chat.status(), StatusCode::OK);
    let begun = silent.requests().len();
    let mut leaving = scene.client(0).await;
    leaving
        .send("GET /silent HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await;
    silent.requested(begun + 1).await;
    leaving.reset();

    let records = scene.records(paths.len() + 2).await;
    for (path, outcome) in [
        ("/ok", "ok"),
        ("/limited", "ok"),
        ("/limited/again", "limited"),
        ("/absent", "client_error"),
        ("/nowhere", "client_error"),
        ("/busy", "upstream_error"),
        ("/gone", "upstream_error"),
        ("/broken", "gateway_error"),
        ("/slow", "timeout"),
        ("/v1/chat/completions", "incomplete"),
        ("/silent", "canceled"),
    ] {
        let record = records.iter().find(|record| record["url.path"] == path);
        let record = record.unwrap_or_else(|| panic!("no record of {path}"));
        assert_eq!(record["agentgateway.outcome"], outcome, "{record}");
        let by = record.get("agentgateway.decided_by");
        assert_eq!(by.is_some(), outcome == "limited", "{record}");
    }
}
