//! What Bedrock sent, and was sent, read and written by the codec of Converse.
//!
//! The recordings lie beside the checkout; where they are absent, the tests say so and skip themselves.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests may do what tests may"
)]

use std::{fs, path::Path};

use agentgateway_llm::bridge::{
    AnswerContext, Codec, DecodeContext, LossReport, Target,
    converse::BedrockConverse,
    form::Response,
    stream::{CodecError, Collect, Event, EventSink, Grammar},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::BytesMut;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

const FOLDERS: [&str; 2] = [
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/data/llm/recordings/bedrock-converse"
    ),
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/llm/recordings/bedrock-converse"
    ),
];

/// The recordings of one form; none when they are not on this machine.
fn recordings(form: &str) -> Vec<(String, Value)> {
    let Some(folder) = FOLDERS.iter().map(Path::new).find(|path| path.is_dir()) else {
        println!("skipped: no recordings in {FOLDERS:?}");
        return Vec::new();
    };
    let files = fs::read_dir(folder.join(form)).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    let read = |path: &Path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let named = |path: &std::path::PathBuf| (path.display().to_string(), read(path));
    files.iter().map(named).collect()
}

fn all() -> Vec<(String, Value)> {
    ["stream", "unary", "unary-error"]
        .into_iter()
        .flat_map(recordings)
        .collect()
}

fn stream_of(recording: &Value) -> Vec<u8> {
    let text = recording["response"]["base64"].as_str().unwrap();
    STANDARD.decode(text).unwrap()
}

fn decode<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Result<Vec<Event<'static>>, CodecError> {
    let mut decoder = BedrockConverse.stream_decoder(&DecodeContext::default());
    let mut events: Vec<Event<'static>> = Vec::new();
    for chunk in chunks {
        decoder.feed(chunk, &mut events)?;
    }
    decoder.finish(&mut events)?;
    Ok(events)
}

fn collect(events: &[Event<'static>]) -> Response {
    let mut collected = Collect::new();
    for event in events {
        collected.event(event.clone()).unwrap();
    }
    collected.finish().unwrap()
}

/// Where each frame ends.
fn boundaries(stream: &[u8]) -> Vec<usize> {
    let mut at = 0;
    let mut places = Vec::new();
    while at < stream.len() {
        let len = u32::from_be_bytes(stream[at..at + 4].try_into().unwrap());
        at += usize::try_from(len).unwrap();
        places.push(at);
    }
    places
}

fn model_of(recording: &Value) -> String {
    let uri = recording["request"]["uri"].as_str().unwrap();
    let model = uri.split("/model/").nth(1).unwrap();
    let model = model.split('/').next().unwrap();
    model.replace("%3A", ":").replace("%2F", "/")
}

/// A request without what says nothing.
fn normal(body: &Value) -> Value {
    let mut body = body.clone();
    let members = body.as_object_mut().unwrap();
    members.retain(|_, value| *value != json!({}) && *value != json!([]));
    if body["toolConfig"]["toolChoice"] == json!({"auto": {}}) {
        body["toolConfig"]
            .as_object_mut()
            .unwrap()
            .remove("toolChoice");
    }
    let tools = body.pointer_mut("/toolConfig/tools");
    for tool in tools.and_then(Value::as_array_mut).into_iter().flatten() {
        if tool["toolSpec"]["strict"] == json!(false) {
            tool["toolSpec"].as_object_mut().unwrap().remove("strict");
        }
    }
    for message in body["messages"].as_array_mut().unwrap() {
        for block in message["content"].as_array_mut().unwrap() {
            if block["toolResult"]["status"] == json!("success") {
                block["toolResult"]
                    .as_object_mut()
                    .unwrap()
                    .remove("status");
            }
        }
    }
    floats(body)
}

/// Numbers as floats: `0` and `0.0` are the same.
fn floats(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(elements) => elements.into_iter().map(floats).collect(),
        Value::Object(members) => {
            let members = members.into_iter();
            Value::Object(members.map(|(name, value)| (name, floats(value))).collect())
        }
        other => other,
    }
}

