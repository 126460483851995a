use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use agentgateway_core::{Peeked, upstream::Endpoint};
use bytes::Bytes;
use http::{HeaderName, Request, Response, StatusCode, header, request};
use http_body_util::{BodyExt, Full};
use proptest::prelude::*;
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};

use super::*;
use crate::{LlmDialect, LlmLayer, wire};

mod counts;
mod credentials;
mod custom_tools;
mod destinations;
mod json_mode;
mod usage;

type Sent = Full<Bytes>;

/// A stream of Anthropic's.
const HELLO: &str = concat!(
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"r\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"hello\"}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
);

/// What reached the provider.
struct Received {
    head: request::Parts,
    body: String,
}

impl Received {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name).map(|v| v.to_str().unwrap())
    }
}

fn provider(kind: ProviderKind) -> Provider {
    let endpoint: Endpoint = "https://api.example.org".parse().unwrap();
    Provider::new("p", kind, endpoint)
}

fn post(path: &str, body: &str) -> Request<Sent> {
    Request::post(path)
        .header("content-type", "application/json")
        .header("content-length", body.len())
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap()
}

/// Sends a request through both layers, to a provider that answers with this stream.
async fn through(
    provider: Provider,
    request: Request<Sent>,
    content_type: &'static str,
    answer: &'static str,
) -> (Response<Bytes>, Option<Received>) {
    let received = Arc::new(Mutex::new(None));
    let service = ServiceBuilder::new()
        .layer(LlmLayer::new())
        .layer(LlmUpstreamLayer::new(provider))
        .service(service_fn({
            let received = Arc::clone(&received);
            move |request: Request<Peeked<Sent>>| {
                let received = Arc::clone(&received);
                async move {
                    let (head, body) = request.into_parts();
                    let body = body.collect().await.unwrap().to_bytes();
                    let body = String::from_utf8(body.to_vec()).unwrap();
                    *received.lock().unwrap() = Some(Received { head, body });
                    let response = Response::builder().header("content-type", content_type);
                    Ok::<_, Infallible>(response.body(Full::new(Bytes::from(answer))).unwrap())
                }
            }
        }));
    let (head, body) = service.oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let received = received.lock().unwrap().take();
    (Response::from_parts(head, body), received)
}

async fn sent(provider: Provider, request: Request<Sent>) -> Received {
    let (response, received) = through(provider, request, "application/json", "{}").await;
    received.unwrap_or_else(|| panic!("refused: {response:?}"))
}

async fn refused(provider: Provider, request: Request<Sent>) -> (StatusCode, String) {
    let (response, received) = through(provider, request, "application/json", "{}").await;
    assert!(received.is_none());
    let text = String::from_utf8(response.body().to_vec()).unwrap();
    (response.status(), text)
}

/// Fault L34 (part): fields and events that nobody knows: pass.
#[tokio::test]
async fn directs_a_call_and_leaves_its_body() {
    let body = r#" {"messages": [], "model":"m", "seed":1e400} "#;
    let endpoint: Endpoint = "http://10.0.0.1:9/base".parse().unwrap();
    let provider = Provider::new("p", ProviderKind::OpenAi, endpoint);
    let received = sent(provider, post("/v1/chat/completions?api-version=1", body)).await;
    let uri = "http://10.0.0.1:9/base/v1/chat/completions?api-version=1";
    assert_eq!(received.head.uri, uri);
    assert_eq!(received.body, body);
    let length = body.len().to_string();
    assert_eq!(received.header("content-length"), Some(length.as_str()));
    let identity = received.head.extensions.get::<LlmProvider>().unwrap();
    assert_eq!((identity.name(), identity.semantic_name()), ("p", "openai"));
}

