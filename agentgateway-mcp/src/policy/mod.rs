//! Policies that know MCP, for the layer that mounts all policies
//! ([`PolicyLayer`](agentgateway_core::policy::PolicyLayer)) inside of [`McpLayer`](crate::McpLayer).

#[cfg(feature = "oauth")]
#[cfg_attr(docsrs, doc(cfg(feature = "oauth")))]
pub mod oauth;
