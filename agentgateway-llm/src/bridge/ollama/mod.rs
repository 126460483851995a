//! Ollama's own `/api/chat`: of providers alone, as no client here speaks it.
//!
//! Ollama follows OpenAI too, at `/v1`. Its own API tells more and takes more: thoughts are asked for and told apart
//! for every model, and a JSON Schema constrains what is sampled.
//!
//! | canonical form | `/api/chat` |
//! |---|---|
//! | `system`, instructions in the middle | messages `system` |
//! | results of tools | messages `tool`, with `tool_name` and `tool_call_id` |
//! | an image in base64 | `images[]` of its message, without its place in the text; of a result, in a message of the user's behind the results |
//! | thoughts | `thinking` |
//! | arguments of a call | an object |
//! | effort, budget | `think`: false, `low`, `medium`, `high`; true where the model decides |
//! | a form of the answer | `format`: `json`, or the schema |
//! | sampling | `options`; the most tokens are `num_predict` |
//! | usage | `prompt_eval_count`, `eval_count` |
//!
//! Texts of one turn are one text: with an empty line between them, and as they are where the model wrote them.
//! Media of other kinds, and media behind a URL, have no place; nor has a tool that must be asked for. A call without
//! an id is given one.
//!
//! # Streams
//! `application/x-ndjson`: one object on each line, the last one with `done: true`. A call comes whole. An error is a
//! line with `error`.
//!
//! # Source
//! Ollama API reference, "Generate a chat completion"; the types of its `api` package.

mod answer;
mod codec;
mod request;
mod stream;
#[cfg(test)]
mod tests;

pub use self::codec::Ollama;
use super::{Loss, form::Sidecar};
use crate::LlmDialect;

/// Whose sidecars these are.
const DIALECT: LlmDialect = LlmDialect::OLLAMA;

/// What is lost where a sidecar of this dialect has no place; `None` for what changes nothing.
pub(in crate::bridge) fn loss_of(sidecar: &Sidecar) -> Option<Loss> {
    match &*sidecar.name {
        // How long it took, and when it was made.
        name if name.ends_with("_duration") => None,
        "created_at" => None,
        "logprobs" => Some(Loss::Logprobs),
        "message.images" => Some(Loss::Image),
        _ => Some(Loss::UnknownMember),
    }
}
