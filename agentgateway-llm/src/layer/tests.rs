use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use agentgateway_core::{BoxError, Error, ErrorKind, Peeked, body::End};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Channel, Full, channel::Sender};
use tower::{Layer, ServiceExt, service_fn};

use super::*;
use crate::{LlmCall, LlmDialect, LlmOperation, LlmReport, upstream::UsageInjected};

type Sent = Full<Bytes>;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<(String, LlmReport)>>>);

impl Log {
    fn layer(&self) -> LlmLayer {
        let log = Arc::clone(&self.0);
        LlmLayer::new().on_finished(move |finished| {
            let end = match finished.end {
                End::Failed(error) => format!("failed {}", error.kind().as_str()),
                end => end.as_str().to_owned(),
            };
            log.lock().unwrap().push((end, finished.report.clone()));
        })
    }

    fn only(&self) -> (String, LlmReport) {
        let mut log = self.0.lock().unwrap();
        assert_eq!(log.len(), 1);
        log.remove(0)
    }
}

fn post(path: &str, body: &str) -> Request<Sent> {
    Request::post(path)
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap()
}

fn path_of(dialect: LlmDialect) -> &'static str {
    match dialect {
        LlmDialect::OpenAiChat => "/v1/chat/completions",
        LlmDialect::OpenAiResponses => "/v1/responses",
        LlmDialect::AnthropicMessages => "/v1/messages",
        LlmDialect::Gemini => "/v1beta/models/g:streamGenerateContent?alt=sse",
    }
}

const DIALECTS: [LlmDialect; 4] = [
    LlmDialect::OpenAiChat,
    LlmDialect::OpenAiResponses,
    LlmDialect::AnthropicMessages,
    LlmDialect::Gemini,
];

/// What the service inside is given.
async fn call_of(request: Request<Sent>) -> Result<Option<LlmCall>, Response<Bytes>> {
    let seen = Arc::new(Mutex::new(None));
    let inner = Arc::clone(&seen);
    let service = LlmLayer::new().layer(service_fn(move |request: Request<Peeked<Sent>>| {
        *inner.lock().unwrap() = Some(request.extensions().get::<LlmCall>().cloned());
        async { Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())) }
    }));
    let (head, body) = service.oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let seen = seen.lock().unwrap().take();
    seen.ok_or_else(|| Response::from_parts(head, body))
}

/// What the client is given for this answer of the service.
async fn answered(
    layer: LlmLayer,
    request: Request<Sent>,
    answer: Response<Full<Bytes>>,
) -> Response<Bytes> {
    let answer = Mutex::new(Some(answer));
    let answer = Arc::new(answer);
    let service = layer.layer(service_fn(move |_: Request<Peeked<Sent>>| {
        let answer = answer.lock().unwrap().take().unwrap();
        async { Ok::<_, Infallible>(answer) }
    }));
    let (head, body) = service.oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Response::from_parts(head, body)
}

fn stream(body: &str) -> Response<Full<Bytes>> {
    Response::builder()
        .header("content-type", "text/event-stream")
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap()
}

fn json(status: u16, body: &str) -> Response<Full<Bytes>> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap()
}

async fn relayed(dialect: LlmDialect, body: &str) -> (String, String, LlmReport) {
    let log = Log::default();
    let request = post(path_of(dialect), r#"{"model":"m","stream":true}"#);
    let response = answered(log.layer(), request, stream(body)).await;
    let text = String::from_utf8(response.into_body().to_vec()).unwrap();
    let (end, report) = log.only();
    (text, end, report)
}

#[tokio::test]
async fn reads_what_a_call_says() {
    let call = call_of(post(
        "/v1/chat/completions",
        r#"{"model":"m\u006f","stream":true,"stream_options":{"include_usage":true},"n":2,
        "max_tokens":7,"max_completion_tokens":9,"temperature":0.50,"top_p":1e0}"#,
    ))
    .await
    .unwrap()
    .unwrap();
    assert_eq!(call.dialect(), LlmDialect::OpenAiChat);
    assert_eq!(call.operation(), LlmOperation::Chat);
    assert_eq!((call.model(), call.stream()), ("mo", true));
    assert_eq!((call.max_tokens(), call.choice_count()), (Some(9), Some(2)));
    assert_eq!(call.temperature(), Some("0.50"));
    assert_eq!(call.top_p(), Some("1e0"));
    assert!(call.asks_for_usage());

    let call = call_of(post(
        "/v1beta/models/gemini%20x:streamGenerateContent?alt=sse",
        r#"{"generationConfig":{"maxOutputTokens":5,"topP":0.1,"candidateCount":3}}"#,
    ))
    .await
    .unwrap()
    .unwrap();
    assert_eq!(call.operation(), LlmOperation::GenerateContent);
    assert_eq!((call.model(), call.stream()), ("gemini x", true));
    assert_eq!((call.max_tokens(), call.choice_count()), (Some(5), Some(3)));
    assert_eq!(call.top_p(), Some("0.1"));
}

