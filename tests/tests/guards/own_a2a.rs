//! Settings of the gateway's own for agents: `rawConfig.a2a` of a Gateway's parameters.

use agentgateway_tests::{Manifests, TestGateway, get, raw::RawUpstream};

use super::*;

const OK: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 61\r\n\r\n\
    {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"message\":{\"messageId\":\"m\"}}}";
const ACCEPTED: &[u8] = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n";
const CARD_V1_0: &str = r#"{"name": "planner", "supportedInterfaces": [{"url": "http://HOST/", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}]}"#;
/// RFC 8037, A.1: a key that everybody knows, and its public half.
const KEY: &str = "
apiVersion: v1
kind: Secret
metadata: {name: own, namespace: default}
stringData:
  card.pem: |
    -----BEGIN PRIVATE KEY-----
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
    -----END PRIVATE KEY-----
";
const PUBLIC: &str = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "gw", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
const FOREIGN: &str = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "gw", "x": "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw"}]}"#;

/// An agent at this port, behind a Gateway with this one entry.
async fn gateway(entry: &str, agent: u16, objects: &str) -> TestGateway {
    let agent = format!("{{a2a: {{host: 127.0.0.1, port: {agent}}}}}");
    let manifests = Manifests::default()
        .parameters(&format!("{{rawConfig: {{a2a: [{entry}]}}}}"))
        .and(&[&routed("a2a", "planner", "/", &agent, ""), objects].join(SEPARATOR));
    TestGateway::serve(&manifests).await
}

async fn asked(gateway: &TestGateway, key: &str, method: &str, params: Value) -> Response<Bytes> {
    let bearer = format!("Bearer {key}");
    let headers = [
        ("content-type", "application/json"),
        ("a2a-version", "1.0"),
        ("authorization", &*bearer),
    ];
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    post(&gateway.url("a2a"), &headers, body.to_string()).await
}

fn message(part: &Value) -> Value {
    json!({"message": {"messageId": "m1", "role": "ROLE_USER", "parts": [part]}})
}

fn code(answer: &Response<Bytes>) -> Value {
    said(answer)["error"]["code"].clone()
}

/// What only the agent can reach is not named to it; what is public is.
#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_must_not_be_pushed_to_does_not_reach_the_agent() {
    let agent = RawUpstream::serving(OK).await;
    let gateway = gateway("{pushGuard: {}}", agent.port(), KEY).await;
    let register = |url: &str| json!({"taskId": "t", "url": url});
    const CREATE: &str = "CreateTaskPushNotificationConfig";
    for url in [
        "http://hooks.example.com/a",
        "https://169.254.169.254/latest",
        "https://10.0.0.1/a",
    ] {
        let refused = asked(&gateway, "", CREATE, register(url)).await;
        assert_eq!(code(&refused), -32602, "{url}: {refused:?}");
        assert!(!said(&refused).to_string().contains(url));
    }
    assert_eq!(agent.begun(), 0);
    let good = register("https://hooks.example.com/a");
    let passed = asked(&gateway, "", CREATE, good).await;
    assert_eq!(status(&passed), StatusCode::OK, "{passed:?}");
    assert_eq!(agent.calls().len(), 1);
}

