//! Arguments of calls, held against the schemas that the server's lists have told.
//!
//! # Behaviour
//! [`ToolArguments`] is mounted by [`McpLayer::arguments`](crate::McpLayer::arguments). It learns the
//! `inputSchema` of each tool from the answers to `tools/list` that pass, on every page and in every form, and
//! a `tools/call` whose arguments are not what the schema says does not reach the server. It asks nobody by
//! itself: **a call of a tool of which no list has told passes**, and so does one after a
//! `notifications/tools/list_changed`, which makes forgotten what was known, until a list is asked for again.
//!
//! Mounted around a [federation](crate::route) it knows the tools by the names that clients see. The tools of
//! a server are the same for everybody: where a server tells two callers two schemas of one tool, the last
//! one holds for both.
//!
//! # Schemas
//! Drafts 4, 6 and 7, 2019-09 and 2020-12, which holds where `$schema` says nothing. `format` is not checked.
//! Nothing is ever fetched. A schema cannot be used when
//!
//! * a `$ref` leads out of it, or is by a name (`$anchor`, `$dynamicRef`), or leads nowhere or only to itself;
//! * a schema within has an `$id` of its own, or `$schema` names a dialect of somebody's own;
//! * it is over a bound: 128 KiB, 2,000 schemas within, nested 64 deep, 32 patterns of 1 KiB each;
//! * it is no schema of its dialect.
//!
//! Its tool is left out of lists, with a reason in the log, and a call of it is answered as one of a tool that
//! is not there; [`lenient`](ToolArguments::lenient) lets both pass. What only the first call finds out, that
//! it is no schema of its dialect, is so from then on.
//!
//! What a check may cost is found out before it begins, from the schema and the arguments. What would cost
//! more is refused like wrong arguments.
//!
//! # Errors
//! | arguments | code | message |
//! |---|---|---|
//! | are not what the schema says | -32602 | `Invalid arguments of tool {name}: at {path}: {what is wrong}` |
//! | of a tool whose schema cannot be used | -32602 | `Unknown tool: {name}` |
//!
//! The answer has status 200. No value of the arguments is repeated; a name that the schema does not know is.
//!
//! # Example
//! ```
//! use agentgateway_mcp::{McpLayer, policy::arguments::ToolArguments};
//!
//! let layer = McpLayer::new().arguments(ToolArguments::new());
//! # let _ = layer;
//! ```

mod inspect;
mod keywords;
mod known;
mod schema;
#[cfg(test)]
mod tests;
mod tool_arguments;
mod work;

pub use self::tool_arguments::ToolArguments;