#[tokio::test]
async fn what_is_no_call_passes() {
    let body = r#"{"model":1}"#;
    let mut get = post("/v1/chat/completions", body);
    *get.method_mut() = Method::GET;
    let mut form = post("/v1/messages", body);
    let media = "application/x-www-form-urlencoded".parse().unwrap();
    form.headers_mut().insert(header::CONTENT_TYPE, media);
    for request in [get, form, post("/v1/files", body)] {
        assert_eq!(call_of(request).await.unwrap(), None);
    }
}

#[tokio::test]
async fn refuses_in_the_dialect_and_names_the_member() {
    for (path, body, expected) in [
        (
            "/v1/chat/completions",
            r#"{"messages":[]}"#,
            r#"{"error":{"message":"the request names no model: send the member \"model\" with a string","type":"invalid_request_error","param":"model","code":null}}"#,
        ),
        (
            "/v1/embeddings",
            r#"{"model":null}"#,
            r#"{"error":{"message":"the member \"model\" must be a string, found null","type":"invalid_request_error","param":"model","code":null}}"#,
        ),
        (
            "/v1/messages",
            r#"{"model":"a","x":{"model":"b","model":"c"},"m\u006fdel":"d"}"#,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"the request body cannot be read: the member \"model\" occurs a second time at byte 43; send it once"}}"#,
        ),
        (
            "/v1/responses",
            r#"{"model":"a","stream":"yes"}"#,
            r#"{"error":{"message":"the member \"stream\" must be true or false, found a string","type":"invalid_request_error","param":"stream","code":null}}"#,
        ),
        (
            "/v1/models/g:generateContent",
            "[]",
            r#"{"error":{"code":400,"message":"the request body cannot be read: expected an object, found an array","status":"INVALID_ARGUMENT"}}"#,
        ),
        (
            "/v1/models/%0d:generateContent",
            "{}",
            r#"{"error":{"code":400,"message":"the model's name must have 1 to 512 bytes and no control characters","status":"INVALID_ARGUMENT"}}"#,
        ),
    ] {
        let refused = call_of(post(path, body)).await.unwrap_err();
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
        assert_eq!(refused.headers()["content-type"], "application/json");
        assert_eq!(refused.body(), expected, "{path}");
    }
}

#[tokio::test]
async fn nested_data_may_repeat_names() {
    let body = r#"{"model":"a","messages":[{"model":1,"model":2,"stream":{},"stream":[]}]}"#;
    let call = call_of(post("/v1/chat/completions", body)).await.unwrap();
    assert_eq!(call.unwrap().model(), "a");
}

