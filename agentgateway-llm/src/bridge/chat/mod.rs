//! OpenAI Chat Completions, as OpenAI publishes it and as the servers that follow it write it.
//!
//! # What stands for what
//! | canonical form | Chat Completions |
//! |---|---|
//! | `system` | messages `system` and `developer` at the beginning; in the middle they are turns |
//! | results of tools | messages `tool`, before what else a turn of the user says |
//! | thoughts | `reasoning_content`; read also from `reasoning`, `reasoning_details` and parts `thinking` |
//! | state of thoughts | `reasoning_details[]`: `signature` of a `reasoning.text`, `data` of a `reasoning.encrypted` |
//! | state of a call | `tool_calls[].extra_content.google.thought_signature` |
//! | a refusal | `refusal` |
//! | what only this dialect knows | sidecars: those of a message stand at its first block, named `message.…` |
//!
//! # What is written otherwise than it was read
//! * A text alone is a string, not an array of one part. An empty `content` and one that is `null` are the same.
//! * `max_tokens` becomes `max_completion_tokens`, and the other way round where a server merely
//!   [follows](OpenAiCompatible) OpenAI; `safety_identifier` becomes `user`, `functions` and
//!   `function_call` become `tools` and `tool_choice`, messages `function` become messages `tool`.
//! * Media in the result of a tool stand in a message of the user's behind all results: a message `tool` has texts
//!   alone.
//! * Arguments that are empty become `{}`: many peers read them as JSON without looking.
//!
//! # Providers
//! Read beside what OpenAI writes: an error within an answer of status 200, whole (`fault_in`) or as an event,
//! also where `[DONE]` follows it; `usage` and `content` that are `null`; arguments that are an object; calls
//! without an id, an index or a type; fragments of several calls in turns; content as an array of parts.
//!
//! # Source
//! OpenAI API, Chat Completions (`CreateChatCompletionRequest`, `CreateChatCompletionResponse`,
//! `CreateChatCompletionStreamResponse`); OpenRouter API, Reasoning Tokens; DeepSeek API, Thinking Mode;
//! recordings of api.openai.com, api.groq.com, api.mistral.ai and openrouter.ai.

mod calls;
mod codec;
mod compatible;
mod fault;
mod loss;
mod message;
mod reasoning;
mod request;
mod response;
mod sidecars;
mod stop;
mod stream;
#[cfg(test)]
mod tests;

use super::json;

pub(in crate::bridge) use self::loss::loss_of;
pub use self::{codec::OpenAiChat, compatible::OpenAiCompatible};
