//! Anthropic Messages.
//!
//! | of the dialect | canonical form |
//! |---|---|
//! | `system`, `messages[].content`: a string or blocks | blocks; written as blocks again |
//! | `text`, `image`, `document`, `thinking`, `redacted_thinking`, `tool_use`, `tool_result` | the block of that name |
//! | every other block, such as `server_tool_use` | [`Content::Other`](super::form::Content::Other), whole |
//! | `cache_control` of a block or a tool | [`CacheMarker`](super::form::CacheMarker); at the top a sidecar |
//! | `text.citations[]`, `citations_delta` | a sidecar `citation` each |
//! | `tools[]` without a `type`, or `custom` | [`Tool`](super::form::Tool) |
//! | `tools[]` of every other `type` | a sidecar `tools` each |
//! | `tool_choice.disable_parallel_tool_use` | the opposite of `parallel_tool_calls` |
//! | `thinking`, `output_config.effort` | [`ReasoningOptions`](super::form::ReasoningOptions) |
//! | `output_config.format`, the older `output_format` | [`OutputFormat::JsonSchema`](super::form::OutputFormat) |
//! | `metadata.user_id` | `user` |
//! | members of inner objects that are not known | sidecars of the request or the answer, such as `usage.service_tier` |
//!
//! # Requests to a provider
//! * `max_tokens` is required: where nothing was asked for, 32000 of the models that can, 8192 of version 3.5, 4096 of
//!   others, and more where thoughts need it.
//! * Schemas that the model is held to are closed: objects have no properties but those that are named, unless they say
//!   otherwise. Models before version 4.5 are not told `strict`.
//! * Turns of one role are joined, results of tools come first, empty texts and turns are left out.
//! * Thoughts go only with Anthropic's own state: any other signature is refused there.
//! * Names and ids that the dialect does not take are spelled otherwise: a name is translated back in the answer.
//! * What a model takes depends on its version, which is read from its name: how thoughts are asked for, and whether
//!   `temperature` is known.
//! * Thoughts give way to what forbids them: a tool that is forced, a budget that does not fit into `max_tokens`, and
//!   results of calls whose thoughts are not there.
//! * Of the client's tools only those are shown that may be asked for; the dialect has no other word for it.
//!
//! # State of others
//! State of another provider stands in `signature` and `data` with its owner's mark. A call's state has no slot: it
//! is the signature of an empty `thinking` block right before the `tool_use`.
//!
//! # Streams
//! * Blocks of the provider's own tools are told when they are complete, as one block.
//! * The reason of the stop is told with the end marker: it may be revised until then.
//! * `message_start` must tell a usage that most providers do not know yet: what is not known is 0 there, and
//!   `message_delta` tells the whole.
//! * Types of events that are not known are passed over, as the dialect's versioning policy wants it. Types of deltas
//!   that are not known are kept.

mod codec;
mod count;
mod fault;
mod lost;
mod model;
mod names;
mod request;
mod response;
mod stream;
#[cfg(test)]
mod tests;

use super::json;

pub(in crate::bridge) use self::lost::loss_of;
pub use self::{codec::AnthropicMessages, count::encode_token_count};

use crate::LlmDialect;

/// Whose sidecars these are.
const DIALECT: LlmDialect = LlmDialect::AnthropicMessages;
