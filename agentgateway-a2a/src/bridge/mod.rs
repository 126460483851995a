//! Between the versions of A2A: what a client of one says, for an agent of another.
//!
//! [`shape`] turns JSON of one version into JSON of another, call by call and event by event, without any
//! input or output of its own. What the other version has no place for is told in a [`LossReport`].

mod loss;
pub mod shape;

pub use self::loss::{Loss, LossReport};
