//! Which requests are traced.
//!
//! | policy | request | decided by |
//! |---|---|---|
//! | none | any | `OTEL_TRACES_SAMPLER`; unset: `parentbased_always_on` |
//! | holds | without a trace | `randomSampling`; absent: the environment's sampler where it is named, else none |
//! | holds | with a trace | `clientSampling`; absent: what the client recorded is recorded |
//! | holds, silent on both | with a trace | the environment's sampler where it is named, else as the client recorded |
//! | denied | any | never |
//!
//! A share is taken of trace ids, as the SDK does, so that every hop of a trace that asks for the
//! same share comes to the same answer. `traceidratio`, `always_on` and `always_off` do not look at
//! the parent.

mod decide;
mod environment;
mod rule;
#[cfg(test)]
mod tests;

pub use self::rule::Described;
pub(super) use self::{
    decide::{Decision, Sampling},
    environment::EnvironmentSampler,
    rule::Rule,
};
