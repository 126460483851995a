//! Recordings of OpenAI Chat Completions through its codec.
//!
//! The recordings lie beside the checkout; where they are absent, the tests say so and skip themselves.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests may do what tests may"
)]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use agentgateway_llm::{
    LlmDialect, LlmUsage,
    bridge::{
        AnswerContext, Codec, DecodeContext, Fault, LossReport, Target,
        chat::OpenAiChat,
        form::Response,
        stream::{CodecError, Collect, Event, EventSink, Grammar},
    },
};
use bytes::BytesMut;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use support::{Numbers, Recording, boundaries};

fn recordings(form: &str) -> Vec<Recording> {
    let mut found = support::recordings(form);
    found.retain(|recording| recording.dialect == LlmDialect::OpenAiChat);
    println!("{} recordings of {form}", found.len());
    found
}

fn context() -> AnswerContext {
    let mut context = AnswerContext::default();
    context.model = "asked".into();
    context.seed = "seed".into();
    context
}

/// What a decoder makes of these chunks; the grammar is kept.
fn decode(chunks: &[&[u8]]) -> Result<Vec<Event<'static>>, CodecError> {
    let mut decoder = OpenAiChat.stream_decoder(&DecodeContext::default());
    let mut grammar = Grammar::new();
    let mut events = Vec::new();
    let mut sink = |event: Event<'_>| {
        grammar.check(&event).unwrap();
        events.push(event.into_owned());
        Ok(())
    };
    for chunk in chunks {
        decoder.feed(chunk, &mut sink)?;
    }
    decoder.finish(&mut sink)?;
    Ok(events)
}

