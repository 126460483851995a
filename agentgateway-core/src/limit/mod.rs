//! Limits: how often, how much, how many at once, and what is shed when the host is at its end.
//!
//! Each room is one [`Policy`](crate::policy::Policy), usable alone:
//!
//! | room | limits | refuses with | keeps its count in |
//! |---|---|---|---|
//! | [`rate`] | requests, or tokens, in a time, for each key | 429 | a [`RateStore`](crate::store::RateStore) |
//! | [`concurrency`] | what is in flight, in all and for each key | 503, 429 | this process |
//! | [`budget`] | what is spent in a window, for each key: reserved before, settled after | 429 | a [`Ledger`](crate::store::Ledger) |
//! | [`shed`] | everything, while a probe says so | 503 | |
//! | [`heap`] | a probe: the memory of the process and its container | | |
//!
//! # Order
//! From outside in: [`shed`], which costs nothing; [`concurrency`]; [`rate`]; [`budget`]. What a
//! later one refuses has been counted by a [`rate`] before it, and is given back by a [`budget`].
//!
//! # Errors
//! Refusals say when it is worth another try. No answer names a key, its own or another's; logs and
//! spans name the policy, and the caller where it is known.

pub mod budget;
pub mod concurrency;
mod failure;
pub mod heap;
mod key;
mod metered;
pub mod rate;
pub mod shed;
#[cfg(test)]
mod tests;
mod usage;

pub use self::{key::Key, usage::estimate_tokens};
