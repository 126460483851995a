//! Requests and answers of OpenAI Responses that were recorded, through its codec.
//!
//! The recordings lie beside the checkout; where they are absent, the tests say so and skip themselves.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests may do what tests may"
)]

#[expect(dead_code, reason = "the other recordings' tests use the rest")]
mod support;

use agentgateway_llm::{
    LlmDialect, LlmUsage,
    bridge::{
        AnswerContext, Codec, DecodeContext, LossReport, Target,
        form::{Block, Content, Response},
        responses::OpenAiResponses,
        stream::{CodecError, Collect, Event, EventSink, Grammar, replay},
    },
};
use bytes::BytesMut;
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{Numbers, Recording, boundaries};

fn recordings(form: &str) -> Vec<Recording> {
    let all = support::recordings(form).into_iter();
    all.filter(|one| one.dialect == LlmDialect::OpenAiResponses)
        .collect()
}

fn context() -> AnswerContext {
    let mut context = AnswerContext::default();
    context.model = "asked".to_owned();
    context.now = 7;
    context.seed = "seed".to_owned();
    context
}

/// Reads a stream that comes in these chunks; the events keep the grammar.
fn read<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Event<'static>>, CodecError> {
    let mut events: Vec<Event<'static>> = Vec::new();
    let mut decoder = OpenAiResponses.stream_decoder(&DecodeContext::default());
    let mut grammar = Grammar::new();
    let mut sink = |event: Event<'_>| {
        grammar.check(&event).unwrap();
        events.push(event.into_owned());
        Ok(())
    };
    let mut result = Ok(());
    for chunk in chunks {
        result = decoder.feed(chunk, &mut sink);
        if result.is_err() {
            break;
        }
    }
    result.and_then(|()| decoder.finish(&mut sink))?;
    Ok(events)
}

