//! Streams, read and written.

mod blocks;
mod calls;
mod close;
mod decode;
mod delta;
mod encode;
mod fields;
mod held;
mod items;
mod open;
mod parts;
mod state;
mod whole;
mod writer;

pub(super) use self::{decode::Decoder, encode::Encoder};
