//! Streams, which are binary.

mod blocks;
mod decode;
mod encode;
mod held;

pub(super) use self::{decode::Decoder, encode::Encoder};
