//! What is said, on the spans of calls that ask for it.

use agentgateway_core::{Body, Peeked};
use agentgateway_llm::{
    LlmDialect, LlmLayer,
    bridge::{
        AnswerContext, DecodeContext, codec_of,
        stream::{Event, replay},
    },
    upstream::{LlmUpstreamLayer, Provider, ProviderKind},
};
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use serde_json::{Value, json};
use tower::{Layer, ServiceBuilder, service_fn};

use super::*;

const INPUT: &str = "gen_ai.input.messages";
const OUTPUT: &str = "gen_ai.output.messages";
const SYSTEM: &str = "gen_ai.system_instructions";
const TOOLS: &str = "gen_ai.tool.definitions";

const KEY: &str = "sk-of-the-client";

/// The same conversation in each dialect: path and body.
const REQUESTS: [(&str, &str); 5] = [
    (
        "/v1/chat/completions",
        r#"{"model":"m","messages":[{"role":"system","content":"be brief"},
        {"role":"user","content":[{"type":"text","text":"sum"},{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}}]},
        {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"add","arguments":"{\"a\":1}"}}]},
        {"role":"tool","tool_call_id":"c1","content":"three"}],
        "tools":[{"type":"function","function":{"name":"add","description":"adds","parameters":{"type":"object"}}}]}"#,
    ),
    (
        "/v1/responses",
        r#"{"model":"m","instructions":"be brief","input":[
        {"role":"user","content":[{"type":"input_text","text":"sum"},{"type":"input_image","image_url":"data:image/png;base64,QUJD"}]},
        {"type":"function_call","call_id":"c1","name":"add","arguments":"{\"a\":1}"},
        {"type":"function_call_output","call_id":"c1","output":"three"}],
        "tools":[{"type":"function","name":"add","description":"adds","parameters":{"type":"object"}}]}"#,
    ),
    (
        "/v1/messages",
        r#"{"model":"m","max_tokens":64,"system":"be brief","messages":[
        {"role":"user","content":[{"type":"text","text":"sum"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QUJD"}}]},
        {"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"add","input":{"a":1}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"three"}]}],
        "tools":[{"name":"add","description":"adds","input_schema":{"type":"object"}}]}"#,
    ),
    (
        "/v1beta/models/m:generateContent",
        r#"{"systemInstruction":{"parts":[{"text":"be brief"}]},"contents":[
        {"role":"user","parts":[{"text":"sum"},{"inlineData":{"mimeType":"image/png","data":"QUJD"}}]},
        {"role":"model","parts":[{"functionCall":{"id":"c1","name":"add","args":{"a":1}}}]},
        {"role":"user","parts":[{"functionResponse":{"id":"c1","name":"add","response":{"output":"three"}}}]}],
        "tools":[{"functionDeclarations":[{"name":"add","description":"adds","parametersJsonSchema":{"type":"object"}}]}]}"#,
    ),
    (
        "/model/m/converse",
        r#"{"system":[{"text":"be brief"}],"messages":[
        {"role":"user","content":[{"text":"sum"},{"image":{"format":"png","source":{"bytes":"QUJD"}}}]},
        {"role":"assistant","content":[{"toolUse":{"toolUseId":"c1","name":"add","input":{"a":1}}}]},
        {"role":"user","content":[{"toolResult":{"toolUseId":"c1","content":[{"text":"three"}]}}]}],
        "toolConfig":{"tools":[{"toolSpec":{"name":"add","description":"adds","inputSchema":{"json":{"type":"object"}}}}]}}"#,
    ),
];

const WHOLE: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[
    {"type":"text","text":"I add."},{"type":"tool_use","id":"t1","name":"add","input":{"b":2}}],
    "stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":2}}"#;

/// The same answer, event by event.
const STREAM: &str = r#"event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"I "}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"add."}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"add","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"b\":2}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":2}}

event: message_stop
data: {"type":"message_stop"}

"#;

