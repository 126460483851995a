//! How much at once, and how much in all.

use std::sync::Arc;

use agentgateway_tests::{
    Manifests, TestGateway,
    raw::{RawClient, RawUpstream},
};
use tokio::{
    sync::Semaphore,
    time::{Duration, timeout},
};

use super::*;

/// What one answer of the model has used, and says.
const USED: u64 = 30;
const SECRET: &str = "
apiVersion: v1
kind: Secret
metadata: {name: keys, namespace: default}
stringData: {alice: k-alice-3q7v9dJq0yW1, bob: k-bob-9dJq0yW13q7v}
";

/// A model that answers at once, or with a stream of which the rest comes when it is let go on.
pub(super) struct Model {
    pub(super) upstream: RawUpstream,
    rest: Arc<Semaphore>,
}

impl Model {
    pub(super) async fn start() -> Self {
        let rest = Arc::new(Semaphore::new(0));
        let gate = Arc::clone(&rest);
        let upstream = RawUpstream::start(move |mut connection| {
            let gate = Arc::clone(&gate);
            async move {
                while let Some(request) = connection.request().await {
                    let asked = String::from_utf8_lossy(&request.body).into_owned();
                    if asked.contains("\"fail\"") {
                        let none = "HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\n{}";
                        connection.send(none).await;
                        continue;
                    }
                    if !asked.contains("\"stream\":true") {
                        connection.send(whole()).await;
                        continue;
                    }
                    connection.send(beginning()).await;
                    tokio::select! {
                        permit = gate.acquire() => permit.unwrap().forget(),
                        _ = connection.closed() => return,
                    }
                    connection.send(end()).await;
                }
            }
        })
        .await;
        Self { upstream, rest }
    }

    /// Lets one stream go on to its end.
    fn go_on(&self) {
        self.rest.add_permits(1);
    }

    /// Its backend, as YAML flow.
    pub(super) fn backend(&self) -> String {
        let port = self.upstream.port();
        format!(
            "{{ai: {{groups: [{{providers: [{{name: m, host: 127.0.0.1, port: {port}, openai: {{}}}}]}}]}}}}"
        )
    }
}

fn usage() -> String {
    format!(
        r#""usage":{{"prompt_tokens":10,"completion_tokens":{},"total_tokens":{USED}}}"#,
        USED - 10
    )
}

fn whole() -> String {
    let body = format!(
        r#"{{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{{"index":0,"message":{{"role":"assistant","content":"a"}},"finish_reason":"stop"}}],{}}}"#,
        usage()
    );
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

fn beginning() -> String {
    let event = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\
                 \"choices\":[{\"index\":0,\"delta\":{\"content\":\"first\"},\"finish_reason\":null}]}\n\n";
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n{}",
        chunk(event)
    )
}

fn end() -> String {
    let last = format!(
        "data: {{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\
         \"choices\":[{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"stop\"}}],{}}}\n\n\
         data: [DONE]\n\n",
        usage()
    );
    chunk(&last) + "0\r\n\r\n"
}

pub(super) fn question(content: &str, stream: bool) -> String {
    let message = json!({ "role": "user", "content": content });
    json!({ "model": "m", "stream": stream, "messages": [message] }).to_string()
}

/// A gateway with a model behind two paths of its listener, and a policy of that listener.
struct Scene {
    model: Model,
    gateway: TestGateway,
}

impl Scene {
    async fn start(traffic: &str) -> Self {
        let model = Model::start().await;
        let field = format!(
            "traffic:\n    apiKeyAuthentication: {{secretRef: {{name: keys}}}}\n    {traffic}"
        );
        let policy = policy("spending", &of_listener("llm"), &field);
        let backend = model.backend();
        let manifests = Manifests::default()
            .route("llm", "/", None, &backend)
            .route("llm", "/other", Some("/"), &backend)
            .route("mcp", "/", None, &backend)
            .and(SECRET)
            .and(&policy);
        let gateway = TestGateway::serve(&manifests).await;
        Self { model, gateway }
    }

    fn url(&self, listener: &str, path: &str) -> String {
        format!("{}{path}/v1/chat/completions", self.gateway.url(listener))
    }

    async fn ask(&self, caller: &str, path: &str) -> Response<Bytes> {
        self.say(caller, path, "hello").await
    }

    async fn say(&self, caller: &str, path: &str, content: &str) -> Response<Bytes> {
        let bearer = format!("Bearer {}", key(caller));
        let headers = [("authorization", bearer.as_str())];
        let url = self.url("llm", path);
        post(&url, &headers, question(content, false)).await
    }

    /// A stream of which the first event has come.
    async fn stream(&self, caller: &str) -> RawClient {
        let mut client = RawClient::connect(self.gateway.addr("llm")).await;
        let (key, body) = (key(caller), question("hello", true));
        let length = body.len();
        let request = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        client.send(request).await;
        client.peek("first").await;
        client
    }

