//! Recorded traffic of Anthropic Messages through its codec, there and back.
//!
//! The recordings lie beside the checkout; where they are absent, the tests say so and skip themselves.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests may do what tests may"
)]

use std::{fs, path::Path};

use agentgateway_llm::{
    LlmUsage,
    bridge::{
        AnswerContext, Codec, DecodeContext, LossReport, Target,
        form::{Content, Response},
        messages::AnthropicMessages,
        stream::{CodecError, Collect, Event, EventSink, Grammar, StreamDecoder, replay},
    },
};
use bytes::BytesMut;
use http::StatusCode;
use serde_json::{Value, json};

const FOLDERS: [&str; 2] = [
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/data/llm/recordings/anthropic-messages"
    ),
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/llm/recordings/anthropic-messages"
    ),
];

struct Recording {
    name: String,
    request: Value,
    status: StatusCode,
    answer: String,
}

fn recordings(form: &str) -> Vec<Recording> {
    let Some(folder) = FOLDERS.iter().map(Path::new).find(|path| path.is_dir()) else {
        println!("skipped: no recordings in {FOLDERS:?}");
        return Vec::new();
    };
    let mut files: Vec<_> = fs::read_dir(folder.join(form))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let response = &file["response"];
        let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
        Recording {
            name: path.display().to_string(),
            request: file["request"]["body"].clone(),
            status: StatusCode::from_u16(status).unwrap(),
            answer: match response["text"].as_str() {
                Some(text) => text.to_owned(),
                None => response["json"].to_string(),
            },
        }
    };
    let found: Vec<_> = files.iter().map(read).collect();
    assert!(!found.is_empty());
    found
}

