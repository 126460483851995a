//! Amazon Bedrock Converse.
//!
//! | what | here | in the canonical form |
//! |---|---|---|
//! | model, stream | the path | `model`, `stream` |
//! | `system` | texts, `cachePoint` | `system`; instructions in the middle of a conversation go there |
//! | `messages` | strict alternation; all `toolResult`s of a turn first | turns |
//! | `cachePoint` | a block of its own | the marker of the block, or the tool, before it |
//! | `toolUse.input` | any JSON | arguments, as text |
//! | `toolResult` | texts, `json`, media | a result; `json` that is all of it and an object is JSON by rule |
//! | `reasoningContent` | text with a signature, or `redactedContent` in base64 | reasoning, its state Anthropic's |
//! | images, documents, films, sounds | a format and bytes, or a place in S3 | media; a place in S3 is a file of the provider's store |
//! | `inferenceConfig` | temperature from 0 to 1 | sampling |
//! | `outputConfig` | a JSON Schema as a string, an effort | the output's form, reasoning |
//! | `additionalModelRequestFields` | whatever the model takes | `thinking`, `top_k` and their like are read too |
//! | `citationsContent`, `guardContent` | texts with notes | text, with the notes beside it |
//! | `type` of a `toolUse` | `server_tool_use`: the provider runs it | a block that only this dialect knows |
//!
//! A request that was read and is written again is the same but for what says nothing: `status: success`, a choice
//! of `auto`, an empty `inferenceConfig` or `system`, `strict: false`, `ttl: 5m`, empty texts.
//!
//! Names of tools with other characters than `[a-zA-Z0-9_-]`, or over 64 of them, are written otherwise, and put
//! back in the answer. So are ids of calls, which nobody needs back. A conversation with calls and no tools gets
//! tools without a schema, as the provider refuses it otherwise.
//!
//! State of a call, which only Gemini has, stands in a `reasoningContent` of its own before the `toolUse`.
//!
//! # Source
//! Amazon Bedrock API reference, Converse and ConverseStream; botocore 1.44, `bedrock-runtime`, `service-2.json`.

mod codec;
mod content;
mod fault;
mod loss;
mod media;
mod model;
mod names;
mod request;
mod response;
mod state;
mod stream;
#[cfg(test)]
mod tests;

use super::json;

pub use self::codec::BedrockConverse;
pub(in crate::bridge) use self::loss::loss_of;
use crate::LlmDialect;

const DIALECT: LlmDialect = LlmDialect::BedrockConverse;
