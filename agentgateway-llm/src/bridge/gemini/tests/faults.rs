use std::time::Duration;

use agentgateway_core::ErrorKind;
use http::{HeaderMap, StatusCode};

use super::{
    super::super::{codec::Codec, fault::Fault},
    super::Gemini,
    support::value,
};

fn decoded(status: u16, body: &str) -> Fault {
    let status = StatusCode::from_u16(status).unwrap();
    Gemini.decode_fault(status, &HeaderMap::new(), body.as_bytes())
}

#[test]
fn errors_are_read_in_every_shape() {
    let quota = r#"{"error":{"code":429,"message":"slow","status":"RESOURCE_EXHAUSTED","details":[
        {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RATE_LIMIT_EXCEEDED"},
        {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}]}}"#;
    for body in [quota.to_owned(), format!("[{quota}\n]\n")] {
        let fault = decoded(429, &body);
        assert_eq!(fault.kind, ErrorKind::RateLimited);
        assert_eq!(fault.message, "slow");
        assert_eq!(fault.type_name.as_deref(), Some("RESOURCE_EXHAUSTED"));
        assert_eq!(fault.code.as_deref(), Some("RATE_LIMIT_EXCEEDED"));
        assert_eq!(fault.retry_after, Some(Duration::from_millis(34_400)));
    }
    let key = r#"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT",
        "details":[{"reason":"API_KEY_INVALID"},{"fieldViolations":[{"field":"contents"}]}]}}"#;
    let fault = decoded(400, key);
    assert_eq!(fault.kind, ErrorKind::Unauthenticated);
    assert_eq!(fault.param.as_deref(), Some("contents"));
    for (status, body, message) in [
        (502, "<html>", "the provider answered with status 502"),
        (500, "", "the provider answered with status 500"),
        (503, " busy\n", "busy"),
        (503, r#"{"error":"busy"}"#, "busy"),
        (503, r#"{"error":{}}"#, "the provider reported an error"),
    ] {
        let fault = decoded(status, body);
        assert_eq!(fault.message, message);
        assert_eq!(fault.status.map(|status| status.as_u16()), Some(status));
    }
}

#[test]
fn headers_say_when_to_come_again() {
    let mut headers = HeaderMap::new();
    headers.insert("retry-after", "7".parse().unwrap());
    let fault = Gemini.decode_fault(StatusCode::SERVICE_UNAVAILABLE, &headers, b"");
    assert_eq!(fault.kind, ErrorKind::Overloaded);
    assert_eq!(fault.retry_after, Some(Duration::from_secs(7)));
}

#[test]
fn errors_of_others_are_told_in_gemini_codes() {
    for (status, expected, word) in [
        (Some(529), 503, "UNAVAILABLE"),
        (Some(424), 502, "UNAVAILABLE"),
        (Some(402), 403, "PERMISSION_DENIED"),
        (Some(404), 404, "NOT_FOUND"),
        (Some(413), 413, "INVALID_ARGUMENT"),
        (Some(504), 504, "DEADLINE_EXCEEDED"),
        (None, 429, "RESOURCE_EXHAUSTED"),
    ] {
        let mut fault = Fault::new(ErrorKind::RateLimited, "m");
        fault.status = status.map(|status| StatusCode::from_u16(status).unwrap());
        fault.type_name = Some("overloaded_error".into());
        let told = Gemini.encode_fault(&fault);
        assert_eq!(told.status().as_u16(), expected);
        let body = value(std::str::from_utf8(told.body()).unwrap());
        assert_eq!(body["error"]["status"], word);
        assert_eq!(body["error"]["code"], expected);
    }
}

#[test]
fn what_was_told_comes_back() {
    let mut fault = Fault::new(ErrorKind::RateLimited, "slow");
    fault.status = Some(StatusCode::TOO_MANY_REQUESTS);
    fault.type_name = Some("RESOURCE_EXHAUSTED".into());
    fault.code = Some("insufficient_quota".into());
    fault.param = Some("contents".into());
    fault.retry_after = Some(Duration::from_millis(1500));
    let told = Gemini.encode_fault(&fault);
    assert_eq!(told.headers()["retry-after"], "2");
    assert_eq!(told.headers()["content-type"], "application/json");
    let read = Gemini.decode_fault(told.status(), &HeaderMap::new(), told.body());
    assert_eq!(read, fault);
    assert!(told.body().starts_with(b"{\"error\":"));
}
