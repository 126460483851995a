//! The catalogue: which of several agents a call is for.
//!
//! An agent is chosen by the path, by the host, by the tenant of the call, by the skill that the client asks for,
//! or by predicates over the agents' cards ([`Wanted`]); what each of them means is told in
//! [`gateway`](crate::gateway), which asks it.
//!
//! # Disagreement
//! One word decides. Where two name different agents (the path and the host, the tenant and the skill), the call is
//! refused: a policy that has looked at the one must not be led to the other.

mod choose;
mod place;
#[cfg(feature = "tasks")]
#[cfg_attr(docsrs, doc(cfg(feature = "tasks")))]
pub mod tasks;
#[cfg(test)]
mod tests;
mod wanted;

pub use self::wanted::Wanted;
pub(crate) use self::{
    choose::{Asked, Candidate, Chosen, choose, hinted_name},
    place::{Place, Stop, before_route, place},
};