fn collect(events: &[Event<'_>]) -> Response {
    let mut collected = Collect::new();
    for event in events {
        collected.event(event.clone()).unwrap();
    }
    collected.finish().unwrap()
}

fn write(events: &[Event<'_>]) -> BytesMut {
    let mut out = BytesMut::new();
    let mut encoder = OpenAiResponses.stream_encoder(&context());
    for event in events {
        encoder.encode(event, &mut out).unwrap();
    }
    out
}

/// Without what a stream does not tell, and with the counts that the schema demands.
fn plain(mut response: Response) -> Response {
    response.sidecars.clear();
    for choice in &mut response.choices {
        for block in &mut choice.blocks {
            block.sidecars.retain(|one| &*one.name == "annotation");
            for note in &mut block.sidecars {
                note.raw = spelled(&note.raw);
            }
            if let Content::Other(item) = &mut block.content {
                item.raw = spelled(&item.raw);
            }
            if let Content::Reasoning(thought) = &mut block.content {
                thought.id = None;
            }
        }
    }
    counted(response)
}

/// The same JSON in one spelling: two events need not agree in the order of members.
fn spelled(raw: &str) -> Box<str> {
    let value: Value = serde_json::from_str(raw).unwrap();
    value.to_string().into()
}

fn counted(mut response: Response) -> Response {
    let usage = &mut response.usage;
    usage.cache_write_tokens = usage.cache_write_tokens.or(Some(0));
    usage.cache_read_tokens = usage.cache_read_tokens.or(Some(0));
    usage.output_reasoning_tokens = usage.output_reasoning_tokens.or(Some(0));
    response
}

fn check_usage(name: &str, usage: &LlmUsage, answer: &Value) {
    let told = &answer["usage"];
    assert_eq!(
        usage.input_tokens(),
        told["input_tokens"].as_u64(),
        "{name}"
    );
    assert_eq!(
        usage.output_tokens(),
        told["output_tokens"].as_u64(),
        "{name}"
    );
    assert_eq!(usage.total_tokens, told["total_tokens"].as_u64(), "{name}");
    let sum = usage.input_tokens().unwrap() + usage.output_tokens().unwrap();
    assert_eq!(usage.total_tokens, Some(sum), "{name}");
    assert!(usage.cache_read_tokens <= usage.input_tokens(), "{name}");
}

#[test]
fn whole_answers_are_the_same_when_written_and_read_again() {
    let answers = recordings("unary");
    for one in &answers {
        let name = &one.name;
        let value: Value = serde_json::from_str(&one.answer).unwrap();
        let decoded = OpenAiResponses
            .decode_response(&DecodeContext::default(), one.answer.as_bytes())
            .unwrap();
        check_usage(name, &decoded.usage, &value);
        let mut losses = LossReport::new();
        let encoded = OpenAiResponses
            .encode_response(&context(), &decoded, &mut losses)
            .body;
        assert!(losses.is_empty(), "{name}: {losses}");
        let again = OpenAiResponses
            .decode_response(&DecodeContext::default(), &encoded)
            .unwrap();
        let (mut again, mut before) = (counted(again), counted(decoded.clone()));
        for response in [&mut again, &mut before] {
            response.sidecars.sort_by(|a, b| a.name.cmp(&b.name));
        }
        assert_eq!(again, before, "{name}");
        let encoded: Value = serde_json::from_slice(&encoded).unwrap();
        assert_eq!(normal(&encoded), normal(&value), "{name}");
        // The same, told as a stream.
        let mut events: Vec<Event<'static>> = Vec::new();
        replay(&decoded, &mut events).unwrap();
        let streamed = read([&*write(&events)]).unwrap();
        assert_eq!(plain(collect(&streamed)), plain(decoded), "{name}");
    }
    println!("{} answers", answers.len());
}

#[test]
fn streams_do_not_depend_on_their_chunks_and_end_as_the_last_event_says() {
    let mut numbers = Numbers(0x5e9);
    let streams = recordings("stream");
    for one in &streams {
        let (name, bytes) = (&one.name, one.answer.as_bytes());
        let events = read([bytes]).unwrap();
        if bytes.len() < 60_000 {
            assert_eq!(read(bytes.chunks(1)).unwrap(), events, "{name}");
        }
        for longest in [7, 300, 5000] {
            let chunks = numbers.cut(bytes, longest);
            let again = read(chunks.iter().map(|chunk| &**chunk)).unwrap();
            assert_eq!(again, events, "{name}");
        }
        let collected = collect(&events);
        let last = last_response(&one.answer);
        check_usage(name, &collected.usage, &last);
        let whole = OpenAiResponses
            .decode_response(&DecodeContext::default(), last.to_string().as_bytes())
            .unwrap();
        assert_eq!(
            ordered(plain(collected.clone())),
            ordered(plain(whole)),
            "{name}"
        );
        // Written and read again.
        let again = read([&*write(&events)]).unwrap();
        assert_eq!(plain(collect(&again)), plain(collected), "{name}");
    }
    println!("{} streams", streams.len());
}

/// Items that overlap come in the order of their ends: those of the provider's own tools are put first. State is
/// sealed anew for each event, and left out.
fn ordered(mut response: Response) -> Response {
    let key = |block: &Block| match &block.content {
        Content::Other(item) => Some(item.raw.clone()),
        _ => None,
    };
    for choice in &mut response.choices {
        for block in &mut choice.blocks {
            if let Content::Reasoning(thought) = &mut block.content {
                thought.state = None;
            }
        }
        choice
            .blocks
            .sort_by_key(|block| (key(block).is_none(), key(block)));
    }
    response
}

fn last_response(stream: &str) -> Value {
    let data = stream.lines().filter_map(|line| line.strip_prefix("data:"));
    let mut values = data.filter_map(|data| serde_json::from_str::<Value>(data).ok());
    let last = values.rfind(|value| value["type"] == "response.completed");
    last.unwrap()["response"].clone()
}

#[test]
fn a_stream_that_is_cut_at_any_event_is_truncated() {
    let mut cuts = 0;
    for one in recordings("stream") {
        let places = boundaries(&one.answer);
        let marker = places
            .windows(2)
            .find(|w| one.answer[w[0]..w[1]].contains("\"response.completed\""))
            .map(|w| w[0])
            .unwrap();
        for cut in places.iter().filter(|place| **place <= marker) {
            let cut_off = read([&one.answer.as_bytes()[..*cut]]);
            assert_eq!(cut_off.unwrap_err(), CodecError::Truncated, "{}", one.name);
            cuts += 1;
        }
    }
    println!("{cuts} cuts");
}

#[test]
fn requests_are_the_same_when_written_again() {
    let mut count = 0;
    for form in ["unary", "stream", "unary-error"] {
        for one in recordings(form) {
            let decoded = OpenAiResponses
                .decode_request(&Target::default(), one.request.as_bytes())
                .unwrap_or_else(|error| panic!("{}: {error}", one.name));
            let mut losses = LossReport::new();
            let encoded = OpenAiResponses
                .encode_request(&decoded, &mut losses)
                .unwrap();
            assert!(losses.is_empty(), "{}: {losses}", one.name);
            assert_eq!(encoded.path, "/v1/responses");
            let again: Value = serde_json::from_slice(&encoded.body).unwrap();
            let before: Value = serde_json::from_str(&one.request).unwrap();
            assert_eq!(request(&again), request(&before), "{}", one.name);
            count += 1;
        }
    }
    println!("{count} requests");
}

/// A request in one of its spellings: messages as lists of parts, tools in one order, defaults left out.
fn request(value: &Value) -> Value {
    let mut value = normal(value);
    let object = value.as_object_mut().unwrap();
    if object.get("store") == Some(&json!(true)) {
        object.remove("store");
    }
    if object.get("stream") == Some(&json!(false)) {
        object.remove("stream");
    }
    if let Some(text) = object["input"].as_str() {
        object["input"] = json!([{"role": "user", "content": text}]);
    }
    for item in object["input"].as_array_mut().unwrap() {
        message(item);
    }
    if let Some(tools) = object.get_mut("tools").and_then(Value::as_array_mut) {
        tools.sort_by_key(ToString::to_string);
    }
    value
}

fn message(item: &mut Value) {
    let is_message = item.get("type").is_none_or(|kind| kind == "message");
    if !is_message || item.get("role").is_none() {
        return;
    }
    item["type"] = json!("message");
    let kind = match item["role"] == "assistant" {
        true => "output_text",
        false => "input_text",
    };
    if let Some(text) = item["content"].as_str() {
        item["content"] = json!([{"type": kind, "text": text}]);
    }
}

/// Without members that are null, and lists of notes that are empty.
fn normal(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(name, value)| {
                let is_empty = value.as_array().is_some_and(Vec::is_empty);
                let is_note = ["annotations", "logprobs", "content"].contains(&name.as_str());
                let is_zero = *name == "cache_write_tokens" && **value == json!(0);
                let is_empty_text = *name == "instructions" && **value == json!("");
                !(value.is_null() || is_zero || is_empty_text || is_empty && is_note)
            });
            let kept = kept.map(|(name, value)| (name.clone(), normal(value)));
            let kept: serde_json::Map<_, _> = kept
                .filter(|(name, value)| name != "reasoning" || *value != json!({}))
                .collect();
            Value::Object(kept)
        }
        Value::Array(elements) => elements.iter().map(normal).collect(),
        Value::Number(number) => json!(number.as_f64()),
        value => value.clone(),
    }
}

