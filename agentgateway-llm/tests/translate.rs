//! Recorded answers of each provider, told to clients of each other dialect.
//!
//! The recordings lie beside the checkout; where they are absent, the tests say so and skip themselves.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests may do what tests may"
)]

use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use agentgateway_llm::{
    LlmDialect, LlmUsage,
    bridge::{
        AnswerContext, Codec, DecodeContext, LossReport, codec_of,
        form::{Content, Response, StopReason},
        stream::{Collect, Event, EventSink, Grammar},
    },
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::BytesMut;
use serde_json::Value;

const FOLDERS: [&str; 2] = [
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/data/llm/recordings"
    ),
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/llm/recordings"
    ),
];

const DIALECTS: [(&str, LlmDialect); 5] = [
    ("openai-chat", LlmDialect::OpenAiChat),
    ("openai-responses", LlmDialect::OpenAiResponses),
    ("anthropic-messages", LlmDialect::AnthropicMessages),
    ("gemini", LlmDialect::Gemini),
    ("bedrock-converse", LlmDialect::BedrockConverse),
];

struct Recording {
    name: String,
    provider: Arc<dyn Codec>,
    answer: Vec<u8>,
}

fn recordings(form: &str) -> Vec<Recording> {
    let Some(folder) = FOLDERS.iter().map(Path::new).find(|path| path.is_dir()) else {
        println!("skipped: no recordings in {FOLDERS:?}");
        return Vec::new();
    };
    let mut found = Vec::new();
    for (name, dialect) in DIALECTS {
        let provider = codec_of(dialect).unwrap();
        let files = fs::read_dir(folder.join(name).join(form)).unwrap();
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        for path in files {
            let file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let response = &file["response"];
            let answer = match (response["text"].as_str(), response["base64"].as_str()) {
                (Some(text), _) => text.as_bytes().to_vec(),
                (None, Some(coded)) => BASE64_STANDARD.decode(coded).unwrap(),
                (None, None) => response["json"].to_string().into_bytes(),
            };
            found.push(Recording {
                name: path.display().to_string(),
                provider: Arc::clone(&provider),
                answer,
            });
        }
    }
    found
}

fn clients() -> Vec<Arc<dyn Codec>> {
    DIALECTS
        .iter()
        .map(|(_, dialect)| codec_of(*dialect).unwrap())
        .collect()
}

fn context() -> AnswerContext {
    let mut context = AnswerContext::default();
    context.model = "asked".to_owned();
    context.now = 1_700_000_000;
    context.seed = "seed".to_owned();
    context.include_usage = true;
    context
}

/// What a client's stream becomes, and what was lost; whether the provider's was whole.
fn translated(
    provider: &dyn Codec,
    client: &dyn Codec,
    chunks: &mut dyn Iterator<Item = &[u8]>,
) -> (Vec<u8>, LossReport, bool) {
    let mut decoder = provider.stream_decoder(&DecodeContext::default());
    let mut encoder = client.stream_encoder(&context());
    let mut out = BytesMut::new();
    let mut grammar = Grammar::new();
    let mut faulted = false;
    let mut sink = |event: Event<'_>| {
        grammar.check(&event).unwrap();
        match &event {
            Event::Fault(fault) => {
                faulted = true;
                encoder.fail(fault, &mut out);
                Ok(())
            }
            event => encoder.encode(event, &mut out),
        }
    };
    for chunk in chunks {
        decoder.feed(chunk, &mut sink).unwrap();
    }
    let whole = decoder.finish(&mut sink).is_ok() && !faulted;
    (out.to_vec(), encoder.losses(), whole)
}

/// What the client makes of its stream; `None` without the end marker.
fn collected(client: &dyn Codec, stream: &[u8]) -> Option<Response> {
    let mut decoder = client.stream_decoder(&DecodeContext::default());
    let mut collect = Collect::new();
    decoder.feed(stream, &mut collect).ok()?;
    decoder.finish(&mut collect).ok()?;
    collect.finish()
}

/// What every dialect can say of an answer.
#[derive(Debug, PartialEq)]
struct Gist {
    text: String,
    calls: Vec<(String, Value)>,
    stop: &'static str,
}

fn gist(response: &Response) -> Gist {
    let mut gist = Gist {
        text: String::new(),
        calls: Vec::new(),
        stop: "",
    };
    for choice in &response.choices {
        for block in &choice.blocks {
            match &block.content {
                Content::Text(text) | Content::Refusal(text) => gist.text.push_str(text),
                Content::ToolCall(call) => {
                    let empty = call.arguments.is_empty();
                    let text = if empty { "{}" } else { &call.arguments };
                    let arguments = serde_json::from_str(text).unwrap_or(Value::Null);
                    gist.calls.push((call.name.clone(), arguments));
                }
                _ => {}
            }
        }
        gist.stop = match &choice.stop {
            // A dialect may know no other word for it.
            StopReason::EndTurn
            | StopReason::StopSequence(_)
            | StopReason::Pause
            | StopReason::Other(_) => "end",
            StopReason::MaxTokens | StopReason::ContextFull => "length",
            StopReason::ToolUse => "tool",
            StopReason::Filtered(_) => "filtered",
            _ => "malformed",
        };
    }
    gist
}

/// Input and output as a whole: what every dialect tells.
fn sums(usage: &LlmUsage) -> (Option<u64>, Option<u64>) {
    (usage.input_tokens(), usage.output_tokens())
}