    /// Asks until it passes: the gateway needs a moment to see that a client has left.
    async fn passes_soon(&self, caller: &str) {
        let asking = async {
            while self.ask(caller, "").await.status() != StatusCode::OK {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(10), asking).await.unwrap();
    }
}

fn key(caller: &str) -> &'static str {
    match caller {
        "alice" => "k-alice-3q7v9dJq0yW1",
        _ => "k-bob-9dJq0yW13q7v",
    }
}

/// A refusal in the words of the API, with when to try again.
fn is_refused(answer: &Response<Bytes>, status: StatusCode) {
    assert_eq!(answer.status(), status, "{answer:?}");
    assert!(answer.headers().contains_key("retry-after"), "{answer:?}");
    assert!(said(answer)["error"]["message"].is_string(), "{answer:?}");
}

/// Fault H56: a caller's place is held to the end of its stream, and given back where it hangs up; other callers are not touched.
#[tokio::test(flavor = "multi_thread")]
async fn a_callers_place_is_held_to_the_end_of_its_stream() {
    let scene = Scene::start("concurrency: [{requests: 1, key: principal.name}]").await;
    let mut first = scene.stream("alice").await;
    is_refused(
        &scene.ask("alice", "/other").await,
        StatusCode::TOO_MANY_REQUESTS,
    );
    assert_eq!(scene.ask("bob", "").await.status(), StatusCode::OK);
    scene.model.go_on();
    let answer = first.answer().await.unwrap();
    assert!(
        answer.whole && answer.text().contains("[DONE]"),
        "{answer:?}"
    );
    assert_eq!(scene.ask("alice", "").await.status(), StatusCode::OK);

    let leaving = scene.stream("alice").await;
    is_refused(&scene.ask("alice", "").await, StatusCode::TOO_MANY_REQUESTS);
    leaving.reset();
    scene.passes_soon("alice").await;
    assert_eq!(scene.ask("alice", "").await.status(), StatusCode::OK);
}

/// Fault H56: above a listener's limit a request is refused with 503 and `Retry-After`, whatever its route; another listener and the admin listener answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_listener_has_so_many_at_once_over_all_its_routes() {
    let scene = Scene::start("concurrency: [{requests: 2}]").await;
    let mut streams = [scene.stream("alice").await, scene.stream("bob").await];
    for path in ["", "/other"] {
        is_refused(
            &scene.ask("bob", path).await,
            StatusCode::SERVICE_UNAVAILABLE,
        );
    }
    let other = post(&scene.url("mcp", ""), &[], question("hello", false)).await;
    assert_eq!(other.status(), StatusCode::OK, "{other:?}");
    let ready = agentgateway_tests::get(&format!("{}/readyz", scene.gateway.admin())).await;
    assert_eq!(ready.status(), StatusCode::OK, "{ready:?}");
    scene.model.go_on();
    scene.model.go_on();
    for stream in &mut streams {
        assert!(stream.answer().await.unwrap().whole);
    }
    assert_eq!(scene.ask("bob", "/other").await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_is_spent_by_what_answers_have_used() {
    let budget = "budgets: [{tokens: 100, window: 1h, key: principal.name, reserve: '40'}]";
    let scene = Scene::start(budget).await;
    // 30, also where the answer is a stream;
    assert_eq!(scene.ask("alice", "").await.status(), StatusCode::OK);
    let mut stream = scene.stream("alice").await;
    scene.model.go_on();
    assert!(stream.answer().await.unwrap().whole);
    // nothing, where it is an error;
    let failed = scene.say("alice", "", "fail").await;
    assert_eq!(failed.status(), StatusCode::INTERNAL_SERVER_ERROR);
    // and 30 again, for which all of the 40 that are left were reserved.
    assert_eq!(scene.ask("alice", "/other").await.status(), StatusCode::OK);
    let refused = scene.ask("alice", "").await;
    is_refused(&refused, StatusCode::TOO_MANY_REQUESTS);
    let after: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((3000..=3600).contains(&after), "{after}");
    assert_eq!(scene.ask("bob", "").await.status(), StatusCode::OK);
}

/// Fault L14 (part): a budget is settled with what was relayed when the client has hung up.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_reserved_for_a_client_that_hangs_up_is_settled() {
    let scene = Scene::start("budgets: [{tokens: 1500, window: 1h, reserve: '1000'}]").await;
    let leaving = scene.stream("alice").await;
    is_refused(&scene.ask("bob", "").await, StatusCode::TOO_MANY_REQUESTS);
    leaving.reset();
    scene.passes_soon("bob").await;
}

/// The default reserves what the answer may have.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_may_use_more_than_is_left_is_refused_before() {
    let scene = Scene::start("budgets: [{tokens: 1000, window: 1h}]").await;
    is_refused(&scene.ask("alice", "").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(scene.model.upstream.begun(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_of_requests_counts_calls() {
    let scene = Scene::start("budgets: [{requests: 2, window: 1h}]").await;
    let failed = scene.say("alice", "", "fail").await;
    assert_eq!(failed.status(), StatusCode::INTERNAL_SERVER_ERROR);
    for caller in ["alice", "bob"] {
        assert_eq!(scene.ask(caller, "").await.status(), StatusCode::OK);
    }
    is_refused(&scene.ask("bob", "").await, StatusCode::TOO_MANY_REQUESTS);
}
