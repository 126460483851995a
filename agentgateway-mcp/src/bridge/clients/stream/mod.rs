//! What a client is told about one request, or by its session: driven by who reads it, and kept for a while.

mod reader;
mod sink;
#[expect(clippy::module_inception, reason = "it is what the room is about")]
mod stream;
mod streams;

pub(super) use self::{
    reader::Reader,
    sink::{Sink, event_head},
    stream::{Head, Stream, is_of_session},
    streams::Streams,
};
