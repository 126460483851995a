//! Bodies: looked at and forwarded, erased, adapted, and watched to their end.
//!
//! [`Peeked`] lets a layer read a request and hand it on untouched, [`HoldLayer`] reads the small ones
//! where no layer does, [`WithEnd`] says how a body
//! ended, [`Body`] erases a body's type at the few seams that store services, and [`AdaptLayer`]
//! fits a service that takes one concrete body type under a layer that hands it another.
//! [`PrefixLayer`] shows the beginning of a request's body to policies, [`buffer`] reads bodies whole before
//! they go on.

mod adapt;
pub mod buffer;
mod end;
mod erased;
mod gather;
mod given_up;
mod hold;
mod peeked;
pub mod prefix;
mod read_then_call;
mod stall;
#[cfg(test)]
mod tests;
mod with_end;

pub use self::{
    adapt::{Adapt, AdaptLayer},
    end::End,
    erased::Body,
    hold::{Hold, HoldFuture, HoldLayer},
    peeked::{Look, Peek, Peeked},
    prefix::{BodyPrefix, PrefixLayer},
    stall::StallTimeout,
    with_end::{OnEnd, WithEnd},
};
pub(crate) use self::{gather::Gather, given_up::GivenUp};
