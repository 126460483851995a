use agentgateway_core::{Error, ErrorKind, rescue::Dialect, sse::SseMessage};
use bytes::Bytes;
use http::{HeaderValue, Response, header::CONTENT_TYPE};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

const KEPT: &AsciiSet = &CONTROLS.add(b'%');

/// Errors of routes of gRPC: a status in the head, and no message.
///
/// # Source
/// gRPC over HTTP/2, Responses (Trailers-Only); statuscodes.md; http-grpc-status-mapping.md, which
/// makes `UNIMPLEMENTED` of a 404.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grpc;

impl Dialect for Grpc {
    type Subject = ();

    fn response(&self, error: &Error, (): &()) -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        let status = HeaderValue::from_static(status(error.kind()));
        headers.insert("grpc-status", status);
        let message = utf8_percent_encode(error.message(), KEPT).to_string();
        if let Ok(message) = HeaderValue::try_from(message) {
            headers.insert("grpc-message", message);
        }
        error.write_headers(headers);
        response
    }

    /// What has begun is cut: the client's library makes a status of that.
    fn event(&self, _: &Error, (): &()) -> Option<SseMessage> {
        None
    }
}

fn status(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Canceled => "1",
        ErrorKind::InvalidRequest => "3",
        ErrorKind::Timeout | ErrorKind::RequestTimeout => "4",
        ErrorKind::Forbidden => "7",
        ErrorKind::RateLimited | ErrorKind::TooLarge => "8",
        ErrorKind::NotFound | ErrorKind::MethodNotAllowed => "12",
        ErrorKind::Unauthenticated => "16",
        ErrorKind::Unavailable | ErrorKind::Overloaded | ErrorKind::BadAnswer => "14",
        _ => "13",
    }
}
