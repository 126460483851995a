//! Streams, read and written.

mod decode;
mod encode;
mod fields;
mod held;
mod items;
mod open;
mod state;
mod writer;

pub(super) use self::{decode::Decoder, encode::Encoder};
