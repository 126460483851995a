//! The spans of attempts, and what a translated answer tells.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use agentgateway_core::{Body, Error, Peeked, telemetry::TelemetryLayer};
use agentgateway_llm::{
    LlmLayer, LlmReport,
    route::{LlmGateway, ModelRoute, ModelServer, ModelTarget},
    telemetry::LlmClient,
    upstream::{Provider, ProviderKind},
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use tower::{ServiceBuilder, ServiceExt, service_fn};

use super::{Fields, Spans};

const STREAM: &str = "text/event-stream";
const USAGE: &str = r#"{"input_tokens":5,"cache_creation_input_tokens":3,"cache_creation":{"ephemeral_5m_input_tokens":1,"ephemeral_1h_input_tokens":2},"cache_read_input_tokens":2,"output_tokens":1}"#;

const CHAT: &str = r#"{"model":"fast","stream":true,"stream_options":{"include_usage":true},"seed":1,"messages":[{"role":"user","content":"hi"}]}"#;

fn message(usage: &str, last: &str) -> String {
    let event = |name: &str, members: &str| {
        format!("event: {name}\ndata: {{\"type\":\"{name}\"{members}}}\n\n")
    };
    let start = format!(
        r#","message":{{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{usage}}}"#
    );
    [
        event("message_start", &start),
        event(
            "content_block_start",
            r#","index":0,"content_block":{"type":"text","text":""}"#,
        ),
        event(
            "content_block_delta",
            r#","index":0,"delta":{"type":"text_delta","text":"hello"}"#,
        ),
        event("content_block_stop", r#","index":0"#),
        last.to_owned(),
    ]
    .concat()
}

fn ended() -> String {
    let delta = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":7}}"#;
    format!(
        "event: message_delta\ndata: {delta}\n\nevent: message_stop\ndata: {{\"type\":\"message_stop\"}}\n\n"
    )
}

/// Asks a gateway whose first provider is overloaded and whose second answers with this.
async fn failed_over(media_type: &str, body: String) -> (Vec<Fields>, LlmReport) {
    asked(media_type, body, false).await
}

/// The same; the answer may stand still behind what it says.
async fn asked(media_type: &str, body: String, stalls: bool) -> (Vec<Fields>, LlmReport) {
    let server = |name: &str, kind, answer: Response<String>| {
        let endpoint = format!("https://{name}.example").parse().unwrap();
        let answer = Arc::new(answer);
        let client = service_fn(move |_: Request<Peeked<Body>>| {
            let answer = Arc::clone(&answer);
            async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                let said = Bytes::from(answer.body().clone());
                let said = stream::iter([Ok::<_, Error>(Frame::data(said))]);
                let body = if stalls && answer.status().is_success() {
                    Body::new(StreamBody::new(said.chain(stream::pending())))
                } else {
                    Body::new(StreamBody::new(said))
                };
                let mut response = Response::new(body);
                *response.status_mut() = answer.status();
                *response.headers_mut() = answer.headers().clone();
                Ok::<_, Error>(response)
            }
        });
        let client = ServiceBuilder::new()
            .layer(TelemetryLayer::client().instrument(LlmClient::new()))
            .service(client);
        ModelServer::new(Provider::new(name, kind, endpoint), client)
    };
    let busy = Response::builder()
        .status(503)
        .header("content-type", "application/json");
    let busy = busy
        .body(r#"{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}"#.to_owned())
        .unwrap();
    let first = server("one", ProviderKind::Gemini, busy);
    let answer = Response::builder()
        .header("content-type", media_type)
        .body(body)
        .unwrap();
    let second = server("two", ProviderKind::Anthropic, answer);
    let route = ModelRoute::new("fast")
        .target(ModelTarget::new(first).model("gemini-x"))
        .target(ModelTarget::new(second).model("claude-x").priority(1));
    let gap = Duration::from_secs(30);
    let gateway = LlmGateway::builder().route(route).token_gap(gap);
    let gateway = gateway.build().unwrap();
    let report = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&report);
    let layer =
        LlmLayer::new().on_finished(move |done| *kept.lock().unwrap() = Some(done.report.clone()));
    let service = ServiceBuilder::new().layer(layer).service(gateway);
    let request = Request::post("/v1/chat/completions")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(CHAT)))
        .unwrap();
    let spans = Spans::default();
    let guard = tracing::subscriber::set_default(spans.clone());
    let response = service.oneshot(request).await.unwrap();
    let _ = response.into_body().collect().await;
    drop(guard);
    let spans = spans.0.lock().unwrap().clone();
    let report = report.lock().unwrap().take().unwrap();
    (spans, report)
}

