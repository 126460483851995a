//! The spans of calls and attempts.
//!
//! A package of its own: whether a span is wanted is remembered for the whole process, so every test
//! beside these would have to install the recorder first.
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use std::{
    cell::RefCell,
    collections::BTreeMap,
    convert::Infallible,
    fmt::Debug,
    sync::{
        Once,
        atomic::{AtomicU64, Ordering},
    },
};

use agentgateway_a2a::{
    A2aBinding, A2aLayer, A2aVersion,
    bridge::{AnyAgent, Interface, Speech},
    telemetry::A2aClient,
    upstream::{A2aAgent, A2aUpstreamLayer},
};
use agentgateway_core::{Body, body::Peeked, telemetry::TelemetryLayer, upstream::Endpoint};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

type Fields = BTreeMap<String, String>;

thread_local! {
    /// The spans of this thread's test.
    static SPANS: RefCell<BTreeMap<u64, Fields>> = const { RefCell::new(BTreeMap::new()) };
    /// The states that were told within spans: span and fields.
    static STATES: RefCell<Vec<(u64, Fields)>> = const { RefCell::new(Vec::new()) };
}

/// Keeps the fields of every span.
#[derive(Debug, Default)]
struct Recorder {
    next: AtomicU64,
}

struct Visitor<'a>(&'a mut Fields);

impl Visit for Visitor<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() || metadata.target() == "agentgateway_a2a::states"
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let id = 1 + self.next.fetch_add(1, Ordering::Relaxed);
        let mut fields = Fields::new();
        attributes.record(&mut Visitor(&mut fields));
        SPANS.with_borrow_mut(|spans| spans.insert(id, fields));
        Id::from_u64(id)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        SPANS.with_borrow_mut(|spans| {
            values.record(&mut Visitor(spans.entry(span.into_u64()).or_default()));
        });
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::new();
        event.record(&mut Visitor(&mut fields));
        let span = event.parent().map_or(0, Id::into_u64);
        STATES.with_borrow_mut(|states| states.push((span, fields)));
    }

    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn install() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| tracing::subscriber::set_global_default(Recorder::default()).unwrap());
}

/// The spans of one exchange: that of the call, then that of the attempt.
async fn spans(body: &'static str, media_type: &'static str, answer: &'static str) -> Vec<Fields> {
    install();
    let agent = service_fn(move |_: Request<_>| async move {
        let response = Response::builder().header("content-type", media_type);
        Ok::<_, Infallible>(response.body(Full::new(Bytes::from(answer))).unwrap())
    });
    let service = ServiceBuilder::new()
        .layer(A2aLayer::new())
        .layer(A2aUpstreamLayer::new(
            "https://agent.example".parse().unwrap(),
        ))
        .layer(TelemetryLayer::client().instrument(A2aClient::new()))
        .service(agent);
    let request = Request::post("/")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)))
        .unwrap();
    let answer = service.oneshot(request).await.unwrap();
    answer.into_body().collect().await.unwrap();
    SPANS.take().into_values().collect()
}

#[tokio::test]
async fn names_spans_by_the_operation_and_records_the_answer() {
    let spans = spans(
        r#"{"jsonrpc":"2.0","id":"x","method":"message/stream","params":{"message":{"messageId":"m","contextId":"c"}}}"#,
        "text/event-stream",
        "data: {\"result\":{\"kind\":\"task\",\"id\":\"t\",\"contextId\":\"c2\",\"status\":{\"state\":\"failed\"}}}\n\n",
    )
    .await;
    assert_eq!(spans.len(), 2);
    for (span, kind) in spans.iter().zip(["server", "client"]) {
        for (field, value) in [
            ("otel.name", "SendStreamingMessage"),
            ("otel.kind", kind),
            ("a2a.method.name", "SendStreamingMessage"),
            ("a2a.protocol.version", "0.3"),
            ("a2a.message.id", "m"),
            ("a2a.task.id", "t"),
            ("a2a.task.state", "TASK_STATE_FAILED"),
            ("gen_ai.conversation.id", "c2"),
            ("rpc.system", "jsonrpc"),
            ("jsonrpc.request.id", "\"x\""),
            ("agentgateway.end", "complete"),
        ] {
            let found = span.get(field).map(String::as_str);
            assert_eq!(found, Some(value), "{kind} {field}");
        }
        assert!(!span.contains_key("error.type"));
    }
    assert_eq!(spans[1]["server.address"], "agent.example");
}

