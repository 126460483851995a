use std::{convert::Infallible, time::Duration};

use agentgateway_core::{Error, ErrorKind, Peeked, context::RequestId};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use tower::{Layer, ServiceExt, service_fn};

use super::support::*;
use crate::{LlmDialect, LlmLayer, LlmOperation};

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

    let call = call_of(post(
        "/model/us.m-v1%3A0/converse-stream",
        r#"{"inferenceConfig":{"maxTokens":5,"topP":0.1,"temperature":1}}"#,
    ))
    .await
    .unwrap()
    .unwrap();
    assert_eq!(call.dialect(), LlmDialect::BedrockConverse);
    assert_eq!(call.operation(), LlmOperation::Chat);
    assert_eq!((call.model(), call.stream()), ("us.m-v1:0", true));
    assert_eq!((call.max_tokens(), call.top_p()), (Some(5), Some("0.1")));
    assert_eq!(call.temperature(), Some("1"));
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

/// Fault L11: a model that leaves its place in a path, or holds a line feed: 400 in the dialect.
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
            "/v2/rerank",
            r#"{"query":"q","documents":["d"]}"#,
            r#"{"message":"the request names no model: send the member \"model\" with a string"}"#,
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
            "/v1/models/..%2ff:generateContent",
            "{}",
            r#"{"error":{"code":400,"message":"the model's name must not have . or .. between slashes","status":"INVALID_ARGUMENT"}}"#,
        ),
        (
            "/v1/models/%0d:generateContent",
            "{}",
            r#"{"error":{"code":400,"message":"the model's name must have 1 to 512 bytes and no control characters","status":"INVALID_ARGUMENT"}}"#,
        ),
        (
            "/model/x%2f..%2Fy/converse",
            "{}",
            r#"{"message":"the model's name must not have . or .. between slashes"}"#,
        ),
        (
            "/model/%2e/converse-stream",
            "{}",
            r#"{"message":"the model's name must not have . or .. between slashes"}"#,
        ),
        (
            "/model/m/converse",
            r#"{"inferenceConfig":[]}"#,
            r#"{"message":"the request body cannot be read: expected an object, found an array"}"#,
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

/// Fault H47 (part): a request body at the limit and over it: 413, the service is not called.
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
        (LlmDialect::BedrockConverse, r#"{"message":"slow down"}"#),
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
async fn bedrock_is_told_the_exception_in_a_header() {
    for (kind, status, exception) in [
        (ErrorKind::InvalidRequest, 400, "ValidationException"),
        (
            ErrorKind::Unauthenticated,
            401,
            "UnrecognizedClientException",
        ),
        (ErrorKind::Forbidden, 403, "AccessDeniedException"),
        (ErrorKind::NotFound, 404, "ResourceNotFoundException"),
        (ErrorKind::RateLimited, 429, "ThrottlingException"),
        (ErrorKind::BadAnswer, 502, "ModelErrorException"),
        (ErrorKind::Overloaded, 503, "ServiceUnavailableException"),
        (ErrorKind::Timeout, 504, "ModelTimeoutException"),
    ] {
        let mut request = post("/model/m/converse", "{}");
        let id = RequestId::new("r1").unwrap();
        request.extensions_mut().insert(id);
        let response = failed(request, Error::new(kind, "no")).await;
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["x-amzn-errortype"], exception);
        assert_eq!(response.headers()["x-amzn-requestid"], "r1");
        assert_eq!(response.headers()["content-type"], "application/json");
        assert!(!response.headers().contains_key("x-should-retry"));
        assert_eq!(response.body(), r#"{"message":"no"}"#);
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
async fn the_id_of_the_request_is_told_where_a_dialect_has_a_place_for_it() {
    let asked = |dialect, body: &str| {
        let mut request = post(path_of(dialect), body);
        let id = RequestId::new("r\"1").unwrap();
        request.extensions_mut().insert(id);
        request
    };
    for (dialect, expected) in [
        (LlmDialect::AnthropicMessages, r#"},"request_id":"r\"1"}"#),
        (
            LlmDialect::Gemini,
            r#"{"@type":"type.googleapis.com/google.rpc.RequestInfo","requestId":"r\"1"}"#,
        ),
        (LlmDialect::OpenAiChat, r#""code":"unavailable"}}"#),
    ] {
        let error = Error::new(ErrorKind::Unavailable, "no");
        let response = failed(asked(dialect, r#"{"model":"m"}"#), error).await;
        let text = std::str::from_utf8(response.body()).unwrap();
        assert!(text.contains(expected), "{text}");
    }
    let refused = call_of(asked(LlmDialect::AnthropicMessages, "{}")).await;
    let body = refused.unwrap_err().into_body();
    assert!(body.ends_with(br#"},"request_id":"r\"1"}"#), "{body:?}");
}
