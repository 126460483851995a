use agentgateway_core::Body;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{
    super::{
        answer::{self, PAUSE},
        value::set,
    },
    prompt::Prompt,
    refusal::Refusal,
    reply::{Id, Reply, model, streams},
};

/// Answers a message, whole or as a stream.
///
/// # Source
///
/// Anthropic API, Messages: "Create a Message", "Streaming Messages".
pub(super) fn answer(request: &Value, id: &Id) -> Result<Response<Body>, Refusal> {
    let prompt = prompt(request)?;
    if request["max_tokens"].is_null() {
        return Err(Refusal::invalid("max_tokens: field required"));
    }
    let reply = Reply::new(&prompt, &request["max_tokens"])?;
    let message = json!({
        "id": format!("msg_{id}"),
        "type": "message",
        "role": "assistant",
        "model": model(request)?,
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "usage": usage(&reply, 0),
    });
    if streams(request)? {
        return Ok(stream(&message, &reply));
    }
    let mut message = message;
    set(
        &mut message,
        "content",
        json!([{"type": "text", "text": reply.text()}]),
    );
    set(&mut message, "stop_reason", stop_reason(&reply));
    set(&mut message, "usage", usage(&reply, reply.output_words()));
    Ok(answer::json(StatusCode::OK, &message))
}

/// Answers how many tokens a message would have.
///
/// # Source
///
/// Anthropic API, "Count tokens in a Message".
pub(super) fn count(request: &Value) -> Result<Response<Body>, Refusal> {
    model(request)?;
    let prompt = prompt(request)?;
    Ok(answer::json(
        StatusCode::OK,
        &json!({"input_tokens": prompt.words}),
    ))
}

fn prompt(request: &Value) -> Result<Prompt, Refusal> {
    Prompt::of_turns(&request["messages"], "content", &request["system"])
}

fn stream(message: &Value, reply: &Reply) -> Response<Body> {
    let event = |name: &'static str, mut value: Value| {
        set(&mut value, "type", name);
        answer::named_event(name, &value)
    };
    let block = json!({"type": "text", "text": ""});
    let mut events = vec![
        event("message_start", json!({"message": message})),
        event(
            "content_block_start",
            json!({"index": 0, "content_block": block}),
        ),
        event("ping", json!({})),
    ];
    events.extend(reply.chunks.iter().map(|text| {
        let delta = json!({"type": "text_delta", "text": text});
        event("content_block_delta", json!({"index": 0, "delta": delta}))
    }));
    events.push(event("content_block_stop", json!({"index": 0})));
    let delta = json!({"stop_reason": stop_reason(reply), "stop_sequence": null});
    let usage = json!({"output_tokens": reply.output_words()});
    events.push(event(
        "message_delta",
        json!({"delta": delta, "usage": usage}),
    ));
    events.push(event("message_stop", json!({})));
    answer::events(events, PAUSE)
}

const fn stop_reason(reply: &Reply) -> &'static str {
    if reply.cut { "max_tokens" } else { "end_turn" }
}

fn usage(reply: &Reply, output_words: u64) -> Value {
    json!({
        "input_tokens": reply.input_words,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": output_words,
    })
}
