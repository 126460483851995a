//! The spans of a call and of its attempt, as a subscriber sees them.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests may do what tests may"
)]

use std::{
    collections::BTreeMap,
    convert::Infallible,
    fmt::Debug,
    sync::{Arc, Mutex},
};

use agentgateway_core::{Peeked, telemetry::TelemetryLayer};
use agentgateway_llm::{
    LlmLayer,
    telemetry::LlmClient,
    upstream::{LlmUpstreamLayer, Provider, ProviderKind},
};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

#[cfg(feature = "route")]
#[path = "spans/attempts.rs"]
mod attempts;
#[path = "spans/content.rs"]
mod content;
#[expect(dead_code, reason = "tests of recordings use the rest")]
mod support;

type Fields = BTreeMap<&'static str, String>;

/// Keeps the fields of every span, by the order in which they were opened.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<Fields>>>);

struct Into<'a>(&'a mut Fields);

impl Visit for Into<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    /// It would reach a collector as a text.
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name(), format!("\"{value}\""));
    }
}

impl Subscriber for Spans {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut spans = self.0.lock().unwrap();
        let mut fields = Fields::new();
        attributes.record(&mut Into(&mut fields));
        spans.push(fields);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let mut spans = self.0.lock().unwrap();
        let at = usize::try_from(span.into_u64()).unwrap() - 1;
        values.record(&mut Into(spans.get_mut(at).unwrap()));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

const ANSWER: &str = "data: {\"id\":\"c1\",\"model\":\"gpt-5-x\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}]}\n\n\
    data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":5,\"prompt_tokens_details\":{\"cached_tokens\":4},\"completion_tokens_details\":{\"reasoning_tokens\":2}}}\n\n";

async fn spans(marker: &'static str) -> Vec<Fields> {
    let endpoint = "https://api.example.org:8443".parse().unwrap();
    let service = ServiceBuilder::new()
        .layer(LlmLayer::new())
        .layer(LlmUpstreamLayer::new(Provider::new(
            "main",
            ProviderKind::OpenAi,
            endpoint,
        )))
        .layer(TelemetryLayer::client().instrument(LlmClient::new()))
        .service(service_fn(
            move |_: Request<Peeked<Full<Bytes>>>| async move {
                let body = Full::new(Bytes::from(format!("{ANSWER}{marker}")));
                let response = Response::builder().header("content-type", "text/event-stream");
                Ok::<_, Infallible>(response.body(body).unwrap())
            },
        ));
    let body = r#"{"model":"gpt-5","stream":true,"max_tokens":64,"temperature":0.5}"#;
    let request = Request::post("/v1/chat/completions")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)))
        .unwrap();
    let spans = Spans::default();
    let guard = tracing::subscriber::set_default(spans.clone());
    let response = service.oneshot(request).await.unwrap();
    response.into_body().collect().await.unwrap();
    drop(guard);
    let spans = spans.0.lock().unwrap();
    spans.clone()
}

#[tokio::test]
async fn both_spans_tell_what_the_answer_told() {
    let spans = spans("data: [DONE]\n\n").await;
    assert_eq!(spans.len(), 2);
    for (span, kind) in spans.iter().zip(["internal", "client"]) {
        for (field, value) in [
            ("otel.name", "chat gpt-5"),
            ("otel.kind", kind),
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.request.model", "gpt-5"),
            ("gen_ai.request.stream", "true"),
            ("gen_ai.request.max_tokens", "64"),
            ("gen_ai.request.temperature", "0.5"),
            ("gen_ai.response.id", "c1"),
            ("gen_ai.response.model", "gpt-5-x"),
            ("gen_ai.response.finish_reasons", "[\"stop\"]"),
            ("gen_ai.usage.input_tokens", "9"),
            ("gen_ai.usage.output_tokens", "5"),
            ("gen_ai.usage.cache_read.input_tokens", "4"),
            ("gen_ai.usage.reasoning.output_tokens", "2"),
            ("agentgateway.end", "complete"),
        ] {
            assert_eq!(span.get(field).map(String::as_str), Some(value), "{field}");
        }
        assert!(span.contains_key("gen_ai.response.time_to_first_chunk"));
        for field in ["error.type", "gen_ai.usage.cache_creation.input_tokens"] {
            assert!(!span.contains_key(field), "{field}");
        }
    }
    let [call, attempt] = spans.as_slice() else {
        panic!("two spans");
    };
    for (field, value) in [
        ("gen_ai.provider.name", "openai"),
        ("server.address", "api.example.org"),
        ("server.port", "8443"),
        ("http.request.method", "POST"),
        ("http.response.status_code", "200"),
    ] {
        assert_eq!(attempt.get(field).map(String::as_str), Some(value));
        assert!(!call.contains_key(field), "{field}");
    }
}

#[tokio::test]
async fn both_spans_tell_that_a_stream_was_cut() {
    for span in spans("").await {
        let value = |field| span.get(field).map(String::as_str);
        assert_eq!(value("agentgateway.end"), Some("truncated"));
        assert_eq!(value("error.type"), Some("truncated"));
        assert_eq!(value("otel.status_code"), Some("ERROR"));
    }
}
