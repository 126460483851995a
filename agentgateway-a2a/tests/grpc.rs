//! The messages of gRPC as the published SDKs of Python encode them, and their JSON.
//!
//! Each file holds the messages of one operation, every field of every message set at least once,
//! each with the JSON that `google.protobuf.json_format` makes of it, whole numbers without a
//! fraction: v1.0 of a2a-sdk 1.3.0, v0.3 of a2a-sdk 0.3.26.
#![cfg(feature = "grpc")]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set its scene fails where it stands"
)]

use std::{fs, path::Path};

use agentgateway_a2a::{A2aOperation, A2aVersion, wire::grpc};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

#[derive(Deserialize)]
struct Case {
    hex: String,
    json: Box<RawValue>,
}

/// One file: where it is from, and what is in it.
struct Cases {
    version: A2aVersion,
    request: bool,
    operation: A2aOperation,
    cases: Vec<Case>,
}

fn files() -> Vec<Cases> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/grpc");
    let mut files = Vec::new();
    for (folder, version) in [("v1_0", A2aVersion::V1_0), ("v0_3", A2aVersion::V0_3)] {
        for entry in fs::read_dir(data.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let (direction, operation) = name.split_once('-').unwrap();
            files.push(Cases {
                version,
                request: direction == "request",
                operation: A2aOperation::of_method(operation).0,
                cases: serde_json::from_slice(&fs::read(&path).unwrap()).unwrap(),
            });
        }
    }
    files
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    let digits = digits.map(|pair| std::str::from_utf8(pair).unwrap());
    digits
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

#[test]
fn messages_of_the_sdk_have_the_json_of_the_sdk() {
    let mut seen = 0;
    for file in files() {
        for case in &file.cases {
            let to_json = if file.request {
                grpc::request_to_json
            } else {
                grpc::response_to_json
            };
            let json = to_json(file.version, &file.operation, &bytes(&case.hex)).unwrap();
            let json: Value = serde_json::from_slice(&json).unwrap();
            let expected: Value = serde_json::from_str(case.json.get()).unwrap();
            assert_eq!(json, expected, "{:?} {:?}", file.version, file.operation);
            seen += 1;
        }
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn json_of_the_sdk_becomes_its_messages_byte_by_byte() {
    for file in files() {
        for case in &file.cases {
            let from_json = if file.request {
                grpc::request_from_json
            } else {
                grpc::response_from_json
            };
            let json = case.json.get();
            let carried = from_json(file.version, &file.operation, json.as_bytes()).unwrap();
            assert_eq!(carried.lost, [""; 0]);
            assert_eq!(
                carried.bytes,
                bytes(&case.hex),
                "{:?} {:?} {json}",
                file.version,
                file.operation
            );
        }
    }
}
