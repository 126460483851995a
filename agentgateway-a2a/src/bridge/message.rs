//! The one message in the body of a request or of an answer of gRPC.
//!
//! # Source
//! gRPC over HTTP/2, Length-Prefixed-Message.

use bytes::Bytes;

use crate::wire::grpc::{FrameDecoder, FrameError};

/// The message of a body that was read whole; `None` where it has none, or a second one.
///
/// # Errors
/// A frame that is broken off, or compressed.
pub(crate) fn only_message(body: &Bytes) -> Result<Option<Bytes>, FrameError> {
    let mut rest = body.clone();
    let mut decoder = FrameDecoder::new(body.len());
    let message = decoder.next_message(&mut rest)?;
    if message.is_none() {
        decoder.finish()?;
    }
    Ok(message.filter(|_| rest.is_empty()))
}
