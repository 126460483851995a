//! Streams.

mod choice;
mod chunk;
mod decode;
mod encode;
mod fragments;
mod progress;

pub(super) use self::{decode::Decoder, encode::Encoder};
