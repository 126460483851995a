//! The headers of a request, as an expression sees them.

use http::HeaderMap;

/// What stands in place of a credential.
const REDACTED: &str = "[redacted]";

/// Headers whose values are credentials.
const CREDENTIALS: [&str; 9] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "x-amz-security-token",
    "x-auth-token",
];

/// Whether the value of this header must not be told.
fn is_credential(name: &str) -> bool {
    CREDENTIALS
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// The first value of a header, if it is text. A credential is told to those alone who may see it.
pub(super) fn value<'a>(headers: &'a HeaderMap, name: &str, reveal: bool) -> Option<&'a str> {
    let value = headers.get(name)?;
    if !reveal && is_credential(name) {
        return Some(REDACTED);
    }
    value.to_str().ok()
}
