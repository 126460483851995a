use agentgateway_core::Body;
use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{
    super::{
        answer::{self, PAUSE},
        value::set,
    },
    prompt::Prompt,
    refusal::Refusal,
    reply::{CREATED, Id, Reply, model, streams},
};

/// Answers a response, whole or as a stream of its events.
///
/// # Source
///
/// OpenAI API, Responses: "The response object", "Streaming events".
pub(super) fn answer(request: &Value, id: &Id) -> Result<Response<Body>, Refusal> {
    let instructions = &request["instructions"];
    let prompt = match &request["input"] {
        Value::String(text) => Prompt::of_text(text, instructions),
        items => Prompt::of_turns(items, "content", instructions)?,
    };
    let reply = Reply::new(&prompt, &request["max_output_tokens"])?;
    let base = base(request, model(request)?, id);
    if streams(request)? {
        return Ok(stream(&base, &reply, id));
    }
    Ok(answer::json(StatusCode::OK, &finished(&base, &reply, id)))
}

/// The response as it stands when nothing was said yet.
fn base(request: &Value, model: &str, id: &Id) -> Value {
    let or = |key: &str, default: Value| match &request[key] {
        Value::Null => default,
        value => value.clone(),
    };
    json!({
        "id": format!("resp_{id}"),
        "object": "response",
        "created_at": CREATED,
        "status": "in_progress",
        "error": null,
        "incomplete_details": null,
        "instructions": or("instructions", Value::Null),
        "max_output_tokens": or("max_output_tokens", Value::Null),
        "metadata": or("metadata", json!({})),
        "model": model,
        "output": [],
        "parallel_tool_calls": or("parallel_tool_calls", json!(true)),
        "previous_response_id": null,
        "reasoning": {"effort": null, "summary": null},
        "store": false,
        "temperature": or("temperature", json!(1.0)),
        "text": or("text", json!({"format": {"type": "text"}})),
        "tool_choice": or("tool_choice", json!("auto")),
        "tools": or("tools", json!([])),
        "top_p": or("top_p", json!(1.0)),
        "truncation": "disabled",
        "usage": null,
    })
}

/// The response when all was said.
fn finished(base: &Value, reply: &Reply, id: &Id) -> Value {
    let mut response = base.clone();
    set(&mut response, "status", status(reply));
    if reply.cut {
        set(
            &mut response,
            "incomplete_details",
            json!({"reason": "max_output_tokens"}),
        );
    }
    set(
        &mut response,
        "output",
        json!([message(id, status(reply), json!([part(&reply.text())]))]),
    );
    set(
        &mut response,
        "usage",
        json!({
            "input_tokens": reply.input_words,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": reply.output_words(),
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": reply.total_words(),
        }),
    );
    response
}

fn stream(base: &Value, reply: &Reply, id: &Id) -> Response<Body> {
    let mut events = Events::default();
    let item_id = item_id(id);
    let at = json!({"item_id": item_id, "output_index": 0, "content_index": 0});
    events.push("response.created", json!({"response": base}));
    events.push("response.in_progress", json!({"response": base}));
    let item = message(id, "in_progress", json!([]));
    events.push(
        "response.output_item.added",
        json!({"output_index": 0, "item": item}),
    );
    events.push(
        "response.content_part.added",
        with(&at, json!({"part": part("")})),
    );
    for chunk in &reply.chunks {
        let delta = json!({"delta": chunk, "logprobs": []});
        events.push("response.output_text.delta", with(&at, delta));
    }
    let text = reply.text();
    events.push(
        "response.output_text.done",
        with(&at, json!({"text": text, "logprobs": []})),
    );
    events.push(
        "response.content_part.done",
        with(&at, json!({"part": part(&text)})),
    );
    let item = message(id, status(reply), json!([part(&text)]));
    events.push(
        "response.output_item.done",
        json!({"output_index": 0, "item": item}),
    );
    let last = if reply.cut {
        "response.incomplete"
    } else {
        "response.completed"
    };
    events.push(last, json!({"response": finished(base, reply, id)}));
    answer::events(events.encoded, PAUSE)
}

/// The events of a response, numbered from 0.
#[derive(Default)]
struct Events {
    encoded: Vec<Bytes>,
}

// === impl Events ===

impl Events {
    fn push(&mut self, name: &'static str, mut value: Value) {
        set(&mut value, "type", name);
        set(&mut value, "sequence_number", self.encoded.len());
        self.encoded.push(answer::named_event(name, &value));
    }
}

const fn status(reply: &Reply) -> &'static str {
    if reply.cut { "incomplete" } else { "completed" }
}

fn item_id(id: &Id) -> String {
    format!("msg_{id}")
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the content is built for this call"
)]
fn message(id: &Id, status: &str, content: Value) -> Value {
    json!({
        "id": item_id(id),
        "type": "message",
        "status": status,
        "role": "assistant",
        "content": content,
    })
}

fn part(text: &str) -> Value {
    json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []})
}

/// The members of both objects.
fn with(base: &Value, more: Value) -> Value {
    let mut both = base.clone();
    if let (Value::Object(both), Value::Object(more)) = (&mut both, more) {
        both.extend(more);
    }
    both
}
