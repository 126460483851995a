//! Streams: events, or the elements of a JSON array.
//!
//! A chunk is a whole answer with a piece of its content. There is no end marker: a stream is complete when it ends
//! cleanly and every candidate that was seen told its `finishReason`, or the prompt was blocked. Some models tell
//! `STOP` with every chunk, so that stops are told on when the body ends.

mod choice;
mod chunk;
mod decode;
mod encode;
mod frames;
mod machine;
mod pieces;
mod teller;
mod values;

pub(super) use self::{decode::Decoder, encode::Encoder};
