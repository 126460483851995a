use std::time::Duration;

use agentgateway_core::ErrorKind;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{
    super::super::{Codec, Fault},
    AnthropicMessages,
};

fn read(status: u16, headers: &[(&'static str, &str)], body: &str) -> Fault {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, value.parse().unwrap());
    }
    let status = StatusCode::from_u16(status).unwrap();
    AnthropicMessages.decode_fault(status, &map, body.as_bytes())
}

#[test]
fn errors_of_every_form_are_read() {
    for (status, body, kind, message, type_name, code) in [
        (
            429,
            r#"{"type":"error","error":{"type":"rate_limit_error","message":"slow"},"request_id":"r"}"#,
            ErrorKind::RateLimited,
            "slow",
            Some("rate_limit_error"),
            None,
        ),
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"m","details":{"error_code":"c"}}}"#,
            ErrorKind::InvalidRequest,
            "m",
            Some("invalid_request_error"),
            Some("c"),
        ),
        (
            402,
            r#"{"error":{"type":"billing_error","message":"pay"}}"#,
            ErrorKind::Forbidden,
            "pay",
            Some("billing_error"),
            None,
        ),
        (
            529,
            r#"{"error":{"message":"busy","type":"x","code":"y"}}"#,
            ErrorKind::Overloaded,
            "busy",
            Some("x"),
            Some("y"),
        ),
        (
            500,
            r#"{"error":"plain"}"#,
            ErrorKind::BadAnswer,
            "plain",
            None,
            None,
        ),
        (
            403,
            r#"{"message":"denied"}"#,
            ErrorKind::Forbidden,
            "denied",
            None,
            None,
        ),
        (
            502,
            "<html>",
            ErrorKind::BadAnswer,
            "the provider answered with status 502",
            None,
            None,
        ),
        (
            504,
            "",
            ErrorKind::Timeout,
            "the provider answered with status 504",
            None,
            None,
        ),
    ] {
        let fault = read(status, &[], body);
        assert_eq!(fault.kind, kind, "{body}");
        assert_eq!(fault.message, message, "{body}");
        assert_eq!(fault.type_name.as_deref(), type_name, "{body}");
        assert_eq!(fault.code.as_deref(), code, "{body}");
        assert_eq!(fault.status.unwrap().as_u16(), status);
    }
    let soon = read(429, &[("retry-after", "3"), ("retry-after-ms", "2500")], "");
    assert_eq!(soon.retry_after, Some(Duration::from_millis(2500)));
    let later = read(429, &[("retry-after", "3")], "");
    assert_eq!(later.retry_after, Some(Duration::from_secs(3)));
}

#[test]
fn errors_are_said_in_the_dialects_words() {
    let status = |status: u16| Some(StatusCode::from_u16(status).unwrap());
    for (kind, told, type_name, expected, word) in [
        (
            ErrorKind::InvalidRequest,
            status(400),
            Some("invalid_request_error"),
            400,
            "invalid_request_error",
        ),
        (
            ErrorKind::InvalidRequest,
            status(422),
            Some("ValidationException"),
            422,
            "invalid_request_error",
        ),
        (
            ErrorKind::Forbidden,
            status(402),
            None,
            402,
            "billing_error",
        ),
        (
            ErrorKind::Forbidden,
            status(403),
            None,
            403,
            "permission_error",
        ),
        (
            ErrorKind::RateLimited,
            status(429),
            Some("insufficient_quota"),
            429,
            "rate_limit_error",
        ),
        (
            ErrorKind::Overloaded,
            status(503),
            Some("UNAVAILABLE"),
            529,
            "overloaded_error",
        ),
        (
            ErrorKind::BadAnswer,
            status(424),
            Some("ModelErrorException"),
            502,
            "api_error",
        ),
        (ErrorKind::BadAnswer, status(500), None, 500, "api_error"),
        (ErrorKind::Timeout, status(408), None, 504, "timeout_error"),
        (ErrorKind::TooLarge, None, None, 413, "request_too_large"),
        (ErrorKind::Unavailable, None, None, 502, "api_error"),
        (
            ErrorKind::NotAcceptable,
            None,
            None,
            406,
            "invalid_request_error",
        ),
    ] {
        let mut fault = Fault::new(kind, "words");
        fault.status = told;
        fault.type_name = type_name.map(Into::into);
        let answer = AnthropicMessages.encode_fault(&fault);
        assert_eq!(answer.status().as_u16(), expected, "{kind:?}");
        assert_eq!(answer.headers()["content-type"], "application/json");
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(
            body,
            json!({"type": "error", "error": {"type": word, "message": "words"}})
        );
    }
    let mut fault = Fault::new(ErrorKind::RateLimited, "slow");
    fault.retry_after = Some(Duration::from_millis(1500));
    fault.code = Some("rate_limit_exceeded".into());
    let answer = AnthropicMessages.encode_fault(&fault);
    assert_eq!(answer.headers()["retry-after"], "2");
    assert_eq!(answer.headers()["retry-after-ms"], "1500");
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(
        body["error"]["details"]["error_code"],
        "rate_limit_exceeded"
    );
}

#[test]
fn an_error_may_come_as_a_success() {
    for (body, kind) in [
        (
            r#"{"type":"error","error":{"type":"overloaded_error","message":"busy"}}"#,
            Some(ErrorKind::Overloaded),
        ),
        (
            r#"{"error":{"type":"api_error","message":"busy"}}"#,
            Some(ErrorKind::BadAnswer),
        ),
        (
            r#"{"type":"message","content":[{"type":"tool_use","input":{"error":"x"}}]}"#,
            None,
        ),
        (r#"{"type":"message","error":null}"#, None),
        (r#"{"type":"error""#, None),
    ] {
        let fault = AnthropicMessages.fault_in(body.as_bytes());
        assert_eq!(fault.as_ref().map(|fault| fault.kind), kind, "{body}");
        if let Some(fault) = fault {
            assert_eq!(fault.message, "busy");
        }
    }
}