/// The documented normal form: blocks for texts, turns of one role as one, no defaults, the client's tools first.
fn normal(mut request: Value) -> Value {
    fn blocks(value: &mut Value) {
        if let Some(text) = value.as_str() {
            *value = json!([{"type": "text", "text": text}]);
        }
    }
    request = without_nulls(request);
    let body = request.as_object_mut().unwrap();
    if body.get("stream") == Some(&json!(false)) {
        body.remove("stream");
    }
    if let Some(system) = body.get_mut("system") {
        blocks(system);
    }
    for message in body["messages"].as_array_mut().unwrap() {
        blocks(&mut message["content"]);
        for block in message["content"].as_array_mut().unwrap() {
            let block = block.as_object_mut().unwrap();
            if block["type"] == "tool_result" {
                blocks(&mut block["content"]);
            }
            if block.get("is_error") == Some(&json!(false)) {
                block.remove("is_error");
            }
        }
    }
    if let Some(tools) = body.get_mut("tools") {
        let tools = tools.as_array_mut().unwrap();
        tools.sort_by_key(|tool| tool["type"].is_string());
    }
    let mut joined: Vec<Value> = Vec::new();
    for message in body["messages"].as_array_mut().unwrap().drain(..) {
        match joined.last_mut() {
            Some(last) if last["role"] == message["role"] => {
                let more = message["content"].as_array().unwrap().clone();
                last["content"].as_array_mut().unwrap().extend(more);
            }
            _ => joined.push(message),
        }
    }
    body["messages"] = joined.into();
    request
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        Value::Array(elements) => elements.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

#[test]
fn requests_are_the_same_when_they_are_written_again() {
    let mut all = recordings("stream");
    all.extend(recordings("unary"));
    all.extend(recordings("unary-error"));
    for recording in &all {
        let name = &recording.name;
        let body = recording.request.to_string();
        let request = AnthropicMessages
            .decode_request(&Target::default(), body.as_bytes())
            .unwrap();
        let mut losses = LossReport::new();
        let encoded = AnthropicMessages
            .encode_request(&request, &mut losses)
            .unwrap();
        assert!(losses.is_empty(), "{name} loses {losses}");
        assert_eq!(encoded.path, "/v1/messages");
        assert_eq!(encoded.headers["anthropic-version"], "2023-06-01");
        let written: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(normal(written), normal(recording.request.clone()), "{name}");
        let again = AnthropicMessages
            .decode_request(&Target::default(), &encoded.body)
            .unwrap();
        let twice = AnthropicMessages
            .encode_request(&again, &mut losses)
            .unwrap();
        assert_eq!(twice.body, encoded.body, "{name}");
    }
    println!("{} requests", all.len());
}

#[test]
fn answers_are_the_same_when_they_are_written_again() {
    let all = recordings("unary");
    for recording in &all {
        let name = &recording.name;
        let response = decode(recording.answer.as_bytes());
        check_usage(&response.usage, name);
        let mut losses = LossReport::new();
        let body = AnthropicMessages
            .encode_response(&context(), &response, &mut losses)
            .body;
        assert!(losses.is_empty(), "{name} loses {losses}");
        let written: Value = serde_json::from_slice(&body).unwrap();
        let recorded: Value = serde_json::from_str(&recording.answer).unwrap();
        assert_eq!(without_nulls(written), without_nulls(recorded), "{name}");
        assert_eq!(decode(&body), response, "{name}");
    }
    println!("{} answers", all.len());
}

/// A whole answer for a client that asked for a stream.
#[test]
fn answers_are_the_same_when_they_are_told_as_streams() {
    for recording in recordings("unary") {
        let response = decode(recording.answer.as_bytes());
        let mut events: Vec<Event<'static>> = Vec::new();
        replay(&response, &mut events).unwrap();
        let told = collect(&stream_of(&events));
        let mut expected = response;
        // Streams have no place for these.
        expected.sidecars.clear();
        expected.choices[0].sidecars.clear();
        assert_eq!(
            citations_alone(told),
            citations_alone(expected),
            "{}",
            recording.name
        );
    }
}

#[test]
fn streams_are_read_the_same_however_they_are_cut() {
    let all = recordings("stream");
    let mut numbers = Numbers(0xa17);
    for recording in &all {
        let name = &recording.name;
        let bytes = recording.answer.as_bytes();
        let whole = events([bytes]);
        let mut grammar = Grammar::new();
        for event in &whole {
            grammar
                .check(event)
                .unwrap_or_else(|broken| panic!("{name}: {broken}"));
        }
        assert!(matches!(whole.last(), Some(Event::End)), "{name}");
        for longest in [1, 7, 1500] {
            let cut = numbers.cut(bytes, longest);
            assert_eq!(events(cut.iter().map(Vec::as_slice)), whole, "{name}");
        }
        let text: String = values(&recording.answer)
            .filter_map(|value| value["delta"]["text"].as_str().map(str::to_owned))
            .collect();
        let told = collect(bytes);
        check_usage(&told.usage, name);
        let blocks = &told.choices[0].blocks;
        let read: String = blocks
            .iter()
            .filter_map(|block| text_of(&block.content))
            .collect();
        assert_eq!(read, text, "{name}");
        let starts = values(&recording.answer).filter(|v| v["type"] == "content_block_start");
        assert_eq!(blocks.len(), starts.count(), "{name}");
    }
    println!("{} streams", all.len());
}

#[test]
fn streams_are_the_same_when_they_are_written_again() {
    for recording in recordings("stream") {
        let name = &recording.name;
        let told = collect(recording.answer.as_bytes());
        let written = stream_of(&events([recording.answer.as_bytes()]));
        assert_eq!(
            citations_alone(collect(&written)),
            citations_alone(told.clone()),
            "{name}"
        );
        let mut losses = LossReport::new();
        let body = AnthropicMessages
            .encode_response(&context(), &told, &mut losses)
            .body;
        assert!(losses.is_empty(), "{name} loses {losses}");
        assert_eq!(decode(&body), told, "{name}");
    }
}

#[test]
fn a_stream_that_is_cut_has_no_end() {
    let mut cuts = 0;
    for recording in recordings("stream") {
        let name = &recording.name;
        let marker = recording.answer.find("event: message_stop").unwrap();
        let boundaries = recording.answer.match_indices("\n\n").map(|(at, _)| at + 2);
        // At each boundary, and within the event behind it.
        for at in boundaries.filter(|at| *at <= marker) {
            for cut in [at, at + 11] {
                let mut decoder = decoder();
                let mut found: Vec<Event<'static>> = Vec::new();
                decoder
                    .feed(&recording.answer.as_bytes()[..cut], &mut found)
                    .unwrap();
                let end = decoder.finish(&mut found);
                assert_eq!(end, Err(CodecError::Truncated), "{name} cut at {cut}");
                assert!(!found.contains(&Event::End), "{name} cut at {cut}");
                cuts += 1;
            }
        }
    }
    println!("{cuts} cuts");
}

#[test]
fn error_answers_are_the_same_when_they_are_written_again() {
    for recording in recordings("unary-error") {
        let name = &recording.name;
        let body = recording.answer.as_bytes();
        let headers = http::HeaderMap::new();
        let fault = AnthropicMessages.decode_fault(recording.status, &headers, body);
        let answer = AnthropicMessages.encode_fault(&fault);
        assert_eq!(answer.status(), recording.status, "{name}");
        let written: Value = serde_json::from_slice(answer.body()).unwrap();
        let mut recorded: Value = serde_json::from_str(&recording.answer).unwrap();
        recorded.as_object_mut().unwrap().remove("request_id");
        assert_eq!(written, recorded, "{name}");
    }
}

#[test]
fn what_is_broken_is_told_and_never_panics() {
    let mut numbers = Numbers(0xbad);
    let mut all = recordings("stream");
    all.extend(recordings("unary"));
    for recording in all {
        for _ in 0..20 {
            let body = numbers.break_up(recording.request.to_string().as_bytes());
            if let Ok(request) = AnthropicMessages.decode_request(&Target::default(), &body) {
                let _ = AnthropicMessages.encode_request(&request, &mut LossReport::new());
            }
            let answer = numbers.break_up(recording.answer.as_bytes());
            let read = AnthropicMessages.decode_response(&DecodeContext::default(), &answer);
            if let Ok(response) = read {
                let mut losses = LossReport::new();
                let body = AnthropicMessages
                    .encode_response(&context(), &response, &mut losses)
                    .body;
                serde_json::from_slice::<Value>(&body).unwrap();
            }
            let mut grammar = Grammar::new();
            let mut decoder = decoder();
            let mut check = |event: Event<'_>| {
                grammar.check(&event).unwrap();
                Ok(())
            };
            if decoder.feed(&answer, &mut check).is_ok() {
                let _ = decoder.finish(&mut check);
            }
        }
    }
}

