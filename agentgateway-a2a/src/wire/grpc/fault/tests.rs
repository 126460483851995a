use agentgateway_core::{Error, ErrorKind, jsonrpc::code as rpc};
use bytes::Bytes;
use http::HeaderMap;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::RpcFault;
use crate::wire::{A2aError, A2aVersion, code};

fn trailers(fields: &[(&'static str, &str)]) -> HeaderMap {
    let fields = fields.iter();
    fields
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect()
}

fn written(fault: &RpcFault, version: A2aVersion) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    fault.write(version, &mut trailers);
    trailers
}

fn details(fault: &RpcFault) -> Value {
    serde_json::from_slice(fault.details.as_ref().unwrap()).unwrap()
}

const OF_THE_PROTOCOL: [(i64, u32, &str); 14] = [
    (code::TASK_NOT_FOUND, 5, "TASK_NOT_FOUND"),
    (code::TASK_NOT_CANCELABLE, 9, "TASK_NOT_CANCELABLE"),
    (
        code::PUSH_NOTIFICATION_NOT_SUPPORTED,
        9,
        "PUSH_NOTIFICATION_NOT_SUPPORTED",
    ),
    (code::UNSUPPORTED_OPERATION, 9, "UNSUPPORTED_OPERATION"),
    (
        code::CONTENT_TYPE_NOT_SUPPORTED,
        3,
        "CONTENT_TYPE_NOT_SUPPORTED",
    ),
    (code::INVALID_AGENT_RESPONSE, 13, "INVALID_AGENT_RESPONSE"),
    (
        code::EXTENDED_AGENT_CARD_NOT_CONFIGURED,
        9,
        "EXTENDED_AGENT_CARD_NOT_CONFIGURED",
    ),
    (
        code::EXTENSION_SUPPORT_REQUIRED,
        9,
        "EXTENSION_SUPPORT_REQUIRED",
    ),
    (code::VERSION_NOT_SUPPORTED, 9, "VERSION_NOT_SUPPORTED"),
    (rpc::PARSE_ERROR, 3, "PARSE_ERROR"),
    (rpc::INVALID_REQUEST, 3, "INVALID_REQUEST"),
    (rpc::METHOD_NOT_FOUND, 12, "METHOD_NOT_FOUND"),
    (rpc::INVALID_PARAMS, 3, "INVALID_PARAMS"),
    (rpc::INTERNAL_ERROR, 13, "INTERNAL_ERROR"),
];

#[test]
fn codes_of_the_protocol_come_back_with_their_reason() {
    for (code, status, reason) in OF_THE_PROTOCOL {
        let fault = RpcFault::new(code, "what went wrong");
        let trailers = written(&fault, A2aVersion::V1_0);
        assert_eq!(trailers["grpc-status"], status.to_string().as_str());
        assert_eq!(trailers["grpc-message"], "what went wrong");
        let back = RpcFault::read(&trailers).unwrap();
        assert_eq!((back.code, &*back.message), (code, "what went wrong"));
        assert_eq!(
            details(&back),
            json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": reason, "domain": "a2a-protocol.org"}])
        );
    }
}

#[test]
fn v0_3_knows_errors_by_the_name_in_front() {
    let fault = RpcFault::new(code::TASK_NOT_CANCELABLE, "done: already");
    let mut trailers = written(&fault, A2aVersion::V0_3);
    assert_eq!(
        trailers["grpc-message"],
        "TaskNotCancelableError: done: already"
    );
    trailers.remove("grpc-status-details-bin");
    assert_eq!(RpcFault::read(&trailers), Some(fault));
}

#[test]
fn a_status_alone_is_the_commonest_of_its_errors() {
    for (status, code) in [
        ("1", -31499),
        ("2", -32603),
        ("3", -32602),
        ("4", -31504),
        ("5", -32001),
        ("6", -31409),
        ("7", -31403),
        ("8", -31429),
        ("9", -32004),
        ("10", -31409),
        ("11", -32602),
        ("12", -32601),
        ("13", -32603),
        ("14", -31503),
        ("15", -32603),
        ("16", -31401),
        ("17", -32603),
        ("much", -32603),
        ("-1", -32603),
    ] {
        let fault = RpcFault::read(&trailers(&[("grpc-status", status)])).unwrap();
        assert_eq!((fault.code, &*fault.message), (code, ""), "{status}");
        assert_eq!(fault.details, None);
    }
    assert_eq!(RpcFault::read(&trailers(&[("grpc-status", "0")])), None);
    assert_eq!(RpcFault::read(&HeaderMap::new()), None);
}

#[test]
fn the_reason_counts_and_not_the_status() {
    for status in ["9", "12"] {
        let mut trailers = written(
            &RpcFault::new(code::VERSION_NOT_SUPPORTED, ""),
            A2aVersion::V1_0,
        );
        trailers.insert("grpc-status", status.parse().unwrap());
        let back = RpcFault::read(&trailers).unwrap();
        assert_eq!(back.code, code::VERSION_NOT_SUPPORTED);
    }
}

/// Encoded by protobuf's own Python: an `ErrorInfo`, a `BadRequest`, a `RequestInfo` and a `Help`.
const RICH: &str = "CAkSBm5vIOKYgxpjCih0eXBlLmdvb2dsZWFwaXMuY29tL2dvb2dsZS5ycGMuRXJyb3JJbmZvEjcKFVZFUlNJT05fTk9UX1NVUFBPUlRFRBIQYTJhLXByb3RvY29sLm9yZxoMCgVhc2tlZBIDMi4wGlcKKXR5cGUuZ29vZ2xlYXBpcy5jb20vZ29vZ2xlLnJwYy5CYWRSZXF1ZXN0EioKKAoNbWVzc2FnZS5wYXJ0cxIFZW1wdHkaBE5PTkUiCgoCZGUSBGxlZXIaNgoqdHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJlcXVlc3RJbmZvEggKA3ItMRIBeBolCiN0eXBlLmdvb2dsZWFwaXMuY29tL2dvb2dsZS5ycGMuSGVscA==";

#[test]
fn details_of_known_types_are_carried_both_ways() {
    for encoded in [RICH, RICH.trim_end_matches('=')] {
        let fault = RpcFault::read(&trailers(&[
            ("grpc-status", "9"),
            ("grpc-status-details-bin", encoded),
        ]))
        .unwrap();
        assert_eq!(
            (fault.code, &*fault.message),
            (code::VERSION_NOT_SUPPORTED, "no \u{2603}")
        );
        assert_eq!(
            details(&fault),
            json!([
                {"@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "VERSION_NOT_SUPPORTED", "domain": "a2a-protocol.org",
                    "metadata": {"asked": "2.0"}},
                {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [
                    {"field": "message.parts", "description": "empty", "reason": "NONE",
                        "localizedMessage": {"locale": "de", "message": "leer"}}]},
                {"@type": "type.googleapis.com/google.rpc.RequestInfo",
                    "requestId": "r-1", "servingData": "x"},
            ])
        );
        let again = written(&fault, A2aVersion::V1_0);
        assert_eq!(again["grpc-message"], "no %E2%98%83");
        let sent = again["grpc-status-details-bin"].to_str().unwrap();
        // All but the last detail, which is of a type that is not known.
        assert_eq!(sent.get(..400), RICH.get(..400));
        assert!(!sent.ends_with('='));
        assert_eq!(RpcFault::read(&again), Some(fault));
    }
}

#[test]
fn errors_of_the_gateway_come_back_with_their_details() {
    for (kind, code, status) in [
        (ErrorKind::RateLimited, -31429, 8),
        (ErrorKind::NotFound, -31404, 5),
        (ErrorKind::MethodNotAllowed, -31405, 12),
        (ErrorKind::Unauthenticated, -31401, 16),
        (ErrorKind::Forbidden, -31403, 7),
        (ErrorKind::Overloaded, -31503, 14),
    ] {
        let error = A2aError::new(&Error::new(kind, "over 10/s"));
        let body: Value = serde_json::from_slice(&error.http_json()).unwrap();
        let said = body["error"]["details"].to_string();
        let fault = RpcFault::new(error.code(), "over 10/s").with_details(Bytes::from(said));
        assert_eq!((fault.code, fault.grpc_status()), (code, status));
        let back = RpcFault::read(&written(&fault, A2aVersion::V1_0)).unwrap();
        assert_eq!((back.code, &back.message), (code, &fault.message));
        assert_eq!(details(&back), body["error"]["details"]);
    }
}

#[test]
fn details_of_another_form_are_metadata() {
    let fault = RpcFault::new(code::TASK_NOT_FOUND, "none")
        .with_details(Bytes::from_static(br#"{"id":"t-1"}"#));
    let back = RpcFault::read(&written(&fault, A2aVersion::V1_0)).unwrap();
    assert_eq!(
        details(&back)[0]["metadata"],
        json!({"data": r#"{"id":"t-1"}"#})
    );
}

#[test]
fn what_is_too_long_for_trailers_is_left_out() {
    let fault = RpcFault::new(code::TASK_NOT_FOUND, "é".repeat(100_000))
        .with_details(format!("[{:?}]", "x".repeat(100_000)).into());
    let trailers = written(&fault, A2aVersion::V1_0);
    let sizes = trailers.values().map(|value| value.len());
    assert!(sizes.sum::<usize>() < 8192);
    let back = RpcFault::read(&trailers).unwrap();
    assert_eq!(back.code, code::TASK_NOT_FOUND);
    assert_eq!(details(&back)[0].get("metadata"), None);
    assert!(back.message.len() > 300);
}

#[test]
fn codes_that_are_not_known_are_unknown() {
    for code in [0, 1, -32000, -32050, -31399, -31600, i64::MIN, i64::MAX] {
        assert_eq!(RpcFault::new(code, "").grpc_status(), 2, "{code}");
    }
    for (code, status) in [
        (-31401, 16),
        (-31403, 7),
        (-31404, 5),
        (-31413, 8),
        (-31499, 1),
        (-31500, 13),
        (-31503, 14),
    ] {
        assert_eq!(RpcFault::new(code, "").grpc_status(), status, "{code}");
    }
}

proptest! {
    #[test]
    fn any_words_come_back(message in ".{0,80}", place in 0..OF_THE_PROTOCOL.len()) {
        let (code, ..) = OF_THE_PROTOCOL[place];
        for version in [A2aVersion::V1_0, A2aVersion::V0_3] {
            let trailers = written(&RpcFault::new(code, message.clone()), version);
            let back = RpcFault::read(&trailers).unwrap();
            prop_assert_eq!(back.code, code);
            if version == A2aVersion::V1_0 {
                prop_assert_eq!(&back.message, &message);
            }
        }
    }

    #[test]
    fn any_trailers_are_read(
        status in "[0-9]{1,3}",
        message in "[ -~]{0,40}",
        bytes in proptest::collection::vec(any::<u8>(), 0..80),
        json in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
        let read = RpcFault::read(&trailers(&[
            ("grpc-status", &status),
            ("grpc-message", &message),
            ("grpc-status-details-bin", &encoded),
        ]));
        if let Some(fault) = read {
            let _ = written(&fault.with_details(json.into()), A2aVersion::V1_0);
        }
    }
}