#[tokio::test]
async fn another_model_is_asked_for() {
    let received = sent(
        provider(ProviderKind::OpenAi).model("own/\"model\""),
        post("/v1/responses", r#"{"model" : "m\u006f" ,"input":"model"}"#),
    )
    .await;
    let body = r#"{"model" : "own/\"model\"" ,"input":"model"}"#;
    assert_eq!(received.body, body);
    let length = body.len().to_string();
    assert_eq!(received.header("content-length"), Some(length.as_str()));

    let gemini = provider(ProviderKind::Gemini).model("a/../b:c?d#e");
    let path = "/v1beta/models/g:streamGenerateContent?alt=sse";
    let received = sent(gemini, post(path, r#"{"model":"m"}"#)).await;
    let expected = "/v1beta/models/a%2F..%2Fb%3Ac%3Fd%23e:streamGenerateContent?alt=sse";
    assert_eq!(received.head.uri.path_and_query().unwrap(), expected);
    assert_eq!(received.body, r#"{"model":"m"}"#);

    let bedrock = provider(ProviderKind::Bedrock).model("arn:aws:x/y");
    let received = sent(bedrock, post("/model/m/converse-stream", "{}")).await;
    let expected = "/model/arn%3Aaws%3Ax%2Fy/converse-stream";
    assert_eq!(received.head.uri.path_and_query().unwrap(), expected);
}

/// Events that came in one piece are written in one piece, whatever they become.
#[tokio::test]
async fn what_came_together_leaves_together() {
    for (path, body) in [
        (
            "/v1/chat/completions",
            r#"{"model":"m","stream":true,"stream_options":{"include_usage":true},"max_tokens":9,"messages":[{"role":"user","content":"hi"}]}"#,
        ),
        (
            "/v1/responses",
            r#"{"model":"m","stream":true,"max_output_tokens":16,"input":"hi"}"#,
        ),
        (
            "/v1/messages",
            r#"{"model":"m","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"hi"}]}"#,
        ),
    ] {
        let service = ServiceBuilder::new()
            .layer(LlmLayer::new())
            .layer(LlmUpstreamLayer::new(provider(ProviderKind::Anthropic)))
            .service(service_fn(|_: Request<Peeked<Sent>>| async {
                let response = Response::builder().header("content-type", "text/event-stream");
                Ok::<_, Infallible>(response.body(Sent::from(HELLO)).unwrap())
            }));
        let mut body = service.oneshot(post(path, body)).await.unwrap().into_body();
        let mut frames = Vec::new();
        while let Some(frame) = body.frame().await {
            frames.push(frame.unwrap().into_data().unwrap());
        }
        let text = String::from_utf8_lossy(&frames.concat()).into_owned();
        assert!(text.contains("hello"), "{path}: {text}");
        assert_eq!(frames.len(), 1, "{path}: {text}");
    }
}

#[tokio::test]
async fn what_cannot_be_translated_is_refused_in_the_clients_own_dialect() {
    let request = post("/v1/messages/count_tokens", r#"{"model":"m"}"#);
    let chat = provider(ProviderKind::OpenAi).dialects(&[LlmDialect::OpenAiChat]);
    let (status, text) = refused(chat, request).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let words = "count_tokens of Anthropic Messages has no counterpart at the provider";
    assert!(text.starts_with(r#"{"type":"error","#), "{text}");
    assert!(text.contains(words), "{text}");
}

#[tokio::test]
async fn the_credential_opens_calls_and_lists_of_models_alone() {
    let openai = provider(ProviderKind::OpenAi);
    let get = |path: &str| Request::get(path).body(Sent::default()).unwrap();
    for path in ["/v1/models", "/v1/models/gpt-5"] {
        let received = sent(openai.clone(), get(path)).await;
        assert_eq!(received.head.uri.path(), path);
        assert_eq!(received.header("content-length"), None);
    }
    for path in [
        "/v1/files",
        "/v1/models/../files",
        "/v1/models/%2e%2e/files",
    ] {
        assert_eq!(refused(openai.clone(), get(path)).await.0, 404, "{path}");
    }
    let files = post("/v1/files", "{}");
    sent(openai.clone().allow_other_paths(true), files).await;
    // A call that was not read has no model that a policy could have looked at.
    let mut unread = post("/v1/chat/completions", r#"{"model":"m"}"#);
    unread.headers_mut().remove("content-type");
    let (status, text) = refused(openai.allow_other_paths(true), unread).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(text.contains("application/json"), "{text}");
}

/// Else limits of tokens and rules about models would be passed over, where other paths go on.
#[tokio::test]
async fn a_call_under_another_spelling_of_its_path_is_refused() {
    let openai = || provider(ProviderKind::OpenAi).allow_other_paths(true);
    for path in [
        "/v1/chat/completions/",
        "/v1/chat/complet%69ons",
        "/v1/chat%2Fcompletions",
        "/v1/chat//./completions//",
        "/v1/Chat/Completions",
        "/v1/chat/completions/x/..",
        "/v1/models/m%3AgenerateContent",
        "/v2/rerank/",
    ] {
        let (status, text) = refused(openai(), post(path, r#"{"model":"m"}"#)).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(text.contains("as the API has it"), "{text}");
    }
    for path in [
        "/v1/files/",
        "/v1/images/generations",
        "/v1/responses/r/cancel",
    ] {
        sent(openai(), post(path, "{}")).await;
    }
}

/// Fault L36: an HTML page for an answer: 502, and no HTML.
#[tokio::test]
async fn an_html_page_is_no_answer() {
    let request = post("/v1/chat/completions", r#"{"model":"m"}"#);
    let openai = provider(ProviderKind::OpenAi);
    let (response, _) = through(openai, request, "text/html; charset=utf-8", "<p>").await;
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    assert!(!response.body().starts_with(b"<"));
}

#[tokio::test]
async fn a_body_that_a_layer_replaced_is_read_anew() {
    let service = LlmLayer::new().layer(service_fn(|mut request: Request<Peeked<Sent>>| {
        let other = Bytes::from_static(br#"{"stream":true,"input":[],"model":"m"}"#);
        request.body_mut().replace_read([other]);
        let layer = LlmUpstreamLayer::new(provider(ProviderKind::OpenAi).model("own"));
        layer
            .layer(service_fn(|request: Request<Peeked<Sent>>| async {
                let body = request.into_body().collect().await.unwrap().to_bytes();
                Ok::<_, Infallible>(Response::new(Full::new(body)))
            }))
            .oneshot(request)
    }));
    let request = post("/v1/responses", r#"{"model":"m","stream":true}"#);
    let response = service.oneshot(request).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, r#"{"stream":true,"input":[],"model":"own"}"#);
}

/// JSON values in odd spellings.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("-0.0e+7".to_owned()),
        Just(r#""model""#.to_owned()),
        Just(r#""\u007b\"stream_options\":{}""#.to_owned()),
        "[a-z {}:,]{0,9}".prop_map(|text| format!("\"{text}\"")),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|v| format!("[{}]", v.join(" , "))),
            prop::collection::vec(inner, 0..4).prop_map(|values| {
                let members = values.iter().map(|value| format!("\"model\" :{value}"));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

proptest! {
    /// Fault S19 (part): an edit of one member: all other bytes stay.
    #[test]
    fn each_splice_touches_its_own_range_alone(
        before in prop::collection::vec(value(), 0..3),
        after in prop::collection::vec(value(), 0..3),
        model in "[a-z\"\\\\é]{1,8}",
        own in "[a-z\"\\\\é]{1,8}",
        options in 0..5_usize,
        options_first: bool,
        space in "[ \t\r\n]{0,3}",
    ) {
        let model_member = |model: &str| format!("\"model\":{space}{}", serde_json::json!(model));
        let (present, edited) = [
            (None, None),
            (Some("null".to_owned()), Some("{\"include_usage\":true}".to_owned())),
            (Some(format!("{{{space}}}")), Some(format!("{{\"include_usage\":true{space}}}"))),
            (
                Some("{\"x\":{\"include_usage\":1}}".to_owned()),
                Some("{\"include_usage\":true,\"x\":{\"include_usage\":1}}".to_owned()),
            ),
            (
                Some(format!("{{\"include_usage\":{space}false}}")),
                Some(format!("{{\"include_usage\":{space}true}}")),
            ),
        ][options].clone();
        let write = |model: &str, options: &Option<String>| {
            let mut named = vec![model_member(model)];
            if let Some(options) = options {
                let at = if options_first { 0 } else { 1 };
                named.insert(at, format!("\"stream_options\"{space}:{options}"));
            }
            let members: Vec<_> = before
                .iter()
                .enumerate()
                .map(|(at, value)| format!("\"b{at}\":{value}"))
                .chain(named)
                .chain(after.iter().enumerate().map(|(at, value)| format!("\"a{at}\":{value}")))
                .collect();
            members.join(&format!("{space},"))
        };
        let body = format!("{space}{{{space}{}}}{space}", write(&model, &present));
        let added = if options == 0 { "\"stream_options\":{\"include_usage\":true}," } else { "" };
        let expected = format!("{space}{{{added}{space}{}}}{space}", write(&own, &edited));

        let bytes = Bytes::from(body);
        let places = wire::read_places(LlmDialect::OpenAiChat, &bytes).unwrap();
        let edits = splice::Edits { model: Some(&own), inject_usage: true };
        let pieces = edits.apply(bytes, &places).unwrap();
        prop_assert_eq!(pieces.into_bytes(), expected.as_bytes());
    }
}

#[tokio::test]
async fn paths_are_made_of_what_the_provider_is_asked_for() {
    let own = provider(ProviderKind::OpenAi).paths(|call| {
        Some(format!(
            "/{}/{}/{}",
            call.dialect, call.operation, call.model
        ))
    });
    let body = r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#;
    let request = post("/v1beta/models/g:generateContent", body);
    let (_, received) = through(own.model("m"), request, "application/json", "{}").await;
    let received = received.unwrap();
    assert_eq!(received.head.uri.path(), "/openai-chat/chat/m");
    let attempt = received.head.extensions.get::<LlmAttempt>().unwrap();
    assert_eq!(attempt.model(), Some("m"));
}
