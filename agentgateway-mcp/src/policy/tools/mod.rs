//! Which tools are for whom.
//!
//! # Behaviour
//! [`ToolRules`] are patterns in an order; the last one that matches decides, so that an exception stands
//! behind what it is an exception from. [`ToolAuthorization`] asks the rules of
//! [`authz`](agentgateway_core::authz), closures or expressions over the request, its caller and the call.
//!
//! # Example
//! ```
//! use agentgateway_core::context::Principal;
//! use agentgateway_mcp::{McpLayer, policy::tools::ToolRules};
//!
//! let rules = ToolRules::deny_all()
//!     .allow("search")
//!     .allow("read_*")
//!     .deny("read_secrets")
//!     .allow_if("delete_*", |caller, _server, _tool| {
//!         caller.is_some_and(|caller: &Principal| caller.name() == "alice")
//!     });
//! let layer = McpLayer::new().tools(rules);
//! # let _ = layer;
//! ```

mod authorization;
mod pattern;
mod rules;
#[cfg(test)]
mod tests;

pub(crate) use self::pattern::Pattern;
pub use self::{authorization::ToolAuthorization, rules::ToolRules};
