//! Answers of gRPC, read as they pass.
//!
//! # Source
//! gRPC over HTTP/2, Responses; A2A v1.0, section 10.

use bytes::Bytes;
use http::HeaderMap;

use crate::{
    A2aCall,
    wire::{
        A2aBinding, Answer, code,
        grpc::{FrameDecoder, RpcFault, event_to_json, response_to_json},
        read_answer,
    },
};

/// Takes messages out of an answer, for as long as they can be read.
#[derive(Debug)]
pub(super) struct Frames(Option<FrameDecoder>);

impl Frames {
    pub(super) fn new(max_message_bytes: usize) -> Self {
        Self(Some(FrameDecoder::new(max_message_bytes)))
    }

    /// What the messages say that end within this piece.
    pub(super) fn read(&mut self, call: &A2aCall, data: &Bytes, mut take: impl FnMut(Answer)) {
        let mut rest = data.clone();
        while let Some(decoder) = &mut self.0 {
            match decoder.next_message(&mut rest) {
                Ok(Some(message)) => take(said(call, &message)),
                Ok(None) => return,
                // It passes all the same: the client judges what it is given.
                Err(_) => self.0 = None,
            }
        }
    }
}

fn said(call: &A2aCall, message: &Bytes) -> Answer {
    let json = if call.operation().streams() {
        event_to_json(call.version(), message)
    } else {
        response_to_json(call.version(), call.operation(), message)
    };
    // Both versions are read as HTTP+JSON, which has the JSON form of these messages.
    json.map_or(Answer::Unknown, |json| {
        read_answer(&json, A2aBinding::HttpJson)
    })
}

/// The error that trailers, or the head of an answer without a body, tell.
pub(super) fn fault(trailers: &HeaderMap) -> Option<Answer> {
    let fault = RpcFault::read(trailers)?;
    Some(Answer::Error {
        code: Some(fault.code),
        reason: code::reason(fault.code).map(Box::from),
    })
}
