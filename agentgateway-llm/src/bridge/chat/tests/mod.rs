//! Tests of the dialect, in small cases. Recordings are in `tests/bridge_chat.rs`.

mod answers;
mod faults;
mod property;
mod requests;
mod streams;
mod written;

use bytes::BytesMut;
use serde_json::Value;

use super::{
    super::{
        AnswerContext, Codec, DecodeContext, LossReport, Target,
        form::{Request, Response},
        stream::{CodecError, Collect, Event, EventSink, Grammar},
    },
    OpenAiChat,
};

/// A request with these members beside a model.
fn request(members: &str) -> Request {
    let body = format!("{{\"model\":\"m\",{members}}}");
    OpenAiChat
        .decode_request(&Target::default(), body.as_bytes())
        .unwrap()
}

fn encoded(request: &Request) -> (Value, LossReport) {
    let mut losses = LossReport::new();
    let encoded = OpenAiChat.encode_request(request, &mut losses).unwrap();
    (serde_json::from_slice(&encoded.body).unwrap(), losses)
}

/// The answer with this message.
fn answer(message: &str) -> Response {
    answer_of(&format!(
        r#"{{"id":"r1","model":"m","created":7,"choices":[{{"index":0,"message":{message},"finish_reason":"stop"}}]}}"#
    ))
}

fn answer_of(body: &str) -> Response {
    OpenAiChat
        .decode_response(&DecodeContext::default(), body.as_bytes())
        .unwrap()
}

fn context() -> AnswerContext {
    AnswerContext {
        model: "asked".into(),
        now: 5,
        seed: "seed".into(),
        ..AnswerContext::default()
    }
}

fn written(response: &Response) -> (Value, LossReport) {
    let mut losses = LossReport::new();
    let body = OpenAiChat
        .encode_response(&context(), response, &mut losses)
        .body;
    (serde_json::from_slice(&body).unwrap(), losses)
}

/// The events of a stream, which keep the grammar; and how it ended.
fn events(stream: &str) -> (Vec<Event<'static>>, Result<(), CodecError>) {
    let mut decoder = OpenAiChat.stream_decoder(&DecodeContext::default());
    let mut grammar = Grammar::new();
    let mut events = Vec::new();
    let mut sink = |event: Event<'_>| {
        grammar.check(&event).unwrap();
        events.push(event.into_owned());
        Ok(())
    };
    let fed = decoder.feed(stream.as_bytes(), &mut sink);
    let ended = fed.and_then(|()| decoder.finish(&mut sink));
    (events, ended)
}

/// A stream of chunks with these deltas, for the first choice, up to its end marker.
fn stream(deltas: &[&str]) -> String {
    let mut stream = String::new();
    for delta in deltas {
        stream += &chunk(&format!(
            r#"{{"index":0,"delta":{delta},"finish_reason":null}}"#
        ));
    }
    stream += &chunk(r#"{"index":0,"delta":{},"finish_reason":"stop"}"#);
    stream + "data: [DONE]\n\n"
}

fn chunk(choice: &str) -> String {
    format!("data: {{\"id\":\"c1\",\"created\":7,\"model\":\"m\",\"choices\":[{choice}]}}\n\n")
}

/// The answer that a stream makes.
fn collected(stream: &str) -> Response {
    let (events, ended) = events(stream);
    ended.unwrap();
    let mut collected = Collect::new();
    for event in events {
        collected.event(event).unwrap();
    }
    collected.finish().unwrap()
}

/// What the encoder writes for these events.
fn streamed(events: &[Event<'_>]) -> (String, LossReport) {
    let mut encoder = OpenAiChat.stream_encoder(&context());
    let mut out = BytesMut::new();
    for event in events {
        encoder.encode(event, &mut out).unwrap();
    }
    (String::from_utf8(out.to_vec()).unwrap(), encoder.losses())
}

/// The JSON of each event.
fn chunks(stream: &str) -> Vec<Value> {
    stream
        .lines()
        .filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok())
        .collect()
}
