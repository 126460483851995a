use agentgateway_core::{Error, jsonrpc::RpcId, rescue::Dialect, sse::SseMessage};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};

#[cfg(feature = "grpc")]
use crate::wire::grpc::RpcFault;
use crate::wire::{A2aError, A2aVersion, RpcStatus};

/// How A2A says an error.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct A2aDialect;

/// Whom an error concerns, and in which binding it is said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum A2aSubject {
    /// A JSON-RPC request.
    JsonRpc {
        /// Its id; null when it could not be read.
        id: RpcId,
        /// The version that the error is written in.
        version: A2aVersion,
    },
    /// A request of HTTP+JSON, or one that is none of A2A's.
    HttpJson,
    /// A gRPC request that passed unread.
    Grpc,
}

impl A2aSubject {
    /// The body that says an error, and the status that goes with it.
    pub(super) fn say(&self, error: &A2aError) -> (StatusCode, Bytes) {
        match self {
            Self::JsonRpc { id, version } => {
                (error.answer_status(true), error.json_rpc(id, *version))
            }
            Self::HttpJson | Self::Grpc => (error.answer_status(false), error.http_json()),
        }
    }

    /// The whole answer that says an error, with a code that may be the specification's.
    pub(super) fn response(&self, said: &A2aError, error: &Error) -> Response<Bytes> {
        if matches!(self, Self::Grpc) {
            return grpc(said, error);
        }
        let (status, body) = self.say(said);
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        error.write_headers(headers);
        response
    }
}

impl Dialect for A2aDialect {
    type Subject = A2aSubject;

    fn response(&self, error: &Error, subject: &A2aSubject) -> Response<Bytes> {
        subject.response(&A2aError::new(error), error)
    }

    fn event(&self, error: &Error, subject: &A2aSubject) -> Option<SseMessage> {
        match subject {
            // Its frames were not read: nothing can be said between them.
            A2aSubject::Grpc => None,
            other => {
                let (_, body) = other.say(&A2aError::new(error));
                Some(SseMessage::new(body))
            }
        }
    }
}

/// A call that failed before its first message: all is said in the head.
///
/// # Source
/// gRPC over HTTP/2, Responses (Trailers-Only); percent-encoding of `grpc-message`.
fn grpc(said: &A2aError, error: &Error) -> Response<Bytes> {
    use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

    const KEPT: &AsciiSet = &CONTROLS.add(b'%');
    let mut response = Response::new(Bytes::new());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    #[cfg(feature = "grpc")]
    if let Some(number) = said.agent_code() {
        RpcFault::new(number, error.message().to_owned()).write(A2aVersion::V1_0, headers);
        return response;
    }
    let _ = said;
    let number = RpcStatus::of(error.kind()).number;
    headers.insert("grpc-status", HeaderValue::from_static(number));
    let message = utf8_percent_encode(error.message(), KEPT).to_string();
    if let Ok(message) = HeaderValue::try_from(message) {
        headers.insert("grpc-message", message);
    }
    response
}
