use agentgateway_core::{Body, sse::SseMessage};
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

/// Answers a chat completion, whole or as a stream.
///
/// # Source
///
/// OpenAI API, Chat Completions: "The chat completion object", "The chat completion chunk object".
pub(super) fn answer(request: &Value, id: &Id) -> Result<Response<Body>, Refusal> {
    let prompt = Prompt::of_turns(&request["messages"], "content", &Value::Null)?;
    let limit = match &request["max_completion_tokens"] {
        Value::Null => &request["max_tokens"],
        limit => limit,
    };
    if request["n"].as_u64().is_some_and(|n| n != 1) {
        return Err(Refusal::invalid("this model gives one choice only"));
    }
    let reply = Reply::new(&prompt, limit)?;
    let head = Head {
        id: format!("chatcmpl-{id}"),
        model: model(request)?.to_owned(),
    };
    if streams(request)? {
        let options = &request["stream_options"];
        return Ok(stream(&head, &reply, options["include_usage"] == true));
    }
    let choice = json!({
        "index": 0,
        "message": {"role": "assistant", "content": reply.text(), "refusal": null},
        "logprobs": null,
        "finish_reason": finish_reason(&reply),
    });
    let mut body = head.object("chat.completion", json!([choice]));
    set(&mut body, "usage", usage(&reply));
    Ok(answer::json(StatusCode::OK, &body))
}

/// What every chunk of an answer repeats.
struct Head {
    id: String,
    model: String,
}

// === impl Head ===

impl Head {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the choices are built for this call"
    )]
    fn object(&self, object: &str, choices: Value) -> Value {
        json!({
            "id": self.id,
            "object": object,
            "created": CREATED,
            "model": self.model,
            "choices": choices,
        })
    }
}

fn stream(head: &Head, reply: &Reply, wants_usage: bool) -> Response<Body> {
    let chunk = |delta: Value, finish_reason: Option<&str>| {
        let choice =
            json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason});
        let mut chunk = head.object("chat.completion.chunk", json!([choice]));
        if wants_usage {
            set(&mut chunk, "usage", Value::Null);
        }
        answer::event(&chunk)
    };
    let mut events = vec![chunk(
        json!({"role": "assistant", "content": "", "refusal": null}),
        None,
    )];
    events.extend(
        reply
            .chunks
            .iter()
            .map(|text| chunk(json!({"content": text}), None)),
    );
    events.push(chunk(json!({}), Some(finish_reason(reply))));
    if wants_usage {
        let mut last = head.object("chat.completion.chunk", json!([]));
        set(&mut last, "usage", usage(reply));
        events.push(answer::event(&last));
    }
    events.push(SseMessage::new("[DONE]").encode());
    answer::events(events, PAUSE)
}

const fn finish_reason(reply: &Reply) -> &'static str {
    if reply.cut { "length" } else { "stop" }
}

fn usage(reply: &Reply) -> Value {
    json!({
        "prompt_tokens": reply.input_words,
        "completion_tokens": reply.output_words(),
        "total_tokens": reply.total_words(),
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    })
}
