mod answers;
mod faults;
mod options;
mod requests;
mod robust;
mod streams;

use serde_json::Value;

use super::{
    super::{
        AnswerContext, Codec, DecodeContext, Encoded, LossReport, Target,
        form::{Block, Content, Opaque, Reasoning, Request, Response, Role, Turn},
        stream::{CodecError, Event},
    },
    AnthropicMessages,
};

/// The request that a client wrote.
fn read(body: &str) -> Request {
    let target = Target::default();
    AnthropicMessages
        .decode_request(&target, body.as_bytes())
        .unwrap()
}

/// What a provider is sent, and what was lost.
fn write(request: &Request) -> (Value, LossReport) {
    let (encoded, losses) = encode(request);
    (serde_json::from_slice(&encoded.body).unwrap(), losses)
}

fn encode(request: &Request) -> (Encoded, LossReport) {
    let mut losses = LossReport::new();
    let encoded = AnthropicMessages
        .encode_request(request, &mut losses)
        .unwrap();
    (encoded, losses)
}

/// The answer that a provider wrote.
fn answer(body: &str) -> Response {
    AnthropicMessages
        .decode_response(&DecodeContext::default(), body.as_bytes())
        .unwrap()
}

/// What a client is sent, and what was lost.
fn tell(response: &Response) -> (Value, LossReport) {
    let mut losses = LossReport::new();
    let context = AnswerContext {
        model: "asked".into(),
        seed: "s1".into(),
        ..AnswerContext::default()
    };
    let body = AnthropicMessages
        .encode_response(&context, response, &mut losses)
        .body;
    (serde_json::from_slice(&body).unwrap(), losses)
}

/// The events of a whole stream.
fn events(stream: &str) -> Result<Vec<Event<'static>>, CodecError> {
    let mut decoder = AnthropicMessages.stream_decoder(&DecodeContext::default());
    let mut found = Vec::new();
    decoder.feed(stream.as_bytes(), &mut found)?;
    decoder.finish(&mut found)?;
    Ok(found)
}

/// A request of another dialect's with these turns.
fn request(turns: Vec<Turn>) -> Request {
    Request {
        model: "claude-sonnet-4-5".into(),
        turns,
        ..Request::default()
    }
}

fn hello() -> Request {
    request(vec![Turn::new(Role::User, vec![Block::text("hello")])])
}

fn thought(text: &str, state: Option<Opaque<'static>>) -> Block {
    Block::new(Content::Reasoning(Reasoning {
        text: text.into(),
        state,
        ..Reasoning::default()
    }))
}
