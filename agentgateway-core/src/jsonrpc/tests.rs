use std::{error::Error as _, time::Duration};

use bytes::Bytes;
use http::StatusCode;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::{Error, ErrorKind, error::Origin, json::Raw};

fn kind(json: &'static str) -> EnvelopeKind {
    let body = Bytes::from_static(json.as_bytes());
    Envelope::peek(&body).unwrap().kind
}

fn refuse(json: impl Into<Bytes>) -> EnvelopeError {
    let json = json.into();
    match Envelope::peek(&json) {
        Ok(envelope) => panic!("{envelope:?} was accepted"),
        Err(error) => error,
    }
}

#[test]
fn reads_a_request_in_place() {
    let body = Bytes::from_static(
        br#" {"method":"tools\/call","params":{"a":1e400},"x":0,"id": 1.50 ,"jsonrpc":"2.0"}"#,
    );
    let call = Envelope::peek(&body).unwrap();
    assert_eq!(call.kind, EnvelopeKind::Request);
    assert_eq!(call.method.as_deref(), Some("tools/call"));
    assert_eq!(call.params.unwrap().get(), r#"{"a":1e400}"#);
    let id = call.id.unwrap();
    assert_eq!(id.as_raw(), b"1.50");
    assert!(body.as_ptr_range().contains(&id.as_raw().as_ptr()));
    assert!(call.result.is_none() && call.error.is_none());
}

#[test]
fn tells_the_kinds_apart() {
    use EnvelopeKind::{Notification, Request, Response};

    for (expected, json) in [
        (Request, r#"{"jsonrpc":"2.0","id":"","method":"m"}"#),
        (
            Request,
            r#"{"jsonrpc":"2.0","id":-0,"method":"m","params":[]}"#,
        ),
        (Notification, r#"{"jsonrpc":"2.0","method":"m"}"#),
        (Response, r#"{"jsonrpc":"2.0","id":1,"result":null}"#),
        (Response, r#"{"jsonrpc":"2.0","id":null,"result":{}}"#),
        (
            Response,
            r#"{"jsonrpc":"2.0","id":1,"result":{},"error":null}"#,
        ),
        (
            Response,
            r#"{"jsonrpc":"2.0","id":1,"result":null,"error":{}}"#,
        ),
        (
            Response,
            r#"{"jsonrpc":"2.0","id":null,"error":{"code":1}}"#,
        ),
        (Response, r#"{"jsonrpc":"2.0","error":{"code":1}}"#),
        (
            Request,
            r#"{"json\u0072pc":"\u0032.0","id":1,"method":"m"}"#,
        ),
    ] {
        assert_eq!(kind(json), expected, "{json}");
    }
}

#[test]
fn params_that_are_null_count_as_missing() {
    let body = Bytes::from_static(br#"{"jsonrpc":"2.0","id":7,"method":"m","params":null}"#);
    let envelope = Envelope::peek(&body).unwrap();
    assert_eq!(envelope.kind, EnvelopeKind::Request);
    assert!(envelope.params.is_none());
}

#[test]
fn a_null_beside_the_answer_counts_as_missing() {
    let body = Bytes::from_static(br#"{"jsonrpc":"2.0","id":1,"result":null,"error":null}"#);
    let answer = Envelope::peek(&body).unwrap();
    assert!(answer.result.is_some() && answer.error.is_none());

    let body = Bytes::from_static(br#"{"jsonrpc":"2.0","id":1,"result":null,"error":{}}"#);
    let answer = Envelope::peek(&body).unwrap();
    assert!(answer.result.is_none() && answer.error.is_some());
}

/// Fault S15: a member twice, also in another spelling of its name: refused where it decides something.
#[test]
fn refuses_what_is_not_a_message_and_keeps_its_id() {
    for json in [
        r#"{"id":7}"#,
        r#"{"jsonrpc":"2.0","id":7}"#,
        r#"{"jsonrpc":"1.0","id":7,"method":"m"}"#,
        r#"{"jsonrpc":2.0,"id":7,"method":"m"}"#,
        r#"{"id":7,"method":"m"}"#,
        r#"{"jsonrpc":"2.0","id":7,"method":null}"#,
        r#"{"jsonrpc":"2.0","id":7,"method":"\ud800"}"#,
        r#"{"jsonrpc":"2.0","id":7,"method":"m","params":"p"}"#,
        r#"{"jsonrpc":"2.0","id":7,"method":"m","result":null}"#,
        r#"{"jsonrpc":"2.0","id":7,"method":"m","error":{}}"#,
        r#"{"jsonrpc":"2.0","id":7,"result":1,"error":{}}"#,
        r#"{"jsonrpc":"2.0","id":7,"error":null}"#,
        r#"{"jsonrpc":"2.0","id":7,"error":"no"}"#,
        r#"{"jsonrpc":"2.0","id":7,"method":"m","method":"m"}"#,
        r#"{"jsonrpc":"2.0","id":7,"method":"m","m\u0065thod":"n"}"#,
        r#"{"jsonrpc":"2.0","jsonrpc":"2.0","id":7,"method":"m"}"#,
        r#"{"jsonrpc":"2.0","id":7,"method":"m","params":{},"params":{}}"#,
        r#"{"jsonrpc":"2.0","id":7,"result":1,"result":2}"#,
        r#"{"jsonrpc":"2.0","id":7,"error":{},"error":{}}"#,
    ] {
        let error = refuse(json);
        assert_eq!(error.code(), code::INVALID_REQUEST, "{json}");
        assert_eq!(error.id(), Some(&RpcId::from(7)), "{json}");
        assert!(!error.is_batch());
        assert_eq!(Error::from(error).kind(), ErrorKind::InvalidRequest);
    }
}

/// Fault M08 (part): ids that are null, an object, a list, true: refused; all others, `1` and `"1"` among them, are repeated byte for byte.
#[test]
fn refuses_ids_that_are_none() {
    for json in [
        r#"{"jsonrpc":"2.0","id":true,"method":"m"}"#,
        r#"{"jsonrpc":"2.0","id":{},"method":"m"}"#,
        r#"{"jsonrpc":"2.0","id":[1],"result":1}"#,
        r#"{"jsonrpc":"2.0","id":1,"id":1,"method":"m"}"#,
        r#"{"jsonrpc":"2.0","id":1,"\u0069d":2,"method":"m"}"#,
        r#"{"jsonrpc":"2.0","result":1}"#,
    ] {
        let error = refuse(json);
        assert_eq!(
            (error.code(), error.id()),
            (code::INVALID_REQUEST, None),
            "{json}"
        );
    }
    let error = refuse(r#"{"jsonrpc":"2.0","id":null,"method":"m"}"#);
    assert_eq!(error.id(), Some(&RpcId::null()));
}

/// Fault S14: JSON nested to the limit, over it, and a million deep: refused before it is parsed.
#[test]
fn what_is_not_json_is_a_parse_error() {
    for json in [
        "",
        "{",
        "nope",
        "[1,",
        "{\"jsonrpc\":\"2.0\"}x",
        "\u{feff}{}",
    ] {
        let error = refuse(json);
        assert_eq!(
            (error.code(), error.is_batch()),
            (code::PARSE_ERROR, false),
            "{json}"
        );
        assert!(error.source().is_some());
    }
    assert_eq!(refuse("[".repeat(1_000_000)).code(), code::PARSE_ERROR);
    let error = refuse("{\"id\":1 2}");
    assert_eq!(
        error.encode(),
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\
         \"message\":\"not JSON at line 1, column 9: expected `,` or `}`\"}}"
    );
}

/// Fault M07: a batch, an empty one too: 400, with a hint.
#[test]
fn a_batch_is_told() {
    for json in ["[]", " [{\"jsonrpc\":\"2.0\",\"method\":\"m\"}]"] {
        let error = refuse(json);
        assert!(error.is_batch());
        assert_eq!(error.code(), code::INVALID_REQUEST);
    }
    let error = refuse("1");
    assert_eq!(
        (error.code(), error.is_batch()),
        (code::INVALID_REQUEST, false)
    );
}

// === RpcId ===

/// Fault S16: numbers of any size and spelling: kept as they were written.
/// Fault M08 (part): ids that are null, an object, a list, true: refused; all others, `1` and `"1"` among them, are repeated byte for byte.
#[test]
fn ids_are_what_was_written() {
    let ids = [
        "1",
        "\"1\"",
        "null",
        "1.0",
        "-0",
        "1e400",
        "12345678901234567890123",
        "\"\\ud800\"",
    ];
    for (n, text) in ids.into_iter().enumerate() {
        let id = RpcId::parse(text).unwrap();
        assert_eq!(id.as_raw(), text.as_bytes());
        assert_eq!(id.to_bytes(), text);
        assert_eq!(id.detached(), id);
        for (m, other) in ids.into_iter().enumerate() {
            assert_eq!(id == RpcId::parse(other).unwrap(), n == m);
        }
        let kinds = [id.is_null(), id.is_string(), id.is_number()];
        assert_eq!(kinds.into_iter().filter(|kind| *kind).count(), 1);
    }
    assert_eq!(RpcId::from(1), RpcId::parse(" 1 ").unwrap());
    assert_eq!(RpcId::string("a\"b").as_raw(), br#""a\"b""#);
    for text in ["", "true", "{}", "[]", "1 2", "x", "\"", "\u{feff}1"] {
        assert_eq!(RpcId::parse(text), None, "{text}");
    }
    assert_eq!(RpcId::parse(&b"\"\xff\""[..]), None);
}

#[test]
fn ids_are_shown_short_and_harmless() {
    assert_eq!(RpcId::string("é").to_string(), "\"é\"");
    let long = RpcId::string(&"é".repeat(1 << 20)).to_string();
    assert_eq!(long.chars().count(), 65);
    assert!(long.ends_with('…'));
    assert_eq!(RpcId::string("\n\u{85}").to_string(), "\"\\n\u{fffd}\"");
    assert_eq!(format!("{:?}", RpcId::null()), "RpcId(null)");
}

// === errors ===

#[test]
fn gateway_codes_are_outside_of_the_reserved_range() {
    assert_eq!(code::gateway(StatusCode::TOO_MANY_REQUESTS), -31429);
    for status in 100..=999 {
        let code = code::gateway(StatusCode::from_u16(status).unwrap());
        assert!(!(-32768..=-32000).contains(&code), "{code}");
    }
}

#[test]
fn says_errors_of_the_gateway() {
    let error = Error::new(ErrorKind::RateLimited, "too many calls")
        .with_retry_after(Duration::from_millis(1500));
    let said = from_error(&error);
    assert_eq!(RpcError::from(&error), said);
    assert_eq!(
        said.encode(&RpcId::string("x")),
        "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"error\":{\"code\":-31429,\
         \"message\":\"too many calls\",\"data\":{\"origin\":\"gateway\",\
         \"kind\":\"rate_limited\",\"retryAfterMs\":1500}}}"
    );

    let id = crate::context::RequestId::new("r\"1").unwrap();
    let named = from_error(&Error::new(ErrorKind::NotFound, "none").with_request_id(id));
    let data: Value = serde_json::from_slice(&named.data.unwrap()).unwrap();
    assert_eq!(data["requestId"], "r\"1");

    for (kind, code, origin) in [
        (ErrorKind::InvalidRequest, -32600, "gateway"),
        (ErrorKind::Internal, -32603, "gateway"),
        (ErrorKind::Forbidden, -31403, "gateway"),
        (ErrorKind::TooLarge, -31413, "gateway"),
        (ErrorKind::Timeout, -31504, "upstream"),
        (ErrorKind::BadAnswer, -31502, "upstream"),
    ] {
        let said = from_error(&Error::new(kind, "no"));
        assert_eq!(said.code, code);
        let data: Value = serde_json::from_slice(&said.data.unwrap()).unwrap();
        assert_eq!(data["origin"], origin);
        assert_eq!(data["kind"], kind.as_str());
        assert!(data.get("retryAfterMs").is_none());
    }
    let said = from_error(&Error::new(ErrorKind::Forbidden, "no").with_origin(Origin::Upstream));
    assert!(said.data.unwrap().starts_with(br#"{"origin":"upstream""#));
}

#[test]
fn reads_the_code_of_an_error() {
    let code = |json: &str| error_code(Raw::parse(json.as_bytes()).unwrap());
    assert_eq!(code(r#"{"code":-32601,"message":""}"#), Some(-32601));
    assert_eq!(code(r#"{"code":0}"#), Some(0));
    for json in [
        r#"{"code":"1"}"#,
        r#"{"code":1.5}"#,
        "{}",
        "[]",
        "null",
        r#"{"code":1,"code":2}"#,
    ] {
        assert_eq!(code(json), None, "{json}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(error) = Envelope::peek(&Bytes::from(bytes)) {
            prop_assert!(serde_json::from_slice::<Value>(&error.encode()).is_ok());
        }
    }

    #[test]
    fn any_members_are_answered(
        members in prop::collection::vec(
            (
                prop::sample::select(vec!["jsonrpc", "id", "method", "params", "result", "error"]),
                prop::sample::select(vec!["\"2.0\"", "1", "null", "{}", "[]", "\"m\"", "\"\\ud800\""]),
            ),
            0..8,
        ),
    ) {
        let members: Vec<_> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        let body = Bytes::from(format!("{{{}}}", members.join(",")));
        match Envelope::peek(&body) {
            Ok(message) => {
                prop_assert_eq!(message.method.is_some(), message.kind != EnvelopeKind::Response);
                prop_assert!(message.kind != EnvelopeKind::Request || message.id.is_some());
            }
            Err(error) => prop_assert_eq!(error.code(), code::INVALID_REQUEST),
        }
    }

    #[test]
    fn an_encoded_error_is_a_response(number: i64, message: String, id: String) {
        let id = RpcId::string(&id);
        let body = RpcError::new(number, message.clone()).encode(&id);
        let answer = Envelope::peek(&body).unwrap();
        prop_assert_eq!(answer.id, Some(id));
        prop_assert_eq!(answer.error.and_then(error_code), Some(number));
        let tree: Value = serde_json::from_slice(&body).unwrap();
        prop_assert_eq!(&tree["error"]["message"], &Value::from(message));
    }
}
