use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use agentgateway_core::{Error, telemetry::TelemetryLayer};
use http::{Request, Response};
use http_body_util::BodyExt;
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

use super::support::{Script, events, json, rpc};
use crate::{A2a, A2aLayer, telemetry::A2aClient, upstream::A2aAgentLayer};

type Fields = BTreeMap<String, String>;

/// Keeps the fields of every span.
#[derive(Clone, Default)]
struct Recorder {
    next: Arc<AtomicU64>,
    spans: Arc<Mutex<BTreeMap<u64, Fields>>>,
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
        metadata.is_span()
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let id = 1 + self.next.fetch_add(1, Ordering::Relaxed);
        let mut fields = Fields::new();
        attributes.record(&mut Visitor(&mut fields));
        self.spans.lock().unwrap().insert(id, fields);
        Id::from_u64(id)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let mut spans = self.spans.lock().unwrap();
        values.record(&mut Visitor(spans.entry(span.into_u64()).or_default()));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// The spans of one exchange: that of the call, then that of the attempt.
async fn spans(body: &str, answer: fn() -> Result<Response<Script>, Error>) -> Vec<Fields> {
    let recorder = Recorder::default();
    let guard = tracing::subscriber::set_default(recorder.clone());
    let service = ServiceBuilder::new()
        .layer(A2aLayer::new())
        .layer(A2aAgentLayer::new("https://agent.example".parse().unwrap()))
        .layer(TelemetryLayer::client().instrument(A2aClient::new()))
        .service(service_fn(move |_: Request<_>| async move { answer() }));
    let answer = service.oneshot(rpc(body)).await.unwrap();
    answer.into_body().collect().await.unwrap();
    drop(guard);
    let spans = recorder.spans.lock().unwrap();
    spans.values().cloned().collect()
}

#[tokio::test]
async fn names_spans_by_the_operation_and_records_the_answer() {
    let body = r#"{"jsonrpc":"2.0","id":"x","method":"message/stream","params":{"message":{"messageId":"m","contextId":"c"}}}"#;
    let spans = spans(body, || {
        events(Script::new([
            "data: {\"result\":{\"kind\":\"task\",\"id\":\"t\",\"contextId\":\"c2\",\"status\":{\"state\":\"failed\"}}}\n\n",
        ]))
    })
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
            assert_eq!(
                span.get(field).map(String::as_str),
                Some(value),
                "{kind} {field}"
            );
        }
        assert!(!span.contains_key("error.type"));
    }
    assert_eq!(spans[1]["server.address"], "agent.example");
}

#[tokio::test]
async fn records_the_reason_of_an_error() {
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"made/up"}"#;
    let spans = spans(body, || {
        json(
            200,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}"#,
        )
    })
    .await;
    for span in &spans {
        assert_eq!(span["otel.name"], "_OTHER");
        assert_eq!(span["error.type"], "METHOD_NOT_FOUND");
        assert_eq!(span["otel.status_code"], "ERROR");
    }
}

#[test]
fn services_are_shared_and_futures_are_sent() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    fn sent<T: Send>(_: T) {}

    let agent = service_fn(|_: Request<_>| async { json(200, "{}") });
    let layer = A2aLayer::new();
    shared(&layer);
    shared(&A2aAgentLayer::new("agent:1".parse().unwrap()));
    let service: A2a<_> = tower_layer::Layer::layer(&layer, agent);
    shared(&service);
    sent(async move {
        let answer = service.oneshot(rpc("{}")).await.unwrap();
        sent(answer.into_body());
    });
}
