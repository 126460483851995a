//! Requests.

mod config;
mod contents;
mod decode;
mod encode;
mod tools;

pub(super) use self::{decode::decode, encode::encode};