fn context() -> AnswerContext {
    AnswerContext::default()
}

fn decoder() -> Box<dyn StreamDecoder> {
    AnthropicMessages.stream_decoder(&DecodeContext::default())
}

fn decode(body: &[u8]) -> Response {
    AnthropicMessages
        .decode_response(&DecodeContext::default(), body)
        .unwrap()
}

fn events<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Event<'static>> {
    let mut found: Vec<Event<'static>> = Vec::new();
    let mut decoder = decoder();
    for chunk in chunks {
        decoder.feed(chunk, &mut found).unwrap();
    }
    decoder.finish(&mut found).unwrap();
    found
}

fn collect(stream: &[u8]) -> Response {
    let mut collected = Collect::new();
    for event in events([stream]) {
        collected.event(event).unwrap();
    }
    collected.finish().unwrap()
}

fn stream_of(events: &[Event<'static>]) -> Vec<u8> {
    let mut encoder = AnthropicMessages.stream_encoder(&context());
    let mut out = BytesMut::new();
    for event in events {
        encoder.encode(event, &mut out).unwrap();
    }
    out.to_vec()
}

/// Members that stand in the start of a block have no place in a stream that is written.
fn citations_alone(mut response: Response) -> Response {
    for block in &mut response.choices[0].blocks {
        block
            .sidecars
            .retain(|sidecar| &*sidecar.name == "citation");
        if let Content::ToolCall(call) = &mut block.content {
            if call.arguments == "{}" {
                call.arguments.clear();
            }
        }
    }
    response
}

fn text_of(content: &Content) -> Option<&str> {
    match content {
        Content::Text(text) => Some(text),
        _ => None,
    }
}

fn values(stream: &str) -> impl Iterator<Item = Value> {
    let data = stream.lines().filter_map(|line| line.strip_prefix("data:"));
    data.map(|data| serde_json::from_str(data).unwrap())
}

fn check_usage(usage: &LlmUsage, name: &str) {
    let input = usage.input_tokens().unwrap();
    let output = usage.output_tokens().unwrap();
    assert!(usage.cache_read_tokens.unwrap_or(0) <= input, "{name}");
    assert!(usage.cache_write_tokens.unwrap_or(0) <= input, "{name}");
    assert!(
        usage.output_reasoning_tokens.unwrap_or(0) <= output,
        "{name}"
    );
    let split = usage.cache_write_5m_tokens.zip(usage.cache_write_1h_tokens);
    if let Some((short, long)) = split {
        assert_eq!(usage.cache_write_tokens, Some(short + long), "{name}");
    }
}

/// Numbers that are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    fn cut(&mut self, bytes: &[u8], longest: usize) -> Vec<Vec<u8>> {
        let mut chunks = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (chunk, tail) = rest.split_at((1 + self.below(longest)).min(rest.len()));
            chunks.push(chunk.to_vec());
            rest = tail;
        }
        chunks
    }

    /// Overwrites, takes out or doubles some bytes.
    fn break_up(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let to = (at + self.below(40)).min(bytes.len());
            match self.below(3) {
                0 => bytes[at] = b"{}[]\",:0\\e\n\xff"[self.below(12)],
                1 => drop(bytes.drain(at..to)),
                _ => {
                    let copy = bytes[at..to].to_vec();
                    bytes.splice(at..at, copy);
                }
            }
            if bytes.is_empty() {
                bytes.push(b' ');
            }
        }
        bytes
    }
}