#[tokio::test(start_paused = true)]
async fn each_attempt_has_a_span_in_its_providers_words() {
    let (spans, report) = failed_over(STREAM, message(USAGE, &ended())).await;
    let [call, first, second] = spans.as_slice() else {
        panic!("three spans: {spans:?}");
    };
    let has = |span: &Fields, fields: &[(&str, &str)]| {
        for (field, value) in fields {
            let found = span.get(field).map(String::as_str);
            assert_eq!(found, Some(*value), "{field}: {span:?}");
        }
    };
    has(
        call,
        &[
            ("otel.name", "chat fast"),
            ("gen_ai.request.model", "fast"),
            ("agentgateway.llm.dialect", "openai-chat"),
        ],
    );
    has(
        first,
        &[
            ("otel.name", "generate_content gemini-x"),
            ("gen_ai.operation.name", "generate_content"),
            ("gen_ai.request.model", "gemini-x"),
            ("gen_ai.provider.name", "gcp.gemini"),
            ("agentgateway.llm.dialect", "gemini"),
            ("http.response.status_code", "503"),
        ],
    );
    assert!(!first.contains_key("gen_ai.response.id"), "{first:?}");
    has(
        second,
        &[
            ("otel.name", "chat claude-x"),
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.request.model", "claude-x"),
            ("gen_ai.provider.name", "anthropic"),
            ("agentgateway.llm.dialect", "anthropic-messages"),
            ("http.request.resend_count", "1"),
            ("agentgateway.end", "complete"),
            // Its own second, not that of the attempt before it.
            ("gen_ai.response.time_to_first_chunk", "1.0"),
        ],
    );
    for span in [call, second] {
        has(
            span,
            &[
                ("gen_ai.usage.input_tokens", "10"),
                ("gen_ai.usage.output_tokens", "7"),
                ("gen_ai.usage.cache_read.input_tokens", "2"),
                ("gen_ai.usage.cache_creation.input_tokens", "3"),
                ("agentgateway.llm.losses", "seed, usage_detail"),
            ],
        );
    }
    // The client's dialect has no place for it.
    assert_eq!(report.usage.unwrap().cache_write_1h_tokens, Some(2));
    assert_eq!(report.losses.to_string(), "seed, usage_detail");
}

#[tokio::test(start_paused = true)]
async fn both_spans_tell_that_a_model_has_stopped() {
    let (spans, _) = asked(STREAM, message(USAGE, ""), true).await;
    let [call, _, second] = spans.as_slice() else {
        panic!("three spans: {spans:?}");
    };
    for span in [call, second] {
        assert_eq!(span["error.type"], "token_gap_timeout", "{span:?}");
        assert_eq!(span["otel.status_code"], "ERROR", "{span:?}");
        assert!(span.contains_key("gen_ai.response.id"), "{span:?}");
    }
}

/// An error that comes first in a stream becomes the answer, and is that attempt's.
#[tokio::test(start_paused = true)]
async fn the_span_of_an_attempt_tells_an_error_that_its_stream_began_with() {
    let error = r#"{"type":"error","error":{"type":"invalid_request_error","message":"no"}}"#;
    let (spans, report) = failed_over(STREAM, format!("event: error\ndata: {error}\n\n")).await;
    let [_, _, second] = spans.as_slice() else {
        panic!("three spans: {spans:?}");
    };
    assert!(report.error.is_some(), "{report:?}");
    assert_eq!(second["error.type"], "invalid_request_error", "{second:?}");
}

/// What came early is less than the whole.
#[tokio::test(start_paused = true)]
async fn a_stream_that_is_cut_tells_no_counts_as_its_whole_usage() {
    let usage = r#"{"input_tokens":5,"output_tokens":1}"#;
    let (_, report) = failed_over(STREAM, message(usage, "")).await;
    assert_eq!(report.usage, None);
    assert_eq!(report.losses.to_string(), "seed");
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_one_piece_tells_what_its_provider_told() {
    let body = format!(
        r#"{{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[{{"type":"text","text":"hello"}}],"stop_reason":"end_turn","stop_sequence":null,"usage":{USAGE}}}"#
    );
    let (_, report) = failed_over("application/json", body).await;
    assert_eq!(report.usage.unwrap().cache_write_1h_tokens, Some(2));
    assert_eq!(report.losses.to_string(), "seed, usage_detail");
}
