use agentgateway_core::{
    Error, ErrorKind,
    error::Origin,
    sse::{SseDecoder, SseFrame},
};
use bytes::{Buf, Bytes};

use super::super::{
    Speech,
    answers::{self, Said},
};
use crate::wire::{A2aBinding, A2aVersion};

/// Cuts an agent's stream into events, and takes each out of its envelope.
#[derive(Debug)]
pub(in crate::bridge) enum Reader {
    JsonRpc(SseDecoder),
    HttpJson(SseDecoder, A2aVersion),
    #[cfg(feature = "grpc")]
    Grpc(crate::wire::grpc::FrameDecoder, A2aVersion),
}

/// What came next.
#[derive(Debug)]
pub(in crate::bridge) enum Next {
    /// An event in the JSON of the agent's shape, or an error.
    Event(Said),
    /// What only keeps the stream open.
    Quiet,
    /// All was read.
    More,
}

impl Reader {
    pub(in crate::bridge) fn new(speech: Speech, max_event_bytes: usize) -> Result<Self, Error> {
        let sse = SseDecoder::new().with_max_event_bytes(max_event_bytes);
        Ok(match speech.binding {
            A2aBinding::JsonRpc => Self::JsonRpc(sse),
            A2aBinding::HttpJson => Self::HttpJson(sse, speech.version),
            #[cfg(feature = "grpc")]
            A2aBinding::Grpc => Self::Grpc(
                crate::wire::grpc::FrameDecoder::new(max_event_bytes),
                speech.version,
            ),
            #[cfg(not(feature = "grpc"))]
            A2aBinding::Grpc => return Err(answers::no_grpc()),
        })
    }

    /// The next of `input`, which is advanced.
    ///
    /// # Errors
    /// An event is over the limit, or is none of the protocol's.
    pub(in crate::bridge) fn next(&mut self, input: &mut Bytes) -> Result<Next, Error> {
        match self {
            Self::JsonRpc(decoder) => sse(decoder, input, |data| {
                answers::read_rpc(&data).ok_or_else(|| foreign("is no JSON-RPC response"))
            }),
            Self::HttpJson(decoder, version) => sse(decoder, input, |data| {
                Ok(answers::read_event(*version, data))
            }),
            #[cfg(feature = "grpc")]
            Self::Grpc(decoder, version) => {
                let message = decoder
                    .next_message(input)
                    .map_err(answers::unreadable_grpc)?;
                let Some(message) = message else {
                    return Ok(Next::More);
                };
                let json = crate::wire::grpc::event_to_json(*version, &message)
                    .map_err(answers::unreadable_grpc)?;
                Ok(Next::Event(Ok(json)))
            }
        }
    }

    /// Whether the stream may end here: not within an event.
    pub(in crate::bridge) fn at_boundary(&self) -> bool {
        match self {
            Self::JsonRpc(decoder) | Self::HttpJson(decoder, _) => decoder.at_boundary(),
            #[cfg(feature = "grpc")]
            Self::Grpc(decoder, _) => decoder.finish().is_ok(),
        }
    }
}

fn sse(
    decoder: &mut SseDecoder,
    input: &mut Bytes,
    open: impl FnOnce(Bytes) -> Result<Said, Error>,
) -> Result<Next, Error> {
    if input.is_empty() {
        return Ok(Next::More);
    }
    let whole = input.clone();
    let mut rest: &[u8] = &whole;
    let frame = decoder
        .decode(&mut rest)
        .map_err(|error| foreign("is over the limit").with_source(error))?;
    let next = match frame {
        Some(SseFrame::Event(event)) => {
            let data = Bytes::copy_from_slice(event.data());
            Next::Event(open(data)?)
        }
        Some(_) => Next::Quiet,
        None => Next::More,
    };
    let taken = whole.len() - rest.len();
    input.advance(taken);
    Ok(next)
}

fn foreign(what: &str) -> Error {
    let message = format!("an event of the agent's stream {what}");
    Error::new(ErrorKind::BadAnswer, message).with_origin(Origin::Upstream)
}
