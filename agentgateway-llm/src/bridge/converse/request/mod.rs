//! Requests.

mod decode;
mod encode;
mod knobs;
mod tools;
mod turns;

pub(super) use self::{decode::decode, encode::encode};
