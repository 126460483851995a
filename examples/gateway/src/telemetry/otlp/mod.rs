//! Spans on their way to a collector: how it is spoken to, and the queue before it.

mod pipeline;
mod target;
#[cfg(test)]
mod tests;
mod wire;

pub(super) use self::{
    pipeline::{Pipeline, Retired},
    target::{Target, attribute},
    wire::{Wire, cause},
};
