//! Whatever a peer of gRPC sends is read or refused, and what is read comes back the same: a message
//! by way of JSON, JSON by way of a message, frames however they are cut, errors in trailers.
//!
//! Input: one byte for version and operation, one byte for the cut, then the message, the JSON or the
//! body.
#![no_main]

use agentgateway_a2a::{
    A2aOperation, A2aVersion,
    wire::grpc::{
        FrameDecoder, FrameError, RpcFault, request_from_json, request_to_json, response_from_json,
        response_to_json,
    },
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;

const METHODS: [&str; 11] = [
    "SendMessage",
    "SendStreamingMessage",
    "GetTask",
    "ListTasks",
    "CancelTask",
    "SubscribeToTask",
    "CreateTaskPushNotificationConfig",
    "GetTaskPushNotificationConfig",
    "ListTaskPushNotificationConfigs",
    "DeleteTaskPushNotificationConfig",
    "GetExtendedAgentCard",
];

fn frames<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Result<Vec<Bytes>, FrameError> {
    let mut decoder = FrameDecoder::new(256);
    let mut messages = Vec::new();
    for chunk in chunks {
        let mut chunk = Bytes::copy_from_slice(chunk);
        while let Some(message) = decoder.next_message(&mut chunk)? {
            messages.push(message);
        }
        assert!(chunk.is_empty());
    }
    decoder.finish()?;
    Ok(messages)
}

fn errors(value: &[u8]) {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("9"));
    if let Ok(value) = HeaderValue::from_bytes(value) {
        trailers.insert("grpc-message", value.clone());
        trailers.insert("grpc-status-details-bin", value);
    }
    let fault = RpcFault::read(&trailers).expect("it is an error");
    let fault = fault.with_details(Bytes::copy_from_slice(value));
    fault.write(A2aVersion::V1_0, &mut trailers);
    let size: usize = trailers.values().map(HeaderValue::len).sum();
    assert!(size < 8192);
}

fuzz_target!(|input: &[u8]| {
    let [choice, cut, rest @ ..] = input else {
        return;
    };
    let version = if choice & 1 == 0 {
        A2aVersion::V1_0
    } else {
        A2aVersion::V0_3
    };
    let method = METHODS[usize::from(choice >> 1) % METHODS.len()];
    let (operation, _) = A2aOperation::of_method(method);

    if let Ok(json) = request_to_json(version, &operation, rest) {
        let carried = request_from_json(version, &operation, &json).expect("it is our JSON");
        assert!(carried.lost.is_empty());
        assert_eq!(
            request_to_json(version, &operation, &carried.bytes).expect("ours"),
            json
        );
    }
    if let Ok(json) = response_to_json(version, &operation, rest) {
        let carried = response_from_json(version, &operation, &json).expect("it is our JSON");
        assert!(carried.lost.is_empty());
        assert_eq!(
            response_to_json(version, &operation, &carried.bytes).expect("ours"),
            json
        );
    }
    if let Ok(carried) = request_from_json(version, &operation, rest) {
        request_to_json(version, &operation, &carried.bytes).expect("it is our message");
    }
    if let Ok(carried) = response_from_json(version, &operation, rest) {
        response_to_json(version, &operation, &carried.bytes).expect("it is our message");
    }
    let cut = usize::from(*cut).max(1);
    assert_eq!(frames(rest.chunks(cut)), frames(std::iter::once(rest)));
    errors(rest);
});