#[test]
fn streams_say_the_same_in_every_dialect() {
    for recording in recordings("stream") {
        let direct = collected(&*recording.provider, &recording.answer);
        for client in clients() {
            let mut whole = std::iter::once(&*recording.answer);
            let (stream, losses, ended) = translated(&*recording.provider, &*client, &mut whole);
            let name = format!("{} to {}", recording.name, client.dialect());
            let through = collected(&*client, &stream);
            assert_eq!(
                ended,
                through.is_some(),
                "{name}: {}",
                String::from_utf8_lossy(&stream)
            );
            let (Some(direct), Some(through)) = (&direct, through) else {
                continue;
            };
            assert_eq!(gist(&through), gist(direct), "{name} lost {losses}");
            let (theirs, ours) = (sums(&direct.usage), sums(&through.usage));
            assert_eq!(theirs, ours, "{name}");
        }
    }
}

#[test]
fn translations_do_not_depend_on_chunks() {
    for recording in recordings("stream") {
        for client in clients() {
            let name = format!("{} to {}", recording.name, client.dialect());
            let mut whole = std::iter::once(&*recording.answer);
            let (stream, ..) = translated(&*recording.provider, &*client, &mut whole);
            for longest in [1, 7, 61] {
                let mut chunks = recording.answer.chunks(longest);
                let (cut, ..) = translated(&*recording.provider, &*client, &mut chunks);
                assert!(cut == stream, "{name} in chunks of {longest}");
            }
        }
    }
}

/// Fault L01: whatever is missing of a provider's stream, the client's has no end marker.
#[test]
fn a_cut_stream_has_no_end_marker_in_any_dialect() {
    for recording in recordings("stream") {
        // Every tenth of it, and the last bytes, where markers are.
        let len = recording.answer.len();
        let tenths = (1..10).map(|tenth| len * tenth / 10);
        let cuts: BTreeSet<usize> = tenths.chain(len.saturating_sub(3)..len).collect();
        for client in clients() {
            for cut in &cuts {
                let mut part = std::iter::once(&recording.answer[..*cut]);
                let (stream, _, whole) = translated(&*recording.provider, &*client, &mut part);
                let name = format!(
                    "{} to {} at {cut} of {len}",
                    recording.name,
                    client.dialect()
                );
                let seen = collected(&*client, &stream);
                assert_eq!(
                    seen.is_some(),
                    whole,
                    "{name}: {}",
                    String::from_utf8_lossy(&stream)
                );
            }
        }
    }
}

#[test]
fn answers_in_one_piece_say_the_same_in_every_dialect() {
    for recording in recordings("unary") {
        let Ok(direct) = recording
            .provider
            .decode_response(&DecodeContext::default(), &recording.answer)
        else {
            continue;
        };
        for client in clients() {
            let name = format!("{} to {}", recording.name, client.dialect());
            let mut losses = LossReport::new();
            let body = client
                .encode_response(&context(), &direct, &mut losses)
                .body;
            let through = client.decode_response(&DecodeContext::default(), &body);
            let through = through.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(gist(&through), gist(&direct), "{name} lost {losses}");
            // Where nothing was told, some dialects must say that it was none.
            let known = |(input, output): (Option<u64>, Option<u64>)| {
                (input.unwrap_or(0), output.unwrap_or(0))
            };
            assert_eq!(
                known(sums(&through.usage)),
                known(sums(&direct.usage)),
                "{name}"
            );
        }
    }
}

#[test]
fn errors_are_told_in_every_dialect() {
    for recording in recordings("unary-error") {
        let status = http::StatusCode::BAD_REQUEST;
        let fault =
            recording
                .provider
                .decode_fault(status, &http::HeaderMap::new(), &recording.answer);
        assert!(!fault.message.is_empty(), "{}", recording.name);
        for client in clients() {
            let (head, body) = client.encode_fault(&fault).into_parts();
            let again = client.decode_fault(head.status, &head.headers, &body);
            let name = format!("{} to {}", recording.name, client.dialect());
            assert_eq!(
                (again.kind, &again.message),
                (fault.kind, &fault.message),
                "{name}"
            );
        }
    }
}

/// What is told of usage fits together.
#[test]
fn usage_fits_together() {
    let mut checked = 0;
    for recording in recordings("stream") {
        let Some(direct) = collected(&*recording.provider, &recording.answer) else {
            continue;
        };
        let usage = direct.usage;
        if let (Some(input), Some(output), Some(total)) = (
            usage.input_tokens(),
            usage.output_tokens(),
            usage.total_tokens,
        ) {
            assert_eq!(input + output, total, "{}", recording.name);
            checked += 1;
        }
        let cached = usage.cache_read_tokens.unwrap_or(0) + usage.cache_write_tokens.unwrap_or(0);
        assert!(
            cached <= usage.input_tokens().unwrap_or(cached),
            "{}",
            recording.name
        );
    }
    assert!(checked > 5 || recordings("stream").is_empty());
}

/// Collecting is a client's work: it takes each event.
#[test]
fn a_fault_is_not_collected() {
    let mut collect = Collect::new();
    let fault =
        agentgateway_llm::bridge::Fault::new(agentgateway_core::ErrorKind::Overloaded, "busy");
    collect.event(Event::Fault(fault)).unwrap_err();
}
