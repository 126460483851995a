//! Whole answers.

mod decode;
mod encode;
mod usage;

pub(super) use self::{decode::decode, encode::encode, usage::write as write_usage};
