//! What is decided about what passes: no wire, and no layer.
//!
//! All but [`card`] are policies of core's [`PolicyLayer`](agentgateway_core::policy::PolicyLayer), which stands
//! within [`A2aLayer`](crate::A2aLayer): the call that it has read is what they judge. What a caller may do with
//! which agent, operation, task or skill is said by core's
//! [`Authorization`](agentgateway_core::authz::Authorization) over the facts of the call: `a2a.agent`,
//! `a2a.operation`, `a2a.task`, `a2a.context`, `a2a.tenant`, `a2a.skill` and the others of
//! [`A2aCall`](crate::A2aCall).

mod caller;
pub mod card;
mod content;
mod in_flight;
pub mod loops;
mod open;
pub mod owners;
mod tenant;
#[cfg(test)]
mod tests;
mod unfinished;

pub use self::{
    content::Content, loops::Loops, open::Open, owners::TaskOwners, tenant::TokenTenant,
    unfinished::Unfinished,
};
