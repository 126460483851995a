use bytes::BytesMut;
use serde_json::Value;

use super::super::{
    super::{
        codec::{AnswerContext, Codec, DecodeContext, Target},
        form::{Request, Response},
        loss::LossReport,
        stream::{CodecError, Collect, Event, EventSink, Grammar, replay},
    },
    Gemini,
};

pub(super) fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// A request of a client of Gemini.
pub(super) fn request(model: &str, body: &str) -> Request {
    let target = Target::new(model, false);
    Gemini
        .decode_request(&target, body.as_bytes())
        .unwrap_or_else(|error| panic!("{error}: {body}"))
}

pub(super) fn encoded(request: &Request) -> (Value, LossReport) {
    let mut losses = LossReport::new();
    let encoded = Gemini.encode_request(request, &mut losses).unwrap();
    (serde_json::from_slice(&encoded.body).unwrap(), losses)
}

pub(super) fn response(body: &str) -> Response {
    Gemini
        .decode_response(&DecodeContext::default(), body.as_bytes())
        .unwrap_or_else(|error| panic!("{error}: {body}"))
}

pub(super) fn context() -> AnswerContext {
    AnswerContext {
        model: "asked".into(),
        seed: "seed".into(),
        ..AnswerContext::default()
    }
}

pub(super) fn answered(response: &Response) -> (Value, LossReport) {
    let mut losses = LossReport::new();
    let body = Gemini
        .encode_response(&context(), response, &mut losses)
        .body;
    (serde_json::from_slice(&body).unwrap(), losses)
}

/// The events of a stream that is cut into chunks; each keeps the grammar.
pub(super) fn events(body: &[u8], longest: usize) -> (Vec<Event<'static>>, Result<(), CodecError>) {
    let mut decoder = Gemini.stream_decoder(&DecodeContext::default());
    let mut events: Vec<Event<'static>> = Vec::new();
    let mut result = Ok(());
    for chunk in body.chunks(longest) {
        result = result.and_then(|()| decoder.feed(chunk, &mut events));
    }
    let result = result.and_then(|()| decoder.finish(&mut events));
    let mut grammar = Grammar::new();
    for event in &events {
        let checked = grammar.check(event);
        checked.unwrap_or_else(|broken| panic!("{broken}: {events:?}"));
    }
    (events, result)
}

pub(super) fn collected(events: Vec<Event<'static>>) -> Response {
    let mut collect = Collect::new();
    for event in events {
        collect.event(event).unwrap();
    }
    collect.finish().unwrap()
}

/// A stream for a client of Gemini, and what was lost.
pub(super) fn streamed(response: &Response, as_array: bool) -> (Vec<u8>, LossReport) {
    let mut context = context();
    context.as_array = as_array;
    let mut encoder = Gemini.stream_encoder(&context);
    let mut out = BytesMut::new();
    replay(response, &mut |event: Event<'_>| {
        encoder.encode(&event, &mut out)
    })
    .unwrap();
    (out.to_vec(), encoder.losses())
}

/// The chunks of a stream of events.
pub(super) fn chunks(stream: &[u8]) -> Vec<Value> {
    let stream = std::str::from_utf8(stream).unwrap();
    assert!(stream.ends_with("\n\n"), "{stream}");
    let events = stream.trim_end().split("\n\n");
    events
        .map(|event| {
            assert!(!event.contains('\n'), "{event}");
            value(event.strip_prefix("data: ").unwrap())
        })
        .collect()
}

/// A stream of events with these chunks.
pub(super) fn sse(chunks: &[&str]) -> String {
    chunks
        .iter()
        .map(|chunk| format!("data: {chunk}\r\n\r\n"))
        .collect()
}
