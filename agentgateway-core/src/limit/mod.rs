//! Limits: how often, how much, how many at once, and what is shed when the host is at its end.
//!
//! Each room is one [`Policy`](crate::policy::Policy), usable alone:
//!
//! | room | limits | refuses with | keeps its count in |
//! |---|---|---|---|
//! | [`rate`] | requests, or tokens, in a time, for each key | 429 | a [`RateStore`](crate::store::RateStore) |
//! | [`concurrency`] | what is in flight, in all and for each key | 503, 429 | this process |
//!
//! # Errors
//! Refusals say when it is worth another try. No answer names a key, its own or another's; logs and
//! spans name the policy, and the caller where it is known.

pub mod concurrency;
mod failure;
mod key;
mod metered;
pub mod rate;
#[cfg(test)]
mod tests;
mod usage;

pub use self::{failure::FailureMode, key::Key, usage::estimate_tokens};
