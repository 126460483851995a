use agentgateway_core::{
    Error,
    jsonrpc::RpcId,
    sse::{KEEP_ALIVE, SseMessage},
};
use bytes::{BufMut, BytesMut};
use http::{HeaderMap, HeaderValue};

use super::super::{Fault, LossReport, Speech, answers};
use crate::wire::{A2aBinding, A2aVersion};

/// Puts events into what a client reads.
#[derive(Debug)]
pub(in crate::bridge) enum Writer {
    JsonRpc(RpcId, A2aVersion),
    HttpJson(A2aVersion),
    #[cfg(feature = "grpc")]
    Grpc(A2aVersion),
}

impl Writer {
    pub(in crate::bridge) fn new(speech: Speech, id: &RpcId) -> Result<Self, Error> {
        Ok(match speech.binding {
            A2aBinding::JsonRpc => Self::JsonRpc(id.clone(), speech.version),
            A2aBinding::HttpJson => Self::HttpJson(speech.version),
            #[cfg(feature = "grpc")]
            A2aBinding::Grpc => Self::Grpc(speech.version),
            #[cfg(not(feature = "grpc"))]
            A2aBinding::Grpc => return Err(answers::no_grpc()),
        })
    }

    pub(in crate::bridge) const fn media(&self) -> HeaderValue {
        match self {
            Self::JsonRpc(..) | Self::HttpJson(_) => HeaderValue::from_static("text/event-stream"),
            #[cfg(feature = "grpc")]
            Self::Grpc(_) => HeaderValue::from_static("application/grpc+proto"),
        }
    }

    /// The version that the client reads.
    pub(in crate::bridge) const fn version(&self) -> A2aVersion {
        match self {
            Self::JsonRpc(_, version) | Self::HttpJson(version) => *version,
            #[cfg(feature = "grpc")]
            Self::Grpc(version) => *version,
        }
    }

    /// Its errors and its end stand in trailers.
    pub(in crate::bridge) const fn has_trailers(&self) -> bool {
        #[cfg(feature = "grpc")]
        if matches!(self, Self::Grpc(_)) {
            return true;
        }
        false
    }

    /// Writes an event, in the JSON of the client's shape.
    ///
    /// # Errors
    /// Protobuf has no place for it.
    #[cfg_attr(
        not(feature = "grpc"),
        expect(clippy::unnecessary_wraps, reason = "JSON takes anything")
    )]
    pub(in crate::bridge) fn event(
        &self,
        event: &[u8],
        out: &mut BytesMut,
        loss: &mut LossReport,
    ) -> Result<(), Error> {
        match self {
            Self::JsonRpc(id, _) => {
                out.put_slice(b"data: {\"jsonrpc\":\"2.0\",\"id\":");
                out.put_slice(id.as_raw());
                out.put_slice(b",\"result\":");
                put_line(event, out);
                out.put_slice(b"}\n\n");
            }
            Self::HttpJson(_) => {
                out.put_slice(b"data: ");
                put_line(event, out);
                out.put_slice(b"\n\n");
            }
            #[cfg(feature = "grpc")]
            Self::Grpc(version) => {
                let carried = crate::wire::grpc::event_from_json(*version, event)
                    .map_err(answers::unreadable_grpc)?;
                loss.add_grpc(&carried);
                let frame = crate::wire::grpc::frame(&carried.bytes);
                out.put_slice(&frame.map_err(answers::unreadable_grpc)?);
            }
        }
        let _ = loss;
        Ok(())
    }

    /// Says an error; where errors stand in trailers, these.
    pub(in crate::bridge) fn fault(&self, fault: &Fault, out: &mut BytesMut) -> Option<HeaderMap> {
        let data = match self {
            Self::JsonRpc(id, version) => fault.rpc(id, *version),
            Self::HttpJson(version) => fault.rest(*version).1,
            #[cfg(feature = "grpc")]
            Self::Grpc(version) => return Some(answers::trailers_grpc(fault, *version)),
        };
        out.put_slice(&SseMessage::new(data).encode());
        None
    }

    /// The trailers of a stream that has come to its end.
    pub(in crate::bridge) fn end(&self) -> Option<HeaderMap> {
        #[cfg(feature = "grpc")]
        if self.has_trailers() {
            return Some(answers::success_grpc());
        }
        None
    }

    /// Keeps the connection open, where there is a word for it.
    pub(in crate::bridge) fn quiet(&self, out: &mut BytesMut) {
        if !self.has_trailers() {
            out.put_slice(KEEP_ALIVE);
        }
    }
}

/// Data of one line: line ends between the tokens of JSON are spaces as well.
fn put_line(json: &[u8], out: &mut BytesMut) {
    out.reserve(json.len());
    for piece in json.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
        match piece.split_last() {
            Some((b'\n' | b'\r', line)) => {
                out.put_slice(line);
                out.put_u8(b' ');
            }
            _ => out.put_slice(piece),
        }
    }
}
