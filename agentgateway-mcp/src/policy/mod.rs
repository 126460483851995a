//! What is decided about the things that a server offers: tools, prompts, resources.
//!
//! # Behaviour
//! [`Allows`] is one predicate about caller, server and thing. It decides twice: what it denies is left out
//! of every list, and a call of it is answered in the words for what is not there, so that nobody learns of a
//! tool by calling it. [`tools`] holds the rules that it is usually made of; a closure is one too.
//!
//! [`McpLayer::tools`](crate::McpLayer::tools) mounts it on one server. What puts several servers behind one
//! endpoint asks the same trait, by the names that the servers themselves use.
//!
//! [`limits`] says how often, how long and how much tools may be used for. [`Hygiene`] takes out of lists
//! what is there to be read by a model and not by a person. `arguments` holds those of calls against the
//! schemas of their tools, before the server is asked.
//!
//! # Errors
//! | what is denied | code | message |
//! |---|---|---|
//! | a tool | -32602 | `Unknown tool: {name}` |
//! | a prompt, and completions of it | -32602 | `Unknown prompt: {name}` |
//! | a resource or a template | -32602, up to 2025-11-25 -32002 | `Resource not found: {uri}`, the URI in `data` |
//!
//! The answer has status 200 and names no rule. The operator finds the rule where refusals are found: an
//! event of `tracing` (target `agentgateway_core::policy`), `decided_by` of the exchange's error.
//!
//! A server behind the layer that has no such tool answers in words of its own. Where these differ, who
//! compares them learns that a rule stands before the name; never whether the server has it.

#[cfg(feature = "schemas")]
#[cfg_attr(docsrs, doc(cfg(feature = "schemas")))]
pub mod arguments;
mod calls;
mod hygiene;
mod item;
pub mod limits;
mod lists;
#[cfg(feature = "oauth")]
#[cfg_attr(docsrs, doc(cfg(feature = "oauth")))]
pub mod oauth;
pub mod tools;
mod unknown;
mod uri;

#[cfg(feature = "federation")]
pub(crate) use self::uri::climbs;
pub(crate) use self::{
    calls::{CallArguments, CheckCalls, Wrong},
    lists::{Found, ListFilter},
    unknown::unknown,
};
pub use self::{
    hygiene::Hygiene,
    item::{Allows, Caller, CallerHead, Denied, Item, ItemKind},
};