#[test]
fn error_answers_are_read_and_written_with_their_codes() {
    for one in recordings("unary-error") {
        let status = StatusCode::from_u16(one.status).unwrap();
        let fault = OpenAiResponses.decode_fault(status, &HeaderMap::new(), one.answer.as_bytes());
        let answer = OpenAiResponses.encode_fault(&fault);
        assert_eq!(answer.status(), status, "{}", one.name);
        let again: Value = serde_json::from_slice(answer.body()).unwrap();
        let before: Value = serde_json::from_str(&one.answer).unwrap();
        assert_eq!(normal(&again), normal(&before), "{}", one.name);
    }
}

#[test]
fn recordings_that_were_tampered_with_never_panic() {
    let mut seed: usize = 0xbad;
    let mut below = |limit: usize| {
        seed = seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        (seed >> 33) % limit
    };
    for one in recordings("stream").into_iter().chain(recordings("unary")) {
        if one.answer.len() > 80_000 {
            continue;
        }
        for _ in 0..6 {
            let mut bytes = one.answer.clone().into_bytes();
            for _ in 0..4 {
                let at = below(bytes.len());
                bytes[at] = b"\"{}[],:0\\\n"[below(10)];
            }
            let _ = read([&*bytes]);
            let _ = OpenAiResponses.decode_response(&DecodeContext::default(), &bytes);
        }
    }
}

