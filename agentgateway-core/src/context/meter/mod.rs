//! What a call used, told from the layer that reads it to the policies that count it.

mod claim;
mod shared;
mod tap;
#[cfg(test)]
mod tests;
mod used;

pub use self::{claim::MeterClaim, shared::Meter, tap::MeterTap, used::Used};
