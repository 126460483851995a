use bytes::{BufMut, Bytes, BytesMut};
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, Uri,
    header::{CONTENT_TYPE, TE},
};
use http_body::Body as HttpBody;
use http_body_util::{BodyExt, Limited};
use tower_service::Service;

use super::{
    Check,
    http::{asked, head},
};
use crate::{
    body::Body,
    error::{BoxError, Error, ErrorKind},
    upstream::Endpoint,
};

/// The longest answer that is read: it is one number.
const LIMIT_BYTES: usize = 1024;

/// The longest name of a service, so that its length is one byte.
const NAME_BYTES: usize = 127;

/// The status that says that it serves.
const SERVING: u8 = 1;

/// Asks `grpc.health.v1.Health/Check` whether a service serves.
///
/// Two messages of one field each are written and read by hand: no protobuf is needed for them.
///
/// # Source
/// gRPC Health Checking Protocol, `grpc/health/v1/health.proto`; gRPC over HTTP/2, Requests and
/// Responses; protobuf, Encoding.
#[derive(Clone, Debug)]
pub struct GrpcCheck<S> {
    client: S,
    message: Bytes,
}

impl<S> GrpcCheck<S> {
    /// Asks through `client`, which must speak HTTP/2, about the server as a whole.
    pub fn new(client: S) -> Self {
        Self {
            client,
            message: message(""),
        }
    }

    /// Asks about this service of the server. Default: the server as a whole.
    ///
    /// Its name is cut at 127 bytes.
    #[must_use]
    pub fn service(mut self, name: &str) -> Self {
        self.message = message(name);
        self
    }

    fn request(&self, endpoint: &Endpoint) -> Result<Request<Body>, Error> {
        let mut head = head(&Uri::from_static("/grpc.health.v1.Health/Check"));
        endpoint.apply(&mut head)?;
        head.method = Method::POST;
        let grpc = HeaderValue::from_static("application/grpc");
        head.headers.insert(CONTENT_TYPE, grpc);
        head.headers
            .insert(TE, HeaderValue::from_static("trailers"));
        Ok(Request::from_parts(head, Body::from(self.message.clone())))
    }
}

impl<S, RB> Check<Endpoint> for GrpcCheck<S>
where
    S: Service<Request<Body>, Response = Response<RB>> + Clone + Send + Sync,
    S::Error: Into<BoxError>,
    S::Future: Send,
    RB: HttpBody<Data = Bytes> + Send,
    RB::Error: Into<BoxError>,
{
    fn check(&self, endpoint: &Endpoint) -> impl Future<Output = Result<(), Error>> + Send {
        let asked = self
            .request(endpoint)
            .map(|request| asked(&self.client, request));
        async move {
            let (head, body) = asked?.await?.into_parts();
            if !head.status.is_success() || is_refused(&head.headers) {
                return Err(unhealthy("it does not answer health checks"));
            }
            let read = Limited::new(body, LIMIT_BYTES).collect().await;
            let read = read.map_err(Error::from_boxed)?;
            if read.trailers().is_some_and(is_refused) {
                return Err(unhealthy("it knows no such service"));
            }
            match status(&read.to_bytes()) {
                Some(SERVING) => Ok(()),
                _ => Err(unhealthy("it says that it does not serve")),
            }
        }
    }
}

fn unhealthy(words: &'static str) -> Error {
    Error::new(ErrorKind::Unavailable, words)
}

fn is_refused(headers: &HeaderMap) -> bool {
    headers
        .get("grpc-status")
        .is_some_and(|status| status != "0")
}

/// `HealthCheckRequest { service: 1 }`, behind the five bytes of a message: not compressed, its length.
fn message(service: &str) -> Bytes {
    let mut end = service.len().min(NAME_BYTES);
    while !service.is_char_boundary(end) {
        end -= 1;
    }
    let name = service.as_bytes().get(..end).unwrap_or_default();
    let mut field = BytesMut::new();
    if !name.is_empty() {
        field.put_u8(0x0a);
        field.put_u8(u8::try_from(name.len()).unwrap_or_default());
        field.put_slice(name);
    }
    let mut message = BytesMut::with_capacity(5 + field.len());
    message.put_u8(0);
    message.put_u32(u32::try_from(field.len()).unwrap_or_default());
    message.put_slice(&field);
    message.freeze()
}

/// `HealthCheckResponse { status: 1 }`: 0, which is no status, where the field is missing.
fn status(message: &[u8]) -> Option<u8> {
    match message {
        [0, 0, 0, 0, 0] => Some(0),
        [0, 0, 0, 0, 2, 0x08, status] => Some(*status),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_and_reads_the_two_messages() {
        assert_eq!(&message("")[..], [0, 0, 0, 0, 0]);
        assert_eq!(&message("a.B")[..], b"\0\0\0\0\x05\x0a\x03a.B");
        let long = message(&"é".repeat(100));
        assert_eq!((long.len(), long[6]), (5 + 2 + 126, 126));
        assert_eq!(status(&[0, 0, 0, 0, 2, 8, 1]), Some(SERVING));
        assert_eq!(status(&[0, 0, 0, 0, 0]), Some(0));
        for wrong in [
            &b""[..],
            b"\0\0\0\0\x02\x08",
            b"\x01\0\0\0\x02\x08\x01",
            b"\0\0\0\0\x02\x10\x01",
        ] {
            assert_eq!(status(wrong), None, "{wrong:?}");
        }
    }
}
