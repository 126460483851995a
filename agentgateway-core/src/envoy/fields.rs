use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        CONNECTION, CONTENT_LENGTH, EXPECT, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE,
        TRAILER, TRANSFER_ENCODING, UPGRADE,
    },
};

/// Fields that say where a message begins and ends, and whose it is: no service writes those.
static FRAMING: [HeaderName; 13] = [
    CONNECTION,
    CONTENT_LENGTH,
    EXPECT,
    HOST,
    HeaderName::from_static("http2-settings"),
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// The most fields that one answer of a service may bring.
pub(super) const MAX_FIELDS: usize = 256;

/// Whether a service may write this field.
pub(super) fn is_free(name: &HeaderName) -> bool {
    !FRAMING.contains(name)
}

/// Adds a field, where there is still room for one.
pub(super) fn append(headers: &mut HeaderMap, name: &HeaderName, value: &HeaderValue) {
    // The map is full at 32,768 fields, of which a service brings but a few.
    let _ = headers.try_append(name, value.clone());
}

/// Removes what describes a body that is not sent along.
pub(super) fn without_content(headers: &mut HeaderMap) {
    crate::upstream::retain_headers(headers, |name| !name.as_str().starts_with("content-"));
}
