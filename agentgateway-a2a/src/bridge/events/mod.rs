//! Streams: event by event, from what an agent speaks to what the client speaks.
//!
//! No task and no channel stands between the two bodies: what one read of the agent's stream brought
//! leaves in one frame.

mod body;
mod reader;
#[cfg(feature = "grpc")]
mod trailed;
mod writer;

#[cfg(feature = "grpc")]
pub(super) use self::trailed::Trailed;
pub(super) use self::{body::Translated, reader::Reader, writer::Writer};