/// The agent learns neither the client's URL nor its token, and pushes to the gateway, which calls the client.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_pushes_goes_by_way_of_the_gateway() {
    let (agent, client) = (
        RawUpstream::serving(OK).await,
        RawUpstream::serving(ACCEPTED).await,
    );
    let entry = "{backends: [{name: planner}], pushGuard: {allowHttp: true, networks: [127.0.0.0/8]}, \
                 pushRelay: {publicUrl: 'http://agents.example.org/edge', attempts: 2, timeout: 5s}}";
    let gateway = gateway(entry, agent.port(), KEY).await;
    let hook = format!("http://127.0.0.1:{}/hook", client.port());
    let mut params = message(&json!({"text": "hello"}));
    params["configuration"] =
        json!({"taskPushNotificationConfig": {"url": hook, "token": "t-of-the-client"}});
    let sent = asked(&gateway, "", "SendMessage", params).await;
    assert_eq!(status(&sent), StatusCode::OK, "{sent:?}");

    let [request] = agent.calls().try_into().unwrap();
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let push = &body["params"]["configuration"]["taskPushNotificationConfig"];
    let url = push["url"].as_str().unwrap();
    let sealed = url.strip_prefix("http://agents.example.org/edge/push/");
    let sealed = sealed.unwrap_or_else(|| panic!("{url}"));
    assert!(!body.to_string().contains("t-of-the-client") && !body.to_string().contains(&hook));

    let told = json!({"statusUpdate": {"taskId": "t", "contextId": "c", "status": {"state": "TASK_STATE_WORKING"}}});
    let at = |sealed: &str| format!("{}/edge/push/{sealed}", gateway.url("a2a"));
    let headers = [("content-type", "application/json")];
    let pushed = post(&at(sealed), &headers, told.to_string()).await;
    assert_eq!(status(&pushed), StatusCode::ACCEPTED, "{pushed:?}");
    client.requested(1).await;
    let [received] = client.requests().try_into().unwrap();
    assert!(
        received.head.starts_with("POST /hook "),
        "{}",
        received.head
    );
    assert_eq!(
        received.values("x-a2a-notification-token"),
        ["t-of-the-client"]
    );
    let forged = post(&at("forged"), &headers, told.to_string()).await;
    assert_eq!(status(&forged), StatusCode::NOT_FOUND);
}

/// A card at a path of its own, with an interface at another port of this machine, which nobody calls unasked.
#[tokio::test(flavor = "multi_thread")]
async fn a_card_and_its_interfaces_are_where_the_operator_says() {
    for allowed in [true, false] {
        let other = RawUpstream::serving(OK).await;
        let card = CARD_V1_0.replace("HOST", &format!("127.0.0.1:{}", other.port()));
        let agent = RawUpstream::start(move |mut connection| {
            let card = card.clone();
            async move {
                while let Some(request) = connection.request().await {
                    let answer = match request.head.starts_with("GET /cards/a.json ") {
                        true => format!(
                            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{card}",
                            card.len()
                        ),
                        false => "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned(),
                    };
                    connection.send(answer).await;
                }
            }
        })
        .await;
        let hosts = match allowed {
            true => format!("hosts: ['127.0.0.1:{}'], ", other.port()),
            false => String::new(),
        };
        let entry = format!("{{discovery: {{{hosts}cardPath: /cards/a.json, cardLifetime: 1m}}}}");
        let gateway = gateway(&entry, agent.port(), KEY).await;
        let card = get(&format!(
            "{}/.well-known/agent-card.json",
            gateway.url("a2a")
        ))
        .await;
        assert_eq!(status(&card), StatusCode::OK, "{card:?}");
        assert_eq!(said(&card)["name"], "planner");
        let sent = asked(&gateway, "", "SendMessage", message(&json!({"text": "a"}))).await;
        assert_eq!(status(&sent) == StatusCode::OK, allowed, "{sent:?}");
        assert_eq!(other.begun() > 0, allowed);
    }
}

