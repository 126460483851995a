use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{
        ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, TRAILER,
        TRANSFER_ENCODING,
    },
};
use http_body::Body as HttpBody;

use crate::body::Peeked;

/// What describes one body and no other, beside its type.
///
/// # Source
/// RFC 9110, section 8; RFC 9530; RFC 3230 (`Digest`); RFC 1864 (`Content-MD5`).
static OF_ONE_BODY: [HeaderName; 11] = [
    ACCEPT_RANGES,
    CONTENT_ENCODING,
    HeaderName::from_static("content-digest"),
    CONTENT_LENGTH,
    HeaderName::from_static("content-md5"),
    CONTENT_RANGE,
    HeaderName::from_static("digest"),
    ETAG,
    HeaderName::from_static("repr-digest"),
    TRAILER,
    TRANSFER_ENCODING,
];

/// A head is to describe this body in the place of the one that it had.
pub(super) fn describe(headers: &mut HeaderMap, body: &Bytes) {
    undescribe(headers);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
}

/// A head is to describe no body.
pub(super) fn undescribe(headers: &mut HeaderMap) {
    for name in &OF_ONE_BODY {
        headers.remove(name);
    }
}

/// A body of these bytes, without trailers.
pub(super) fn of<B>(bytes: Bytes) -> Peeked<B>
where
    B: HttpBody<Data = Bytes>,
{
    let mut body = Peeked::default();
    body.replace_read([bytes]);
    body
}

/// RFC 9110, sections 15.2, 15.3.5, 15.3.6 and 15.4.5.
pub(super) fn has_none(status: StatusCode) -> bool {
    status.is_informational() || matches!(status.as_u16(), 204 | 205 | 304)
}
