use std::time::Duration;

use agentgateway_core::ErrorKind;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{
    super::super::{Codec, Fault},
    OpenAiResponses,
};

fn read(status: u16, headers: &[(&'static str, &str)], body: &str) -> Fault {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, value.parse().unwrap());
    }
    let status = StatusCode::from_u16(status).unwrap();
    OpenAiResponses.decode_fault(status, &map, body.as_bytes())
}

#[test]
fn every_shape_of_an_error_is_read() {
    for (body, message, code) in [
        (
            r#"{"error":{"message":"m","type":"t","param":"p","code":"c"}}"#,
            "m",
            Some("c"),
        ),
        (r#"{"error":{"message":"m","code":429}}"#, "m", Some("429")),
        (r#"{"error":"m"}"#, "m", None),
        (r#"{"message":"m"}"#, "m", None),
        (r#"{"detail":"m"}"#, "m", None),
        ("m", "m", None),
        (
            "<html>",
            "the provider answered with the status 429 Too Many Requests",
            None,
        ),
    ] {
        let fault = read(429, &[], body);
        assert_eq!(fault.kind, ErrorKind::RateLimited);
        assert_eq!(fault.message, message);
        assert_eq!(fault.code.as_deref(), code);
    }
}

#[test]
fn the_milliseconds_count_before_the_seconds() {
    let headers = [("retry-after", "7"), ("retry-after-ms", "120")];
    let fault = read(429, &headers, "{}");
    assert_eq!(fault.retry_after, Some(Duration::from_millis(120)));
    let fault = read(503, &headers[..1], "{}");
    assert_eq!(fault.retry_after, Some(Duration::from_secs(7)));
}

#[test]
fn errors_of_other_dialects_are_said_in_this_ones_words() {
    let mut fault = Fault::new(ErrorKind::Overloaded, "busy");
    fault.status = StatusCode::from_u16(529).ok();
    fault.type_name = Some("overloaded_error".to_owned());
    fault.retry_after = Some(Duration::from_secs(2));
    let answer = OpenAiResponses.encode_fault(&fault);
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "2");
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(
        body,
        json!({"error": {"message": "busy", "type": "server_error", "param": null,
            "code": "overloaded"}})
    );
    let fault = read(
        429,
        &[],
        r#"{"error":{"message":"m","type":"insufficient_quota","code":"insufficient_quota"}}"#,
    );
    let answer = OpenAiResponses.encode_fault(&fault);
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(body["error"]["type"], "insufficient_quota");
    assert_eq!(body["error"]["code"], "insufficient_quota");
}