/// v0.3 pushes tasks: of an agent that pushes changes, the gateway asks for the whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_v0_3_is_pushed_whole_tasks() {
    let task = json!({"id": "t", "contextId": "c", "status": {"state": "TASK_STATE_WORKING"},
        "artifacts": [{"artifactId": "a", "parts": [{"text": "the whole"}]}]});
    let said_by = |result: Value| json!({"jsonrpc": "2.0", "id": 1, "result": result}).to_string();
    let (whole, sent) = (said_by(task.clone()), said_by(json!({"task": task})));
    let agent = RawUpstream::start(move |mut connection| {
        let (whole, sent) = (whole.clone(), sent.clone());
        async move {
            while let Some(request) = connection.request().await {
                let asked = String::from_utf8_lossy(&request.body).into_owned();
                let body = match () {
                    () if asked.is_empty() => {
                        let host = request.values("host").concat();
                        CARD_V1_0.replace("HOST", &host)
                    }
                    () if asked.contains("GetTask") => whole.clone(),
                    () => sent.clone(),
                };
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ";
                let length = body.len();
                connection
                    .send(format!("{head}{length}\r\n\r\n{body}"))
                    .await;
            }
        }
    })
    .await;
    let client = RawUpstream::serving(ACCEPTED).await;
    let entry = "{pushGuard: {allowHttp: true, networks: [127.0.0.0/8]}, pushRelay: {publicUrl: 'http://a.example.org'}}";
    let gateway = gateway(entry, agent.port(), KEY).await;
    let hook = format!("http://127.0.0.1:{}/hook", client.port());
    let message = json!({"kind": "message", "messageId": "m", "role": "user",
        "parts": [{"kind": "text", "text": "hello"}]});
    let params =
        json!({"message": message, "configuration": {"pushNotificationConfig": {"url": hook}}});
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "message/send", "params": params});
    let headers = [("content-type", "application/json")];
    let sent = post(&gateway.url("a2a"), &headers, call.to_string()).await;
    assert_eq!(said(&sent)["result"]["kind"], "task", "{sent:?}");
    let calls = agent.calls();
    let told = String::from_utf8_lossy(&calls[0].body);
    let (_, sealed) = told.split_once("http://a.example.org").unwrap();
    let (path, _) = sealed.split_once('"').unwrap();

    let change = json!({"statusUpdate": {"taskId": "t", "contextId": "c", "status": {"state": "TASK_STATE_WORKING"}}});
    let at = format!("{}{path}", gateway.url("a2a"));
    let pushed = post(&at, &headers, change.to_string()).await;
    assert_eq!(status(&pushed), StatusCode::ACCEPTED, "{pushed:?}");
    client.requested(1).await;
    let [received] = client.requests().try_into().unwrap();
    let received: Value = serde_json::from_slice(&received.body).unwrap();
    assert_eq!(received["kind"], "task");
    assert_eq!(received["artifacts"][0]["parts"][0]["text"], "the whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_for_the_caller_that_has_begun_it() {
    let demo = TestGateway::demo().await;
    let keys = "
apiVersion: v1
kind: Secret
metadata: {name: keys, namespace: default}
stringData: {alice: k-alice-3q7v9dJq0yW1, bob: k-bob-9dJq0yW13q7v}
";
    let callers = policy(
        "callers",
        &of_listener("a2a"),
        "traffic: {apiKeyAuthentication: {secretRef: {name: keys}}}",
    );
    let objects = [keys, &*callers].join(SEPARATOR);
    let gateway = gateway(
        "{owners: {maxTasks: 1000, lifetime: 1h}}",
        demo.addr("a2a").port(),
        &objects,
    )
    .await;
    let (alice, bob) = ("k-alice-3q7v9dJq0yW1", "k-bob-9dJq0yW13q7v");
    let begun = asked(
        &gateway,
        alice,
        "SendMessage",
        message(&json!({"text": "hello"})),
    )
    .await;
    let task = said(&begun)["result"]["task"]["id"].clone();
    assert!(task.is_string(), "{begun:?}");
    let get = |key| asked(&gateway, key, "GetTask", json!({"id": task}));
    assert_eq!(said(&get(alice).await)["result"]["id"], task);
    assert_eq!(code(&get(bob).await), -32001);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_streams_and_hops_have_their_limits() {
    let agent = RawUpstream::serving(OK).await;
    let entry = "{messages: {mediaTypes: ['text/*'], maxBytes: 2000, urls: false}, loops: {maxHops: 2}, \
                 openStreams: 1, unfinishedTasks: {max: 5}}";
    let gateway = gateway(entry, agent.port(), KEY).await;
    let send = |part: Value| asked(&gateway, "", "SendMessage", message(&part));
    let png = send(json!({"raw": "AAAA", "mediaType": "image/png"})).await;
    assert_eq!(code(&png), -32005, "{png:?}");
    let url = send(json!({"url": "https://a.example.org/a.txt", "mediaType": "text/plain"})).await;
    assert!(said(&url)["error"].is_object(), "{url:?}");
    let long = send(json!({"text": "a".repeat(3000)})).await;
    assert_eq!(status(&long), StatusCode::PAYLOAD_TOO_LARGE);
    let hops = [
        ("content-type", "application/json"),
        ("a2a-version", "1.0"),
        ("x-a2a-hops", "one, two"),
    ];
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": message(&json!({"text": "a"}))});
    let looped = post(&gateway.url("a2a"), &hops, body.to_string()).await;
    assert!(said(&looped)["error"].is_object(), "{looped:?}");
    assert_eq!(agent.begun(), 0);
    let passed = send(json!({"text": "a"})).await;
    assert_eq!(status(&passed), StatusCode::OK, "{passed:?}");
    let [request] = agent.calls().try_into().unwrap();
    assert_eq!(request.values("x-a2a-hops"), ["planner"]);
}

/// The inner gateway signs the demo's card; the outer one serves it to who gave it the right keys.
#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_signed_anew_and_served_where_it_is_trusted() {
    let demo = TestGateway::demo().await;
    let resigns = "{cards: {signed: Resign, signingKeyRef: {name: own, key: card.pem}, keyId: gw, publicUrl: \
                   'https://agents.example.org/planner'}}";
    let inner = gateway(resigns, demo.addr("a2a").port(), KEY).await;
    const CARD: &str = ".well-known/agent-card.json";
    let card = get(&format!("{}/{CARD}", inner.url("a2a"))).await;
    assert_eq!(said(&card)["signatures"].as_array().unwrap().len(), 1);
    let text = String::from_utf8_lossy(card.body());
    assert!(
        text.contains("https://agents.example.org/planner"),
        "{text}"
    );
    let jwks = get(&format!("{}/.well-known/jwks.json", inner.url("a2a"))).await;
    assert_eq!(
        said(&jwks)["keys"][0]["x"],
        "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    );
    for (keys, expected) in [(PUBLIC, StatusCode::OK), (FOREIGN, StatusCode::BAD_GATEWAY)] {
        let map = format!(
            "
apiVersion: v1
kind: ConfigMap
metadata: {{name: keys, namespace: default}}
data: {{planner: '{keys}'}}
"
        );
        let requires = "{cards: {verifyUpstream: Require, keys: [{configMapRef: {name: keys, key: planner}}]}}";
        let outer = gateway(requires, inner.addr("a2a").port(), &map).await;
        let card = get(&format!("{}/{CARD}", outer.url("a2a"))).await;
        assert_eq!(status(&card), expected, "{card:?}");
    }
}

/// A card policy without its key is none: nothing is served, rather than unsigned.
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_whose_terms_cannot_be_had_is_closed() {
    let agent = RawUpstream::serving(OK).await;
    let entry = "{cards: {signed: Resign, signingKeyRef: {name: none, key: card.pem}}}";
    let gateway = gateway(entry, agent.port(), KEY).await;
    let answer = asked(&gateway, "", "SendMessage", message(&json!({"text": "a"}))).await;
    assert_eq!(status(&answer), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(agent.begun(), 0);
}

/// A stream that breaks off goes on at the agent's subscription, and the message is not sent again.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_off_is_taken_up_again() {
    let event = |state: &str| {
        let status = json!({"taskId": "t", "contextId": "c", "status": {"state": state}});
        let result = json!({"jsonrpc": "2.0", "id": 1, "result": {"statusUpdate": status}});
        format!("data: {result}\n\n")
    };
    let first = json!({"jsonrpc": "2.0", "id": 1, "result": {"task": {"id": "t", "contextId": "c",
        "status": {"state": "TASK_STATE_WORKING"}}}});
    let begun = format!("data: {first}\n\n");
    let ended = format!("{begun}{}", event("TASK_STATE_COMPLETED"));
    let agent = RawUpstream::start(move |mut connection| {
        let (begun, ended) = (begun.clone(), ended.clone());
        async move {
            while let Some(request) = connection.request().await {
                let again = String::from_utf8_lossy(&request.body).contains("SubscribeToTask");
                let said = if again { &ended } else { &begun };
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: ";
                let length = said.len();
                connection
                    .send(format!("{head}{length}\r\n\r\n{said}"))
                    .await;
            }
        }
    })
    .await;
    let entry = "{streams: {resume: 3, resumeAfter: 10ms}}";
    let gateway = gateway(entry, agent.port(), KEY).await;
    let params = message(&json!({"text": "hello"}));
    let answer = asked(&gateway, "", "SendStreamingMessage", params).await;
    let text = String::from_utf8_lossy(answer.body());
    assert!(text.contains("TASK_STATE_COMPLETED"), "{text}");
    let asked: Vec<_> = agent
        .requests()
        .iter()
        .filter(|request| !request.body.is_empty())
        .map(|request| serde_json::from_slice::<Value>(&request.body).unwrap()["method"].clone())
        .collect();
    assert_eq!(asked, ["SendStreamingMessage", "SubscribeToTask"]);
}
