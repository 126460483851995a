use agentgateway_core::{Body, Error, ErrorKind, body::End, context::Trail, rescue::Dialect};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header::CONTENT_TYPE};

use super::listener::is_grpc;
use crate::assemble::grpc::Grpc;

/// Why a request belongs to no listener.
#[derive(Clone, Copy)]
pub(super) enum Astray {
    NoListener,
    /// The connection was made to another one.
    Misdirected,
}

impl Astray {
    pub(super) fn answer(self, request: &Request<Body>) -> Response<Body> {
        match self {
            Self::NoListener if is_grpc(request) => {
                let error = Error::new(ErrorKind::NotFound, "no listener of this port serves it");
                Trail::tell(request.extensions(), End::Failed(&error));
                Grpc.response(&error, &()).map(Body::from)
            }
            Self::NoListener => {
                let words = "no listener of this port serves this host";
                said(StatusCode::NOT_FOUND, "not_found", words)
            }
            Self::Misdirected => {
                let words = "this connection was made to another host of this gateway";
                said(StatusCode::MISDIRECTED_REQUEST, "misdirected", words)
            }
        }
    }
}

/// What cannot happen: the listener of a request is not there any more.
pub(super) fn lost() -> Response<Body> {
    let words = "no listener serves this request";
    said(StatusCode::INTERNAL_SERVER_ERROR, "internal", words)
}

/// An answer of the table itself: what is spoken is not known where there is no route.
pub(super) fn said(status: StatusCode, kind: &str, words: &str) -> Response<Body> {
    let body = serde_json::json!({
        "error": { "code": status.as_u16(), "kind": kind, "message": words }
    });
    let mut response = Response::new(Body::from(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
