//! The headers of a request or of an answer, as an expression sees them.

use std::borrow::Cow;

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

/// The value of a header; of one that is there several times, all of them as one list. What is no text
/// is told as far as it is: a header that is there is not missing. A credential is told to those alone
/// who may see it.
///
/// # Source
/// RFC 9110, section 5.3; for cookies RFC 6265, section 5.4.
pub(super) fn value<'a>(headers: &'a HeaderMap, name: &str, reveal: bool) -> Option<Cow<'a, str>> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if !reveal && is_credential(name) {
        return Some(Cow::Borrowed(REDACTED));
    }
    let separator = match name.eq_ignore_ascii_case("cookie") {
        true => "; ",
        false => ", ",
    };
    let mut told = String::from_utf8_lossy(first.as_bytes());
    for value in values {
        let value = String::from_utf8_lossy(value.as_bytes());
        told = Cow::Owned([&told, separator, &value].concat());
    }
    Some(told)
}