#[test]
fn requests_are_the_same_when_they_are_written_again() {
    let recordings = all();
    for (name, recording) in &recordings {
        let body = &recording["request"]["body"];
        let uri = recording["request"]["uri"].as_str().unwrap();
        let target = Target::new(model_of(recording), uri.ends_with("-stream"));
        let bytes = body.to_string().into_bytes();
        let request = BedrockConverse
            .decode_request(&target, &bytes)
            .unwrap_or_else(|refused| panic!("{name}: {refused}"));
        let mut losses = LossReport::new();
        let encoded = BedrockConverse
            .encode_request(&request, &mut losses)
            .unwrap();
        assert!(losses.is_empty(), "{name}: {losses}");
        let written: Value = serde_json::from_slice(&encoded.body).unwrap();
        // Users that follow each other were joined.
        let joined = written["messages"].as_array().unwrap().len();
        if joined == body["messages"].as_array().unwrap().len() {
            assert_eq!(floats(written), normal(body), "{name}");
        }
        assert!(uri.ends_with(&encoded.path), "{name}: {}", encoded.path);
        let again = BedrockConverse
            .decode_request(&target, &encoded.body)
            .unwrap();
        assert_eq!(again.tools, request.tools, "{name}");
        assert_eq!(again.system, request.system, "{name}");
    }
    println!("{} requests", recordings.len());
}

#[test]
fn answers_are_the_same_when_they_are_written_again() {
    let recordings = recordings("unary");
    let context = DecodeContext::default();
    for (name, recording) in &recordings {
        let body = recording["response"]["json"].to_string();
        let response = BedrockConverse
            .decode_response(&context, body.as_bytes())
            .unwrap();
        let usage = response.usage;
        let sum = usage.input_tokens().unwrap() + usage.output_tokens().unwrap();
        assert_eq!(usage.total_tokens, Some(sum), "{name}");
        let mut losses = LossReport::new();
        let answer = AnswerContext::default();
        let written = BedrockConverse
            .encode_response(&answer, &response, &mut losses)
            .body;
        assert!(losses.is_empty(), "{name}: {losses}");
        let again = BedrockConverse.decode_response(&context, &written).unwrap();
        assert_eq!(again, response, "{name}");
    }
    println!("{} answers", recordings.len());
}

#[test]
fn errors_are_read() {
    for (name, recording) in recordings("unary-error") {
        let response = &recording["response"];
        let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        let body = response["json"].to_string();
        let fault = BedrockConverse.decode_fault(status, &HeaderMap::new(), body.as_bytes());
        assert_eq!(
            Some(fault.message.as_str()),
            response["json"]["message"].as_str(),
            "{name}"
        );
    }
}

#[test]
fn streams_are_the_same_however_they_are_cut_and_when_they_are_written_again() {
    let recordings = recordings("stream");
    for (name, recording) in &recordings {
        let bytes = stream_of(recording);
        let events = decode([&bytes[..]].into_iter()).unwrap();
        for longest in [1, 7, 100, 1500] {
            assert_eq!(
                decode(bytes.chunks(longest)).as_ref(),
                Ok(&events),
                "{name}"
            );
        }
        let mut grammar = Grammar::new();
        let mut encoder = BedrockConverse.stream_encoder(&AnswerContext::default());
        let mut written = BytesMut::new();
        for event in &events {
            grammar.check(event).unwrap();
            encoder.encode(event, &mut written).unwrap();
        }
        assert!(encoder.losses().is_empty(), "{name}");
        let response = collect(&events);
        assert!(!response.choices[0].blocks.is_empty(), "{name}");
        let usage = response.usage;
        let sum = usage.input_tokens().unwrap() + usage.output_tokens().unwrap();
        assert_eq!(usage.total_tokens, Some(sum), "{name}");
        let again = decode([&written[..]].into_iter()).unwrap();
        assert_eq!(collect(&again), response, "{name}");
    }
    println!("{} streams", recordings.len());
}

#[test]
fn a_stream_that_is_cut_has_no_end() {
    let mut cuts = 0;
    for (name, recording) in recordings("stream") {
        let bytes = stream_of(&recording);
        let places = boundaries(&bytes);
        // Behind the last but one, `messageStop`, the usage alone is missing.
        let (_, before) = places[..places.len() - 1].split_last().unwrap();
        let torn = places.iter().map(|place| place - 5);
        for cut in before.iter().copied().chain(torn).chain([0]) {
            let read = decode([&bytes[..cut]].into_iter());
            assert_eq!(read, Err(CodecError::Truncated), "{name} cut at {cut}");
            cuts += 1;
        }
    }
    println!("{cuts} cuts");
}

/// Each byte is changed: a sum tells it, and nothing panics.
#[test]
fn a_stream_that_is_changed_cannot_be_read() {
    for (name, recording) in recordings("stream") {
        let bytes = stream_of(&recording);
        for at in (0..bytes.len()).step_by(3) {
            let mut changed = bytes.clone();
            changed[at] ^= 0x20;
            let read = decode([&changed[..]].into_iter());
            assert!(read.is_err(), "{name} changed at {at}");
        }
    }
}
