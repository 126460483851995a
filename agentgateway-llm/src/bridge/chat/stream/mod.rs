//! Streams.

mod choice;
mod chunk;
mod decode;
mod encode;
mod fragments;
mod lines;
mod progress;
mod waiting;

pub(super) use self::{decode::Decoder, encode::Encoder};
