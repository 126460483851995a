use agentgateway_core::ErrorKind;
use bytes::BytesMut;
use http::{HeaderMap, StatusCode};

use crate::{
    bridge::{Codec, Fault, converse::BedrockConverse, stream::StreamEncoder},
    wire::event_stream::FrameDecoder,
};

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pairs = pairs
        .iter()
        .map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()));
    HeaderMap::from_iter(pairs)
}

#[test]
fn errors_are_read_with_their_type() {
    for (status, kind_header, body, kind, name) in [
        (
            400,
            Some("ValidationException:http://internal.amazon.com/"),
            r#"{"message":"no"}"#,
            ErrorKind::InvalidRequest,
            Some("ValidationException"),
        ),
        (
            429,
            Some("ThrottlingException"),
            r#"{"message":"no"}"#,
            ErrorKind::RateLimited,
            Some("ThrottlingException"),
        ),
        (
            403,
            None,
            r#"{"__type":"com.amazon.coral.service#ExpiredTokenException","Message":"no"}"#,
            ErrorKind::Unauthenticated,
            Some("ExpiredTokenException"),
        ),
        (424, None, r#"{"message":"no"}"#, ErrorKind::BadAnswer, None),
        (
            408,
            Some("ModelTimeoutException"),
            r#"{"message":"no"}"#,
            ErrorKind::Timeout,
            Some("ModelTimeoutException"),
        ),
    ] {
        let found = kind_header.map(|value| ("x-amzn-errortype", value));
        let found = headers(&found.into_iter().collect::<Vec<_>>());
        let status = StatusCode::from_u16(status).unwrap();
        let fault = BedrockConverse.decode_fault(status, &found, body.as_bytes());
        assert_eq!((fault.kind, fault.message.as_str()), (kind, "no"));
        assert_eq!(fault.type_name.as_deref(), name);
        assert_eq!(fault.status, Some(status));
    }
    let found = headers(&[("retry-after", "3")]);
    let fault = BedrockConverse.decode_fault(StatusCode::SERVICE_UNAVAILABLE, &found, b"<html>");
    assert_eq!(fault.kind, ErrorKind::Overloaded);
    assert_eq!(fault.retry_after.unwrap().as_secs(), 3);
    assert!(fault.message.contains("503"), "{}", fault.message);
}

#[test]
fn errors_are_written_with_their_exception() {
    for (kind, name, status, exception) in [
        (
            ErrorKind::InvalidRequest,
            Some("invalid_request_error"),
            400,
            "ValidationException",
        ),
        (ErrorKind::RateLimited, None, 429, "ThrottlingException"),
        (
            ErrorKind::Overloaded,
            Some("overloaded_error"),
            503,
            "ServiceUnavailableException",
        ),
        (
            ErrorKind::Overloaded,
            Some("ModelNotReadyException"),
            429,
            "ModelNotReadyException",
        ),
        (ErrorKind::BadAnswer, None, 424, "ModelErrorException"),
        (ErrorKind::TooLarge, None, 413, "ValidationException"),
    ] {
        let mut fault = Fault::new(kind, "no \"x\"");
        fault.type_name = name.map(Into::into);
        fault.retry_after = Some(std::time::Duration::from_millis(1500));
        let response = BedrockConverse.encode_fault(&fault);
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["x-amzn-errortype"], exception);
        assert_eq!(response.headers()["retry-after"], "2");
        assert_eq!(response.body(), r#"{"message":"no \"x\""}"#);
        let again =
            BedrockConverse.decode_fault(response.status(), response.headers(), response.body());
        assert_eq!(again.message, fault.message);
    }
}

#[test]
fn errors_in_a_stream_are_exceptions() {
    for (kind, name, exception) in [
        (ErrorKind::Forbidden, None, "validationException"),
        (
            ErrorKind::RateLimited,
            Some("rate_limit_error"),
            "throttlingException",
        ),
        (ErrorKind::Unavailable, None, "serviceUnavailableException"),
        (ErrorKind::Timeout, None, "modelStreamErrorException"),
        (ErrorKind::Internal, None, "internalServerException"),
        (
            ErrorKind::BadAnswer,
            Some("InternalServerException"),
            "internalServerException",
        ),
    ] {
        let mut fault = Fault::new(kind, "no");
        fault.type_name = name.map(Into::into);
        let mut out = BytesMut::new();
        let mut encoder = BedrockConverse.stream_encoder(&Default::default());
        StreamEncoder::fail(&mut *encoder, &fault, &mut out);
        let mut frames = FrameDecoder::new();
        let frame = frames.decode(&mut &out[..]).unwrap().unwrap();
        assert_eq!(frame.text(":message-type"), Some("exception"));
        assert_eq!(frame.text(":exception-type"), Some(exception));
        assert_eq!(frame.payload(), br#"{"message":"no"}"#);
    }
}