#[tokio::test]
async fn refuses_coded_and_long_bodies() {
    for dialect in DIALECTS {
        let mut coded = post(path_of(dialect), "{}");
        coded
            .headers_mut()
            .insert("content-encoding", "gzip".parse().unwrap());
        let refused = call_of(coded).await.unwrap_err();
        assert_eq!(refused.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let text = std::str::from_utf8(refused.body()).unwrap();
        assert!(text.contains("without content-encoding"), "{text}");

        let log = Log::default();
        let layer = log.layer().max_body_bytes(3);
        let response = answered(layer, post(path_of(dialect), "{    }"), json(200, "")).await;
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(log.only().0, "failed too_large");
    }
}

#[tokio::test]
async fn asks_the_service_for_identity() {
    let mut request = post("/v1/chat/completions", r#"{"model":"m"}"#);
    request
        .headers_mut()
        .insert("accept-encoding", "gzip".parse().unwrap());
    let service = LlmLayer::new().layer(service_fn(|request: Request<Peeked<Sent>>| async move {
        assert!(!request.headers().contains_key("accept-encoding"));
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    }));
    service.oneshot(request).await.unwrap();
}

async fn failed(request: Request<Sent>, error: Error) -> Response<Bytes> {
    let error = Arc::new(Mutex::new(Some(error)));
    let service = LlmLayer::new().layer(service_fn(move |_: Request<Peeked<Sent>>| {
        let error = error.lock().unwrap().take().unwrap();
        async { Err::<Response<Sent>, BoxError>(error.into()) }
    }));
    let (head, body) = service.oneshot(request).await.unwrap().into_parts();
    Response::from_parts(head, body.collect().await.unwrap().to_bytes())
}

#[tokio::test]
async fn errors_of_the_service_are_told_in_the_dialect() {
    let limited = || {
        Error::new(ErrorKind::RateLimited, "slow down")
            .with_retry_after(Duration::from_millis(1500))
    };
    for (dialect, expected) in [
        (
            LlmDialect::OpenAiChat,
            r#"{"error":{"message":"slow down","type":"rate_limit_error","param":null,"code":"rate_limit_exceeded"}}"#,
        ),
        (
            LlmDialect::AnthropicMessages,
            r#"{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}"#,
        ),
        (
            LlmDialect::Gemini,
            r#"{"error":{"code":429,"message":"slow down","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.5s"}]}}"#,
        ),
    ] {
        let request = post(path_of(dialect), r#"{"model":"m"}"#);
        let response = failed(request, limited()).await;
        assert_eq!(response.body(), expected);
        assert_eq!(response.headers()["retry-after"], "2");
        assert_eq!(response.headers()["retry-after-ms"], "1500");
        assert!(!response.headers().contains_key("x-should-retry"));
    }
}

#[tokio::test]
async fn statuses_and_retries_follow_the_dialect() {
    for (dialect, kind, status, retry) in [
        (
            LlmDialect::AnthropicMessages,
            ErrorKind::Overloaded,
            529,
            None,
        ),
        (LlmDialect::OpenAiChat, ErrorKind::Overloaded, 503, None),
        (
            LlmDialect::OpenAiResponses,
            ErrorKind::Forbidden,
            403,
            Some("false"),
        ),
        (
            LlmDialect::AnthropicMessages,
            ErrorKind::NotFound,
            404,
            Some("false"),
        ),
        (LlmDialect::Gemini, ErrorKind::NotFound, 404, None),
        (LlmDialect::OpenAiChat, ErrorKind::Timeout, 504, None),
    ] {
        let request = post(path_of(dialect), r#"{"model":"m"}"#);
        let response = failed(request, Error::new(kind, "no")).await;
        assert_eq!(response.status(), status);
        let told = response.headers().get("x-should-retry");
        assert_eq!(told.map(|value| value.to_str().unwrap()), retry);
    }
}

#[tokio::test]
async fn strangers_are_answered_in_the_likeliest_dialect() {
    for (path, name, expected) in [
        ("/v1/models", "accept", r#"{"error":{"message":"#),
        ("/v1/models", "anthropic-version", r#"{"type":"error","#),
        (
            "/v1beta/models/g",
            "x-goog-api-key",
            r#"{"error":{"code":502"#,
        ),
        ("/v1/messages", "accept", r#"{"type":"error","#),
    ] {
        let request = Request::get(path)
            .header(name, "x")
            .body(Sent::default())
            .unwrap();
        let response = failed(request, Error::new(ErrorKind::Unavailable, "no")).await;
        let text = std::str::from_utf8(response.body()).unwrap();
        assert!(text.starts_with(expected), "{path}: {text}");
    }
}

#[tokio::test]
async fn a_cut_stream_is_told_in_the_dialect() {
    const WORDS: &str = "the stream ended without its end marker: the answer is not complete";
    for (dialect, sent, event) in [
        (
            LlmDialect::OpenAiChat,
            "data: {\"id\":\"x\"}\n\n",
            format!(
                r#"data: {{"error":{{"message":"{WORDS}","type":"server_error","param":null,"code":"bad_answer"}}}}"#
            ),
        ),
        (
            LlmDialect::OpenAiResponses,
            "event: response.created\ndata: {\"response\":{\"id\":\"r\"},\"sequence_number\":4}\n\n",
            format!(
                "event: error\ndata: {{\"type\":\"error\",\"sequence_number\":5,\"code\":\"bad_answer\",\"message\":\"{WORDS}\",\"param\":null,\"error\":{{\"message\":\"{WORDS}\",\"type\":\"server_error\",\"param\":null,\"code\":\"bad_answer\"}}}}"
            ),
        ),
        (
            LlmDialect::AnthropicMessages,
            "event: ping\ndata: {}\n\n",
            format!(
                "event: error\ndata: {{\"type\":\"error\",\"error\":{{\"type\":\"api_error\",\"message\":\"{WORDS}\"}}}}"
            ),
        ),
        (
            LlmDialect::Gemini,
            "data: {\"candidates\":[{}]}\r\n\r\n",
            format!(r#"data: {{"error":{{"code":502,"message":"{WORDS}","status":"INTERNAL"}}}}"#),
        ),
    ] {
        let (text, end, report) = relayed(dialect, sent).await;
        assert_eq!(text, format!("{sent}{event}\n\n"));
        assert_eq!(end, "truncated");
        assert_eq!(report.error, None);
    }
}

#[tokio::test]
async fn errors_of_the_provider_pass_and_are_told() {
    for (dialect, sent, kind, end) in [
        (
            LlmDialect::OpenAiChat,
            "data: {\"id\":\"x\",\"choices\":[]}\n\ndata: {\"error\":{\"type\":\"server_error\",\"code\":400}}\n\n",
            Some("server_error"),
            "truncated",
        ),
        (
            LlmDialect::OpenAiChat,
            "data: {\"error\":{\"code\":400}}\n\ndata: [DONE]\n\n",
            Some("400"),
            "complete",
        ),
        (
            LlmDialect::OpenAiResponses,
            "event: error\ndata: {\"type\":\"error\",\"sequence_number\":2,\"error\":{\"type\":\"t\",\"code\":\"c\"}}\n\nevent: response.failed\ndata: {\"response\":{\"status\":\"failed\",\"error\":{\"code\":\"rate\"}}}\n\n",
            Some("rate"),
            "complete",
        ),
        (
            LlmDialect::OpenAiResponses,
            "data: {\"type\":\"error\",\"code\":\"flat\",\"message\":\"m\"}\n\n",
            Some("flat"),
            "truncated",
        ),
        (
            LlmDialect::AnthropicMessages,
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n",
            Some("overloaded_error"),
            "truncated",
        ),
        (
            LlmDialect::Gemini,
            "data: {\"error\":{\"code\":500,\"status\":\"INTERNAL\"}}\r\n\r\n",
            Some("INTERNAL"),
            "truncated",
        ),
    ] {
        let (text, told, report) = relayed(dialect, sent).await;
        assert_eq!(text, sent);
        assert_eq!(told, end, "{sent}");
        assert_eq!(report.error.unwrap().name(), kind, "{sent}");
    }
}

#[tokio::test]
async fn a_blocked_prompt_completes_a_gemini_stream() {
    let sent = "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}\r\n\r\n";
    let (text, end, report) = relayed(LlmDialect::Gemini, sent).await;
    assert_eq!((text.as_str(), end.as_str()), (sent, "complete"));
    assert_eq!(report.finish_reasons, ["SAFETY".into()]);
}

#[tokio::test]
async fn every_candidate_must_end() {
    let two = "data: {\"candidates\":[{\"index\":0,\"finishReason\":\"STOP\"},{\"index\":1}]}\n\n";
    assert_eq!(relayed(LlmDialect::Gemini, two).await.1, "truncated");
    let both =
        format!("{two}data: {{\"candidates\":[{{\"index\":1,\"finishReason\":\"X\"}}]}}\n\n");
    let (_, end, report) = relayed(LlmDialect::Gemini, &both).await;
    assert_eq!(end, "complete");
    assert_eq!(report.finish_reasons, ["STOP".into(), "X".into()]);
}

#[tokio::test]
async fn takes_out_the_usage_chunk_that_was_injected_and_nothing_else() {
    let filter = "data: {\"id\":\"\",\"choices\":[],\"usage\":null}\n\n";
    let text = "data: {\"id\":\"x\",\"choices\":[{\"delta\":{\"content\":\"\\\"usage\\\":1\"}}],\"usage\":null}\n\n";
    let last = "data: {\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":null}\n\n";
    let usage =
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\n";
    let done = "data: [DONE]\n\n";
    let sent = [filter, text, last, usage, done].concat();
    for injected in [true, false] {
        let log = Log::default();
        let mut answer = stream(&sent);
        if injected {
            answer.extensions_mut().insert(UsageInjected);
        }
        let request = post("/chat/completions", r#"{"model":"m","stream":true}"#);
        let response = answered(log.layer(), request, answer).await;
        let expected = if injected {
            [filter, text, last, done].concat()
        } else {
            sent.clone()
        };
        assert_eq!(response.body(), expected.as_bytes());
        let (end, report) = log.only();
        assert_eq!(end, "complete");
        assert_eq!(report.usage.unwrap().input_tokens(), Some(3));
        assert_eq!(report.finish_reasons, ["stop".into()]);
    }
}

#[tokio::test]
async fn reads_answers_that_are_no_stream() {
    for (path, status, body, end, input, fault) in [
        (
            "/v1/models/g:streamGenerateContent",
            200,
            r#"[{"usageMetadata":{"promptTokenCount":1}},{"usageMetadata":{"promptTokenCount":2,"totalTokenCount":2}}]"#,
            "complete",
            Some(2),
            None,
        ),
        (
            "/v1/models/g:streamGenerateContent",
            200,
            r#"[{"usageMetadata":{}}"#,
            "truncated",
            None,
            None,
        ),
        (
            "/v1/models/g:generateContent",
            200,
            r#"[{"error":{"status":"X"}}]"#,
            "complete",
            None,
            Some("X"),
        ),
        (
            "/v1/embeddings",
            200,
            r#"{"usage":{"prompt_tokens":8,"total_tokens":8}}"#,
            "complete",
            Some(8),
            None,
        ),
        (
            "/v1/messages/count_tokens",
            200,
            r#"{"input_tokens":8,"usage":{"input_tokens":8}}"#,
            "complete",
            None,
            None,
        ),
        ("/v1/chat/completions", 200, "", "truncated", None, None),
        (
            "/v1/chat/completions",
            500,
            "oops",
            "complete",
            None,
            Some("500"),
        ),
        (
            "/v1/responses",
            200,
            r#"{"status":"failed","error":{"code":"c"}}"#,
            "complete",
            None,
            Some("c"),
        ),
    ] {
        let log = Log::default();
        let response = answered(
            log.layer(),
            post(path, r#"{"model":"m"}"#),
            json(status, body),
        )
        .await;
        assert_eq!(response.body(), body.as_bytes());
        let (told, report) = log.only();
        assert_eq!(told, end, "{path} {body}");
        assert_eq!(report.usage.and_then(|usage| usage.input_tokens()), input);
        assert_eq!(report.error.as_ref().and_then(|e| e.name()), fault);
    }
}

#[tokio::test]
async fn an_answer_over_the_limit_passes_unread() {
    let log = Log::default();
    let body = r#"{"usage":{"prompt_tokens":8}}"#;
    let layer = log.layer().max_inspected_bytes(body.len() - 1);
    let request = post("/v1/embeddings", r#"{"model":"m"}"#);
    let response = answered(layer, request, json(200, body)).await;
    assert_eq!(response.body(), body);
    assert_eq!(log.only(), ("complete".to_owned(), LlmReport::default()));
}

/// A stream whose body is still open, and the client's side of it.
async fn open(
    log: &Log,
) -> (
    Sender<Bytes, BoxError>,
    impl http_body::Body<Data = Bytes> + Unpin,
) {
    let (mut sender, body) = Channel::<Bytes, BoxError>::new(4);
    let body = Arc::new(Mutex::new(Some(body)));
    let service = log
        .layer()
        .layer(service_fn(move |_: Request<Peeked<Sent>>| {
            let body = body.lock().unwrap().take().unwrap();
            async {
                Response::builder()
                    .header("content-type", "text/event-stream")
                    .body(body)
            }
        }));
    let chunk = Bytes::from_static(b"event: ping\ndata: {}\n\n");
    sender.send_data(chunk).await.unwrap();
    let request = post("/v1/messages", r#"{"model":"m","stream":true}"#);
    let response = service.oneshot(request).await.unwrap();
    (sender, Box::pin(response.into_body()))
}

#[tokio::test]
async fn a_broken_connection_becomes_an_event() {
    let log = Log::default();
    let (sender, body) = open(&log).await;
    sender.abort("secret words".into());
    let Ok(collected) = body.collect().await else {
        panic!("the body failed");
    };
    let text = String::from_utf8(collected.to_bytes().to_vec()).unwrap();
    let event = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"the service failed\"}}\n\n";
    assert!(text.ends_with(event), "{text}");
    assert_eq!(log.only().0, "failed unavailable");
}

#[tokio::test]
async fn a_client_that_leaves_is_told_as_dropped() {
    let log = Log::default();
    let (_sender, mut body) = open(&log).await;
    assert!(body.frame().await.is_some());
    drop(body);
    assert_eq!(log.only().0, "dropped");
}

#[test]
fn services_and_layers_travel() {
    fn travels<T: Clone + Send + Sync + 'static>() {}
    travels::<LlmLayer>();
    travels::<Llm<tower::util::BoxCloneSyncService<(), (), ()>>>();
    travels::<LlmCall>();
}
