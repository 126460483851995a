//! Media types and content codings of a head.

use http::{HeaderMap, header};

/// True when the body is JSON: `application/json`, or any `application/…+json`.
#[must_use]
pub fn is_json(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|found| {
        let found = found.to_ascii_lowercase();
        found == "application/json"
            || (found.starts_with("application/") && found.ends_with("+json"))
    })
}

/// True when the body is an event stream.
#[must_use]
pub fn is_event_stream(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|found| found.eq_ignore_ascii_case("text/event-stream"))
}

/// True when the body is in a content coding other than `identity`: it cannot be read as it stands.
#[must_use]
pub fn is_coded(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// The media type without its parameters.
fn media_type(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    value.split(';').next().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, header::HeaderValue::from_static(value))])
    }

    #[test]
    fn compares_without_parameters_and_case() {
        assert!(is_json(&with(
            header::CONTENT_TYPE,
            "Application/JSON; charset=utf-8"
        )));
        assert!(is_json(&with(header::CONTENT_TYPE, "application/a2a+json")));
        assert!(!is_json(&with(header::CONTENT_TYPE, "application/jsonp")));
        assert!(!is_json(&HeaderMap::new()));
        assert!(is_event_stream(&with(
            header::CONTENT_TYPE,
            "text/event-stream;charset=utf-8"
        )));
    }

    #[test]
    fn identity_is_no_coding() {
        assert!(!is_coded(&with(header::CONTENT_ENCODING, "identity")));
        assert!(is_coded(&with(header::CONTENT_ENCODING, "gzip")));
    }
}