fn as_stream(path: &str, body: &str) -> (String, String) {
    let path = path
        .replace(":generateContent", ":streamGenerateContent?alt=sse")
        .replace("/converse", "/converse-stream");
    if path.starts_with("/v1/") {
        return (path, body.replacen('{', r#"{"stream":true,"#, 1));
    }
    (path, body.to_owned())
}

/// The spans of a call that a provider of Anthropic's dialect answers, and what the client was given.
async fn asked(layer: LlmLayer, path: &str, body: &str, answer: &'static str) -> (Fields, Bytes) {
    let endpoint = "https://api.example.org".parse().unwrap();
    let provider = Provider::new("main", ProviderKind::Anthropic, endpoint);
    let service = ServiceBuilder::new()
        .layer(layer)
        .layer(LlmUpstreamLayer::new(provider))
        .service(service_fn(
            move |_: Request<Peeked<Full<Bytes>>>| async move {
                let media = match answer.starts_with("event") {
                    true => "text/event-stream",
                    false => "application/json",
                };
                let response = Response::builder().header("content-type", media);
                Ok::<_, Infallible>(response.body(Body::from(Bytes::from(answer))).unwrap())
            },
        ));
    let request = Request::post(path)
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {KEY}"))
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap();
    let spans = Spans::default();
    let guard = tracing::subscriber::set_default(spans.clone());
    let response = service.oneshot(request).await.unwrap();
    let given = response.into_body().collect().await.unwrap().to_bytes();
    drop(guard);
    let spans = spans.0.lock().unwrap().clone();
    let [call] = <[Fields; 1]>::try_from(spans).unwrap();
    (call, given)
}

fn recording() -> LlmLayer {
    LlmLayer::new().record_content(true)
}

fn value(span: &Fields, field: &str) -> Value {
    serde_json::from_str(&span[field]).unwrap()
}

fn has_content(span: &Fields) -> bool {
    [INPUT, OUTPUT, SYSTEM, TOOLS]
        .iter()
        .any(|field| span.contains_key(field))
}

#[tokio::test]
async fn the_span_of_a_call_has_what_is_said_in_every_dialect() {
    for (path, body) in REQUESTS {
        let (streaming, stream) = as_stream(path, body);
        for (path, body, answer) in [(path, body, WHOLE), (&streaming, &stream, STREAM)] {
            let (span, given) = asked(recording(), path, body, answer).await;
            let mut input = value(&span, INPUT);
            // Gemini's answers of tools are objects.
            let response = &mut input[2]["parts"][0]["response"];
            if *response == json!({"output": "three"}) {
                *response = json!("three");
            }
            assert_eq!(
                input,
                json!([
                    {"role": "user", "parts": [
                        {"type": "text", "content": "sum"},
                        {"type": "blob", "modality": "image", "mime_type": "image/png", "bytes": 3},
                    ]},
                    {"role": "assistant", "parts": [
                        {"type": "tool_call", "id": "c1", "name": "add", "arguments": {"a": 1}},
                    ]},
                    {"role": "tool", "parts": [
                        {"type": "tool_call_response", "id": "c1", "response": "three"},
                    ]},
                ]),
                "{path}"
            );
            let system = json!([{"type": "text", "content": "be brief"}]);
            assert_eq!(value(&span, SYSTEM), system, "{path}");
            let parameters = json!({"type": "object"});
            let tools = json!([{"type": "function", "name": "add", "description": "adds", "parameters": parameters}]);
            assert_eq!(value(&span, TOOLS), tools, "{path}");
            assert_eq!(
                value(&span, OUTPUT),
                json!([{"role": "assistant", "finish_reason": "tool_call", "parts": [
                    {"type": "text", "content": "I add."},
                    {"type": "tool_call", "id": "t1", "name": "add", "arguments": {"b": 2}},
                ]}]),
                "{path}: {}",
                String::from_utf8_lossy(&given)
            );
            let all = format!("{span:?}");
            assert!(!all.contains(KEY) && !all.contains("QUJD"), "{all}");
        }
    }
}

#[tokio::test]
async fn by_default_no_span_has_what_is_said() {
    for (path, body) in REQUESTS {
        let (streaming, stream) = as_stream(path, body);
        for (path, body, answer) in [(path, body, WHOLE), (&streaming, &stream, STREAM)] {
            let (span, given) = asked(LlmLayer::new(), path, body, answer).await;
            assert!(!has_content(&span), "{path}: {span:#?}");
            let all = format!("{span:?}");
            for said in ["sum", "be brief", "three", "I add", "adds"] {
                assert!(!all.contains(said), "{path}: {all}");
            }
            // What passes is the same with and without.
            if path == "/v1/messages" {
                let (_, recorded) = asked(recording(), path, body, answer).await;
                assert_eq!((&given, given.as_ref()), (&recorded, answer.as_bytes()));
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_a_json_array_of_chunks_is_recorded() {
    let path = "/v1beta/models/m:streamGenerateContent";
    let (span, given) = asked(recording(), path, REQUESTS[3].1, STREAM).await;
    assert!(given.starts_with(b"["), "{given:?}");
    assert_eq!(value(&span, OUTPUT)[0]["parts"][0]["content"], "I add.");
}

#[tokio::test]
async fn attributes_have_a_limit() {
    let body = format!(
        r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":"{}"}}]}}"#,
        "word ".repeat(1000)
    );
    let layer = recording().max_content_bytes(1024);
    let (span, _) = asked(layer, "/v1/messages", &body, WHOLE).await;
    assert!((800..=1024).contains(&span[INPUT].len()), "{}", span[INPUT]);
    let parts = &value(&span, INPUT)[0]["parts"];
    assert_eq!(parts[1]["type"], "truncated");
    assert_eq!(value(&span, OUTPUT)[0]["finish_reason"], "tool_call");
}

#[tokio::test]
async fn a_stream_that_breaks_off_has_what_was_said_before() {
    let cut = &STREAM[..STREAM.find("event: content_block_stop").unwrap()];
    let (path, body) = as_stream(REQUESTS[2].0, REQUESTS[2].1);
    let (span, _) = asked(recording(), &path, &body, cut).await;
    let said = json!([{"role": "assistant", "parts": [{"type": "text", "content": "I add."}]}]);
    assert_eq!(value(&span, OUTPUT), said);
    assert_eq!(span["agentgateway.end"], "truncated");
}

#[tokio::test]
async fn a_stream_that_fails_or_cannot_be_read_on_has_what_was_said_before() {
    let said = &STREAM[..STREAM.find("event: content_block_stop").unwrap()];
    let expected = json!([{"role": "assistant", "parts": [{"type": "text", "content": "I add."}]}]);
    for rest in [
        r#"event: error
data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}

"#,
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":7}\n\n",
        "event: content_block_delta\ndata: no JSON\n\n",
    ] {
        let answer: &'static str = String::leak(format!("{said}{rest}"));
        for (path, body) in REQUESTS {
            let (path, body) = as_stream(path, body);
            let (span, _) = asked(recording(), &path, &body, answer).await;
            assert_eq!(value(&span, OUTPUT), expected, "{path}: {rest}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_left_out_and_passes() {
    // The call can be read, its messages cannot.
    let body = r#"{"model":"m","max_tokens":9,"messages":7}"#;
    for answer in [
        r#"{"type":"message","content":7}"#,
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":7}\n\n",
    ] {
        let (span, given) = asked(recording(), "/v1/messages", body, answer).await;
        assert!(!has_content(&span), "{span:#?}");
        assert!(given.starts_with(answer.as_bytes()), "{given:?}");
    }
}

#[tokio::test]
async fn vectors_and_counts_are_not_read() {
    for (path, body) in [
        ("/v1/embeddings", r#"{"model":"m","input":"sum"}"#),
        ("/v1/completions", r#"{"model":"m","prompt":"sum"}"#),
        (
            "/v1/messages/count_tokens",
            r#"{"model":"m","messages":[{"role":"user","content":"sum"}]}"#,
        ),
    ] {
        let (span, _) = asked(recording(), path, body, r#"{"input_tokens":1}"#).await;
        assert!(!has_content(&span), "{path}: {span:#?}");
    }
}

#[tokio::test]
async fn an_error_is_no_answer_and_what_was_asked_stands() {
    for (path, body) in REQUESTS {
        let (streaming, stream) = as_stream(path, body);
        for (path, body) in [(path, body), (&*streaming, &*stream)] {
            for (status, media, answer) in [
                (403, "application/json", r#"{"error":{"message":"no"}}"#),
                (429, "text/event-stream", STREAM),
                (200, "application/json", r#"{"error":{"message":"no"}}"#),
                (200, "application/json", "no"),
                (200, "application/json", "[[{}"),
                (200, "text/plain", WHOLE),
                (200, "text/event-stream", "data: \u{feff}no\n\ndata"),
                (200, "application/vnd.amazon.eventstream", "no frame at all"),
                (204, "application/json", ""),
            ] {
                let service = recording().layer(service_fn(
                    move |_: Request<Peeked<Full<Bytes>>>| async move {
                        let response = Response::builder()
                            .status(status)
                            .header("content-type", media);
                        Ok::<_, Infallible>(response.body(Full::new(Bytes::from(answer))).unwrap())
                    },
                ));
                let request = Request::post(path).header("content-type", "application/json");
                let request = request
                    .body(Full::new(Bytes::from(body.to_owned())))
                    .unwrap();
                let spans = Spans::default();
                let guard = tracing::subscriber::set_default(spans.clone());
                let response = service.oneshot(request).await.unwrap();
                let _ = response.into_body().collect().await;
                drop(guard);
                let span = spans.0.lock().unwrap().remove(0);
                assert!(span.contains_key(INPUT), "{path}: {status} {answer}");
                assert!(
                    !span.contains_key(OUTPUT),
                    "{path}: {status} {answer}: {span:#?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_stream_of_any_dialect_cut_anywhere_has_what_was_said_before() {
    let answer = codec_of(LlmDialect::AnthropicMessages)
        .unwrap()
        .decode_response(&DecodeContext::default(), WHOLE.as_bytes())
        .unwrap();
    let paths = REQUESTS.map(|(path, body)| as_stream(path, body));
    let array = "/v1beta/models/m:streamGenerateContent".to_owned();
    let array = [(array, REQUESTS[3].1.to_owned())];
    for (path, body) in paths.into_iter().chain(array) {
        let (dialect, media) = match &*path {
            "/v1/chat/completions" => (LlmDialect::OpenAiChat, "text/event-stream"),
            "/v1/responses" => (LlmDialect::OpenAiResponses, "text/event-stream"),
            "/v1/messages" => (LlmDialect::AnthropicMessages, "text/event-stream"),
            "/model/m/converse-stream" => (
                LlmDialect::BedrockConverse,
                "application/vnd.amazon.eventstream",
            ),
            path if path.ends_with("sse") => (LlmDialect::Gemini, "text/event-stream"),
            _ => (LlmDialect::Gemini, "application/json"),
        };
        let mut context = AnswerContext::default();
        context.as_array = media == "application/json";
        let mut encoder = codec_of(dialect).unwrap().stream_encoder(&context);
        let mut stream = BytesMut::new();
        replay(&answer, &mut |event: Event<'_>| {
            encoder.encode(&event, &mut stream)
        })
        .unwrap();
        let stream = stream.freeze();
        let mut longest = 0;
        for end in 0..=stream.len() {
            let said = stream.slice(..end);
            let service = recording().layer(service_fn(move |_: Request<Peeked<Full<Bytes>>>| {
                let response = Response::builder().header("content-type", media);
                let response = response.body(Full::new(said.clone())).unwrap();
                async move { Ok::<_, Infallible>(response) }
            }));
            let request = Request::post(&path).header("content-type", "application/json");
            let request = request.body(Full::new(Bytes::from(body.clone()))).unwrap();
            let spans = Spans::default();
            let guard = tracing::subscriber::set_default(spans.clone());
            let response = service.oneshot(request).await.unwrap();
            let _ = response.into_body().collect().await;
            drop(guard);
            let span = spans.0.lock().unwrap().remove(0);
            let Some(output) = span.get(OUTPUT) else {
                assert_eq!(longest, 0, "{path} up to {end}: gone");
                continue;
            };
            assert!(
                output.len() >= longest || output.contains("arguments"),
                "{path}: {output}"
            );
            longest = output.len();
            let parts = &value(&span, OUTPUT)[0]["parts"];
            let text = parts[0]["content"].as_str().unwrap();
            assert!("I add.".starts_with(text), "{path}: {parts}");
            if end == stream.len() {
                assert_eq!(parts[1]["arguments"], json!({"b": 2}), "{path}");
                assert_eq!(span["agentgateway.end"], "complete", "{path}");
            }
        }
        assert!(longest > 0, "{path}");
    }
}

#[tokio::test]
async fn of_a_long_request_with_images_the_span_has_little() {
    let image = format!(
        r#"{{"type":"image","source":{{"type":"base64","media_type":"image/png","data":"{}"}}}}"#,
        "QUJD".repeat(2 * 1024 * 1024)
    );
    let tools: Vec<String> = (0..2000)
        .map(|at| {
            format!(
                r#"{{"name":"t{at}","input_schema":{{"type":"object","\n":"{}"}}}}"#,
                "x".repeat(1000)
            )
        })
        .collect();
    let body = format!(
        r#"{{"model":"m","max_tokens":9,"tools":[{}],"messages":[{{"role":"user","content":[{image},{image},
        {{"type":"text","text":"{}"}}]}}]}}"#,
        tools.join(","),
        "what? ".repeat(1024 * 1024),
    );
    let layer = recording()
        .max_content_bytes(512)
        .max_body_bytes(64 * 1024 * 1024);
    let (span, _) = asked(layer, "/v1/messages", &body, WHOLE).await;
    for field in [INPUT, TOOLS, OUTPUT] {
        assert!(span[field].len() <= 512, "{}", span[field].len());
        value(&span, field);
    }
    let parts = &value(&span, INPUT)[0]["parts"];
    assert_eq!(parts[0]["bytes"], 3 * 2 * 1024 * 1024);
    assert_eq!(parts[3]["type"], "truncated");
    assert!(!format!("{span:?}").contains("QUJD"));
}

/// What real providers were told, and said, can be read: none of it is missing.
#[tokio::test]
async fn the_span_of_each_recorded_call_has_what_was_said() {
    let forms = ["stream", "unary"].into_iter();
    for recording in forms.flat_map(support::recordings) {
        let at = &recording.name;
        let spans = Spans::default();
        let guard = tracing::subscriber::set_default(spans.clone());
        let answer = vec![recording.answer.clone().into_bytes()];
        let told = support::exchange(&recording, answer).await;
        drop(guard);
        let span = spans.0.lock().unwrap().remove(0);
        for field in [INPUT, OUTPUT] {
            let messages = span
                .get(field)
                .map(|text| (text.len(), value(&span, field)));
            let (bytes, messages) = messages.unwrap_or_else(|| panic!("{at}: no {field}"));
            assert!(bytes <= 64 * 1024, "{at}");
            for message in messages.as_array().unwrap() {
                let parts = message["parts"].as_array().unwrap();
                assert!(
                    message["role"].is_string()
                        && parts.iter().all(|part| part["type"].is_string()),
                    "{at}"
                );
                let ended = field == OUTPUT && told.end == support::Ended::Complete;
                assert_eq!(message["finish_reason"].is_string(), ended, "{at}");
            }
        }
    }
}
