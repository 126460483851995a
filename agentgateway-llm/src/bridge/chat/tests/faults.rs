use std::time::Duration;

use agentgateway_core::ErrorKind;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::{
    super::{super::Fault, fault::fault_in},
    *,
};

fn decoded(status: u16, headers: &[(&'static str, &str)], body: &str) -> Fault {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, value.parse().unwrap());
    }
    let status = StatusCode::from_u16(status).unwrap();
    OpenAiChat.decode_fault(status, &map, body.as_bytes())
}

#[test]
fn error_answers_are_read_in_all_shapes() {
    for (status, body, kind, message) in [
        (
            400,
            r#"{"error":{"message":"m","type":"invalid_request_error","param":"p","code":"c"}}"#,
            ErrorKind::InvalidRequest,
            "m",
        ),
        (
            429,
            r#"{"error":{"code":429,"message":"m","metadata":{"raw":"r","provider_name":"G"}},"user_id":"u"}"#,
            ErrorKind::RateLimited,
            "m: r",
        ),
        (
            404,
            r#"{"error":"no such model"}"#,
            ErrorKind::NotFound,
            "no such model",
        ),
        (
            400,
            r#"{"object":"error","message":"m","type":"BadRequestError","param":null,"code":400}"#,
            ErrorKind::InvalidRequest,
            "m",
        ),
        (
            422,
            r#"{"detail":[{"loc":["body"],"msg":"m"}]}"#,
            ErrorKind::InvalidRequest,
            r#"[{"loc":["body"],"msg":"m"}]"#,
        ),
        (
            401,
            r#"{"detail":"Unauthorized"}"#,
            ErrorKind::Unauthenticated,
            "Unauthorized",
        ),
        (
            400,
            r#"[{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}]"#,
            ErrorKind::InvalidRequest,
            "m",
        ),
        (
            500,
            "upstream fell over",
            ErrorKind::BadAnswer,
            "upstream fell over",
        ),
        (
            502,
            "<html>nginx</html>",
            ErrorKind::BadAnswer,
            "the provider answered 502 Bad Gateway",
        ),
        (
            503,
            "",
            ErrorKind::Overloaded,
            "the provider answered 503 Service Unavailable",
        ),
        (
            529,
            "{}",
            ErrorKind::Overloaded,
            "the provider answered 529 an error",
        ),
    ] {
        let fault = decoded(status, &[], body);
        assert_eq!(
            (fault.kind, fault.message.as_str()),
            (kind, message),
            "{body}"
        );
        assert_eq!(fault.status.map(|status| status.as_u16()), Some(status));
    }
}

#[test]
fn when_to_come_again_is_read() {
    for (headers, body, millis) in [
        (&[("retry-after", "2")][..], "", Some(2000)),
        (
            &[("retry-after", "2"), ("retry-after-ms", "1500")],
            "",
            Some(1500),
        ),
        (
            &[("retry-after-ms", "soon"), ("retry-after", "3")],
            "",
            Some(3000),
        ),
        (
            &[],
            r#"[{"error":{"details":[{"@type":"x"},{"retryDelay":"34.4s"}]}}]"#,
            Some(34_400),
        ),
        (&[], r#"{"error":{"details":[{"retryDelay":"-1s"}]}}"#, None),
    ] {
        let fault = decoded(429, headers, body);
        assert_eq!(
            fault.retry_after,
            millis.map(Duration::from_millis),
            "{headers:?}{body}"
        );
    }
}

#[test]
fn faults_within_answers_are_found() {
    let found = |body: &str| fault_in(body.as_bytes()).map(|fault| (fault.kind, fault.message));
    let bad = ErrorKind::BadAnswer;
    for (body, expected) in [
        (
            r#"{"error":{"message":"m","code":400}}"#,
            Some((ErrorKind::InvalidRequest, "m")),
        ),
        (
            r#"{"error":{"message":"m","code":"429"},"choices":[]}"#,
            Some((ErrorKind::RateLimited, "m")),
        ),
        (
            r#"{"error":{"message":"m","type":"rate_limit_error"}}"#,
            Some((ErrorKind::RateLimited, "m")),
        ),
        (
            r#"{"error":{"message":"m","type":"overloaded_error"}}"#,
            Some((ErrorKind::Overloaded, "m")),
        ),
        (
            r#"{"error":{"message":"m","code":"context_length_exceeded"}}"#,
            Some((ErrorKind::InvalidRequest, "m")),
        ),
        (r#"{"error":"m"}"#, Some((bad, "m"))),
        (r#"{"object":"error","message":"m"}"#, Some((bad, "m"))),
        (
            r#"{"choices":[{"error":{"code":502,"message":"m"}}]}"#,
            Some((bad, "m")),
        ),
        (r#"{"error":null,"choices":[]}"#, None),
        (r#"{"error":{},"choices":[]}"#, None),
        (r#"{"error":false}"#, None),
        (r#"{"error":""}"#, None),
        ("nothing", None),
    ] {
        let expected = expected.map(|(kind, message)| (kind, message.to_owned()));
        assert_eq!(found(body), expected, "{body}");
    }
}

#[test]
fn error_answers_are_what_the_schema_demands() {
    let mut fault = Fault::new(ErrorKind::Overloaded, "busy");
    fault.status = StatusCode::from_u16(529).ok();
    fault.type_name = Some("overloaded_error".into());
    fault.retry_after = Some(Duration::from_millis(1500));
    let answer = OpenAiChat.encode_fault(&fault);
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "2");
    assert_eq!(answer.headers()["retry-after-ms"], "1500");
    assert_eq!(answer.headers()["content-type"], "application/json");
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    let expected = json!({"error": {"message": "busy", "type": "server_error", "param": null, "code": "overloaded_error"}});
    assert_eq!(body, expected);

    let mut fault = Fault::new(ErrorKind::RateLimited, "none left");
    fault.type_name = Some("insufficient_quota".into());
    fault.code = Some("insufficient_quota".into());
    fault.param = Some("model".into());
    let answer = OpenAiChat.encode_fault(&fault);
    assert_eq!(answer.status(), 429);
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    let expected = json!({"error": {"message": "none left", "type": "insufficient_quota", "param": "model", "code": "insufficient_quota"}});
    assert_eq!(body, expected);

    for (told, said) in [(424, 502), (200, 502), (418, 418)] {
        let mut fault = Fault::new(ErrorKind::BadAnswer, "m");
        fault.status = StatusCode::from_u16(told).ok();
        assert_eq!(OpenAiChat.encode_fault(&fault).status(), said);
    }
}