proptest! {
    #[test]
    fn bytes_of_any_kind_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read([&*bytes]);
        let _ = OpenAiResponses.decode_response(&DecodeContext::default(), &bytes);
        let _ = OpenAiResponses.decode_request(&Target::default(), &bytes);
        let _ = OpenAiResponses.decode_fault(StatusCode::BAD_GATEWAY, &HeaderMap::new(), &bytes);
    }

    #[test]
    fn events_in_any_order_keep_the_grammar(picks in proptest::collection::vec((0..EVENTS.len(), 0..3_u8), 0..40)) {
        let mut stream = String::new();
        for (pick, at) in picks {
            let at = at.to_string();
            stream.push_str("data: ");
            stream.push_str(&EVENTS[pick].replace('#', &at));
            stream.push_str("\n\n");
        }
        // The grammar is checked while it is read.
        let _ = read([stream.as_bytes()]);
    }
}

const EVENTS: [&str; 17] = [
    r#"{"type":"response.created","response":{"id":"r"}}"#,
    r#"{"type":"response.queued","response":{}}"#,
    r##"{"type":"response.output_item.added","output_index":#,"item":{"type":"message","id":"m#"}}"##,
    r##"{"type":"response.output_item.added","output_index":#,"item":{"type":"function_call","id":"f#","call_id":"c#","name":"n"}}"##,
    r##"{"type":"response.output_text.delta","output_index":#,"content_index":0,"delta":"a"}"##,
    r##"{"type":"response.output_text.done","output_index":#,"content_index":1,"text":"abc"}"##,
    r##"{"type":"response.refusal.delta","output_index":#,"content_index":0,"delta":"no"}"##,
    r##"{"type":"response.output_text.annotation.added","output_index":#,"content_index":0,"annotation":{}}"##,
    r##"{"type":"response.reasoning_text.delta","output_index":#,"content_index":0,"delta":"hm"}"##,
    r##"{"type":"response.reasoning_summary_text.delta","output_index":#,"summary_index":1,"delta":"hm"}"##,
    r##"{"type":"response.content_part.done","output_index":#,"content_index":0,"part":{}}"##,
    r##"{"type":"response.function_call_arguments.delta","output_index":#,"delta":"{"}"##,
    r##"{"type":"response.function_call_arguments.done","output_index":#,"arguments":"{}"}"##,
    r##"{"type":"response.output_item.done","output_index":#,"item":{"type":"function_call","id":"f#","call_id":"c#","name":"n","arguments":"{}"}}"##,
    r##"{"type":"response.output_item.done","output_index":#,"item":{"type":"reasoning","id":"r#","summary":[],"encrypted_content":"agw1.gemini.x"}}"##,
    r##"{"type":"response.output_item.done","output_index":#,"item":{"type":"message","id":"m#","role":"assistant","content":[{"type":"output_text","text":"abc"}]}}"##,
    r##"{"type":"response.completed","response":{"id":"r","output":[{"type":"mcp_list_tools","id":"x"},{"type":"function_call","call_id":"c","name":"n"}]}}"##,
];
