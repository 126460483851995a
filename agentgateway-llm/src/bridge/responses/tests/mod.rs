//! Small cases, both ways.

mod answers;
mod faults;
mod requests;
mod streams;

use serde_json::Value;

use super::{
    super::{
        AnswerContext, Codec, DecodeContext, Loss, LossReport, Target,
        form::{Request, Response},
        stream::{CodecError, Event, Grammar},
    },
    OpenAiResponses,
};

fn context() -> AnswerContext {
    AnswerContext {
        model: "asked".to_owned(),
        now: 7,
        seed: "s".to_owned(),
        ..AnswerContext::default()
    }
}

fn asked(json: &str) -> Request {
    OpenAiResponses
        .decode_request(&Target::default(), json.as_bytes())
        .unwrap()
}

/// The request as it is written for a provider, and what was lost.
fn sent(request: &Request) -> (Value, LossReport) {
    let mut losses = LossReport::new();
    let encoded = OpenAiResponses
        .encode_request(request, &mut losses)
        .unwrap();
    (serde_json::from_slice(&encoded.body).unwrap(), losses)
}

fn lost(report: &LossReport) -> Vec<Loss> {
    report.iter().collect()
}

fn answered(json: &str) -> Response {
    OpenAiResponses
        .decode_response(&DecodeContext::default(), json.as_bytes())
        .unwrap()
}

/// The answer as it is written for a client, and what was lost.
fn told(response: &Response) -> (Value, LossReport) {
    let mut losses = LossReport::new();
    let body = OpenAiResponses
        .encode_response(&context(), response, &mut losses)
        .body;
    (serde_json::from_slice(&body).unwrap(), losses)
}

/// The events of a stream, each of which is JSON here; they keep the grammar.
fn read(events: &[&str]) -> Result<Vec<Event<'static>>, CodecError> {
    let mut found: Vec<Event<'static>> = Vec::new();
    let mut decoder = OpenAiResponses.stream_decoder(&DecodeContext::default());
    for event in events {
        decoder.feed(format!("data: {event}\n\n").as_bytes(), &mut found)?;
    }
    decoder.finish(&mut found)?;
    let mut grammar = Grammar::new();
    for event in &found {
        grammar.check(event).unwrap();
    }
    Ok(found)
}

/// The data of the events that are written for a client, and what was lost.
fn written(events: &[Event<'_>]) -> (Vec<Value>, LossReport) {
    let mut encoder = OpenAiResponses.stream_encoder(&context());
    let mut out = bytes::BytesMut::new();
    for event in events {
        encoder.encode(event, &mut out).unwrap();
    }
    let text = String::from_utf8(out.to_vec()).unwrap();
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    let events = data.map(|data| serde_json::from_str(data).unwrap());
    (events.collect(), encoder.losses())
}
