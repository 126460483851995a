//! OpenAI Responses: `POST /v1/responses`.
//!
//! | Responses | canonical form |
//! |---|---|
//! | `instructions`; messages of `system` or `developer` at the beginning of `input` | [`system`](super::form::Request::system) |
//! | such messages further behind | a turn of [`Role::System`](super::form::Role::System) |
//! | a `message` of the user, or a string as `input` | a turn of its own, a block for each part |
//! | `message`, `reasoning`, `function_call` and `custom_tool_call` items one behind the other | one turn of the assistant |
//! | `function_call_output` and `custom_tool_call_output` items one behind the other | one turn of the user |
//! | `reasoning.summary`, else `reasoning.content` | [`Reasoning::text`](super::form::Reasoning::text) |
//! | `reasoning.encrypted_content` | [`Reasoning::state`](super::form::Reasoning::state) of [`OpenAi`](super::form::StateOwner::OpenAi) |
//! | tools of type `function` and `custom` | [`tools`](super::form::Request::tools); all others are sidecars, named `tools.` and their type |
//! | any other item, such as `web_search_call` | [`Content::Other`](super::form::Content::Other) of its type |
//! | any other part of a message | the same, named `content.` and its type |
//! | `text.format` | [`output`](super::form::Request::output) |
//! | `status`, `incomplete_details` | [`StopReason`](super::form::StopReason); a call among the items is `ToolUse` |
//!
//! # What is said otherwise
//! * `strict` of a tool is true here when it is left out, and false in all other dialects: it is written always.
//! * `store` is true here when it is left out, and other providers keep nothing: a request of another dialect says
//!   `store: false`, and asks for `reasoning.encrypted_content` where the model is told to think.
//! * `max_output_tokens` is at least 16 here.
//! * A call's state of another provider stands in an empty `reasoning` item before the call, as the dialect has no
//!   other place for it.
//! * An answer repeats the request's members in this dialect. An answer of another dialect knows none of them, and
//!   has the defaults instead.
//! * Ids that are made here have the mark `_agw_`, and are forgotten when they come back: the provider never gave
//!   them.
//! * Empty arguments of a call are `{}`.
//!
//! # Streams
//! Items may overlap (OpenRouter ends its `reasoning` behind the `message`; MCP servers are listed side by side).
//! Blocks of the canonical form do not: text and thoughts are ended when another item goes on, and what comes while
//! a call is open waits for its end, up to 2 MiB. Items that are not told event by event, or whose end never comes
//! (recorded for `mcp_list_tools`), are taken from `response.output_item.done` or from the last event. Events that
//! only tell how a provider's own tool gets on are passed over: its item comes whole.

mod codec;
mod fault;
mod ids;
mod item;
mod loss;
mod media;
mod request;
mod response;
mod stream;
#[cfg(test)]
mod tests;

use super::json;

pub use self::codec::OpenAiResponses;
pub(in crate::bridge) use self::loss::loss_of;