fn collect(events: &[Event<'static>]) -> Response {
    let mut collected = Collect::new();
    for event in events {
        collected.event(event.clone()).unwrap();
    }
    collected.finish().unwrap()
}

fn write(events: &[Event<'static>]) -> BytesMut {
    let mut encoder = OpenAiChat.stream_encoder(&context());
    let mut out = BytesMut::new();
    for event in events {
        encoder.encode(event, &mut out).unwrap();
    }
    assert!(encoder.losses().is_empty());
    out
}

/// What members are written otherwise than they were read: see the documentation of the module.
fn normal(mut body: Value) -> Value {
    let members = body.as_object_mut().unwrap();
    members.retain(|_, value| !value.is_null());
    if members.get("stream") == Some(&json!(false)) {
        members.remove("stream");
    }
    if let Some(stop) = members.get_mut("stop").filter(|stop| stop.is_string()) {
        *stop = json!([*stop]);
    }
    if let Some(count) = members.remove("max_tokens") {
        members.insert("max_completion_tokens".into(), count);
    }
    for name in ["temperature", "top_p"] {
        if let Some(number) = members.get_mut(name) {
            *number = json!(number.as_f64());
        }
    }
    for message in members["messages"].as_array_mut().unwrap() {
        let message = message.as_object_mut().unwrap();
        message.retain(|_, value| !value.is_null() && *value != json!(""));
        let parts = message.get("content").and_then(Value::as_array);
        if let Some([part]) = parts.map(Vec::as_slice) {
            if part["type"] == "text" && part.as_object().unwrap().len() == 2 {
                let text = part["text"].clone();
                message.insert("content".into(), text);
            }
        }
    }
    body
}

#[test]
fn requests_are_the_same_when_they_are_written_again() {
    for form in ["stream", "unary", "unary-error"] {
        for recording in recordings(form) {
            let name = &recording.name;
            let target = Target::default();
            let body = recording.request.as_bytes();
            let request = OpenAiChat.decode_request(&target, body).unwrap();
            let mut losses = LossReport::new();
            let encoded = OpenAiChat.encode_request(&request, &mut losses).unwrap();
            assert!(losses.is_empty(), "{name}: {losses}");
            assert_eq!(encoded.path, "/v1/chat/completions");
            let again = serde_json::from_slice(&encoded.body).unwrap();
            let first = serde_json::from_slice(body).unwrap();
            assert_eq!(normal(again), normal(first), "{name}");
            let second = OpenAiChat.decode_request(&target, &encoded.body).unwrap();
            assert_eq!(second, request, "{name}");
        }
    }
}

#[test]
fn answers_are_the_same_when_they_are_written_again() {
    for recording in recordings("unary") {
        let name = &recording.name;
        let context = DecodeContext::default();
        let response = OpenAiChat
            .decode_response(&context, recording.answer.as_bytes())
            .unwrap();
        assert!(!response.choices.is_empty(), "{name}");
        check_usage(&response.usage, &recording);
        let mut losses = LossReport::new();
        let body = OpenAiChat
            .encode_response(&self::context(), &response, &mut losses)
            .body;
        assert!(losses.is_empty(), "{name}: {losses}");
        let again = OpenAiChat.decode_response(&context, &body).unwrap();
        assert_eq!(again, response, "{name}");
    }
}

/// Parts are no more than their sums, and the sums are the provider's total.
fn check_usage(usage: &LlmUsage, recording: &Recording) {
    let name = &recording.name;
    let (input, output) = (
        usage.input_tokens().unwrap(),
        usage.output_tokens().unwrap(),
    );
    assert!(usage.cache_read_tokens.unwrap_or(0) <= input, "{name}");
    assert!(
        usage.output_reasoning_tokens.unwrap_or(0) <= output,
        "{name}"
    );
    assert_eq!(usage.total_tokens, Some(input + output), "{name}");
}

/// Fault S01: a stream cut at every byte is the same stream.
#[test]
fn streams_are_the_same_however_they_are_cut_and_when_they_are_written_again() {
    let mut numbers = Numbers(0xc4a7);
    for recording in recordings("stream") {
        let name = &recording.name;
        let bytes = recording.answer.as_bytes();
        let events = decode(&[bytes]).unwrap();
        for longest in [1, 7, 300] {
            let chunks = numbers.cut(bytes, longest);
            let chunks: Vec<_> = chunks.iter().map(Vec::as_slice).collect();
            assert_eq!(decode(&chunks).unwrap(), events, "{name}");
        }
        assert_eq!(events.last(), Some(&Event::End), "{name}");
        let response = collect(&events);
        check_usage(&response.usage, &recording);

        let mut losses = LossReport::new();
        let body = OpenAiChat
            .encode_response(&context(), &response, &mut losses)
            .body;
        assert!(losses.is_empty(), "{name}: {losses}");
        let whole = OpenAiChat.decode_response(&DecodeContext::default(), &body);
        assert_eq!(whole.unwrap(), response, "{name}");

        let written = write(&events);
        assert_eq!(collect(&decode(&[&written]).unwrap()), response, "{name}");
        // The text and the arguments, event by event, are those of the provider.
        let told = |events: &[Event<'static>]| -> Vec<Event<'static>> {
            let is_delta = |event: &&Event<'static>| matches!(event, Event::Delta { .. });
            events.iter().filter(is_delta).cloned().collect()
        };
        assert_eq!(told(&decode(&[&written]).unwrap()), told(&events), "{name}");
    }
}

/// Fault L01: a stream that stops without its marker is never a success.
#[test]
fn a_stream_that_is_cut_is_truncated() {
    for recording in recordings("stream") {
        let name = &recording.name;
        let bytes = recording.answer.as_bytes();
        let places = boundaries(&recording.answer);
        let marker = recording.answer.rfind("data: [DONE]").unwrap();
        for place in places {
            for cut in [place, place + 11, place + 40] {
                if cut > marker + "data: [DONE".len() {
                    continue;
                }
                let error = decode(&[&bytes[..cut]]).unwrap_err();
                assert_eq!(error, CodecError::Truncated, "{name} cut at {cut}");
            }
        }
        decode(&[&bytes[..marker + "data: [DONE]".len()]]).unwrap();
    }
}

#[test]
fn error_answers_are_read_and_written_again() {
    for recording in recordings("unary-error") {
        let name = &recording.name;
        let status = StatusCode::from_u16(recording.status).unwrap();
        let body = recording.answer.as_bytes();
        let fault = OpenAiChat.decode_fault(status, &HeaderMap::new(), body);
        let value: Value = serde_json::from_slice(body).unwrap();
        let words = value["error"]["message"].as_str().unwrap();
        assert!(fault.message.starts_with(words), "{name}");
        assert_eq!(fault.status, Some(status), "{name}");
        assert_eq!(fault.kind, Fault::kind_of(status), "{name}");
        assert_eq!(
            fault.param.as_deref(),
            value["error"]["param"].as_str(),
            "{name}"
        );
        OpenAiChat
            .decode_response(&DecodeContext::default(), body)
            .unwrap_err();

        let answer = OpenAiChat.encode_fault(&fault);
        assert_eq!(answer.status(), status, "{name}");
        let again = OpenAiChat.decode_fault(status, answer.headers(), answer.body());
        assert_eq!((&again.message, again.kind), (&fault.message, fault.kind));
        assert_eq!(
            again.code,
            fault.code.clone().or(again.code.clone()),
            "{name}"
        );
    }
}

/// Bytes that are changed here and there: errors, and never a panic or a broken grammar.
#[test]
fn what_is_damaged_is_read_or_refused() {
    let mut numbers = Numbers(0xda3a9e);
    let interesting = *b"{}[]\",:\\n0-a\n\r \xff";
    for form in ["stream", "unary"] {
        for recording in recordings(form) {
            let bytes = recording.answer.as_bytes();
            for _ in 0..40 {
                let mut damaged = bytes.to_vec();
                let places = numbers.cut(&[0; 8], 3);
                for place in &places {
                    let at = numbers.cut(bytes, bytes.len())[0].len() - 1;
                    damaged[at] = interesting[(at + place.len()) % interesting.len()];
                }
                let _ = decode(&[&damaged]);
                let _ = OpenAiChat.decode_response(&DecodeContext::default(), &damaged);
                let _ = OpenAiChat.decode_request(&Target::default(), &damaged);
                let _ = OpenAiChat.decode_fault(StatusCode::OK, &HeaderMap::new(), &damaged);
            }
        }
    }
}
