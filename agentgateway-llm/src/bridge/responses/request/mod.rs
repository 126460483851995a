//! Requests, read and written.

mod decode;
mod encode;
mod input;
mod options;
mod tools;

pub(super) use self::{decode::decode, encode::encode, input::arguments};