#[tokio::test]
async fn records_the_reason_of_an_error() {
    let spans = spans(
        r#"{"jsonrpc":"2.0","id":1,"method":"made/up"}"#,
        "application/json",
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}"#,
    )
    .await;
    assert_eq!(spans.len(), 2);
    for span in &spans {
        assert_eq!(span["otel.name"], "_OTHER");
        assert_eq!(span["error.type"], "METHOD_NOT_FOUND");
        assert_eq!(span["otel.status_code"], "ERROR");
    }
}

#[tokio::test]
async fn each_state_of_a_task_is_an_event_of_its_call() {
    let spans = spans(
        r#"{"jsonrpc":"2.0","id":"x","method":"SendStreamingMessage","params":{}}"#,
        "text/event-stream",
        concat!(
            "data: {\"result\":{\"task\":{\"id\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"TASK_STATE_SUBMITTED\"}}}}\n\n",
            "data: {\"result\":{\"statusUpdate\":{\"taskId\":\"t\",\"status\":{\"state\":\"TASK_STATE_WORKING\"}}}}\n\n",
            "data: {\"result\":{\"artifactUpdate\":{\"taskId\":\"t\",\"artifact\":{}}}}\n\n",
            "data: {\"result\":{\"statusUpdate\":{\"taskId\":\"t\",\"status\":{\"state\":\"TASK_STATE_WORKING\"}}}}\n\n",
            "data: {\"result\":{\"statusUpdate\":{\"taskId\":\"t\",\"status\":{\"state\":\"TASK_STATE_COMPLETED\"}}}}\n\n",
        ),
    )
    .await;
    assert!(spans[0].contains_key("agentgateway.a2a.first_event_ms"));
    assert_eq!(spans[0]["agentgateway.a2a.binding"], "JSONRPC");
    let states = STATES.take();
    let told: Vec<_> = states
        .iter()
        .map(|(_, fields)| (&*fields["a2a.task.id"], &*fields["a2a.task.state"]))
        .collect();
    let expected = [
        ("t", "TASK_STATE_SUBMITTED"),
        ("t", "TASK_STATE_WORKING"),
        ("t", "TASK_STATE_COMPLETED"),
    ];
    assert_eq!(told, expected);
    assert!(
        states
            .iter()
            .all(|(span, _)| *span == states[0].0 && *span != 0)
    );
}

#[tokio::test]
async fn a_translation_is_told() {
    install();
    let agent = service_fn(|request: Request<Peeked<Body>>| async move {
        drop(request);
        let said = r#"{"jsonrpc":"2.0","id":1,"result":{"kind":"message","messageId":"m2","role":"agent","parts":[]}}"#;
        let response = Response::builder().header("content-type", "application/json");
        Ok::<_, Infallible>(response.body(Body::from(Bytes::from(said))).unwrap())
    });
    let endpoint: Endpoint = "http://agent:1".parse().unwrap();
    let speech = Speech::new(A2aBinding::JsonRpc, A2aVersion::V0_3);
    let upstream = A2aUpstreamLayer::new(endpoint.clone()).layer(agent);
    let agent = AnyAgent::builder(A2aAgent::new(upstream), endpoint.clone())
        .interfaces([Interface::new(speech, endpoint)])
        .build();
    let service = A2aLayer::new().layer(agent);
    let sent = r#"{"tenant":"acme","message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"a"}]}}"#;
    let request = Request::post("/message:send")
        .header("content-type", "application/json")
        .header("a2a-version", "1.0")
        .body(Body::from(Bytes::from(sent)))
        .unwrap();
    let answer = service.oneshot(request).await.unwrap();
    answer.into_body().collect().await.unwrap();
    let spans: Vec<_> = SPANS.take().into_values().collect();
    let span = &spans[0];
    assert_eq!(span["a2a.protocol.version"], "1.0");
    assert_eq!(span["agentgateway.a2a.binding"], "HTTP+JSON");
    assert_eq!(span["agentgateway.a2a.agent.binding"], "JSONRPC");
    assert_eq!(span["agentgateway.a2a.agent.version"], "0.3");
    assert!(span.contains_key("agentgateway.a2a.lost"), "{span:?}");
}
