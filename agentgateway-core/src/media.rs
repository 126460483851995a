//! Media types and content codings of a head.

use http::{HeaderMap, header};
use memchr::memchr;

const APPLICATION: &[u8] = b"application/";
const GRPC: &[u8] = b"application/grpc";

/// True when the body is JSON: `application/json`, or any `application/…+json`.
///
/// Parameters are not looked at. With several `Content-Type` fields one is enough: which of them
/// the service behind believes cannot be known, and what it may read must be read here.
#[must_use]
pub fn is_json(headers: &HeaderMap) -> bool {
    media_types(headers).any(|found| {
        let is_application = found
            .get(..APPLICATION.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(APPLICATION));
        let subtype = found.get(APPLICATION.len()..).unwrap_or_default();
        let suffix = subtype.len().saturating_sub(b"+json".len());
        is_application
            && (subtype.eq_ignore_ascii_case(b"json")
                || subtype
                    .get(suffix..)
                    .is_some_and(|end| end.eq_ignore_ascii_case(b"+json")))
    })
}

/// True when the body is an HTML page.
#[must_use]
pub fn is_html(headers: &HeaderMap) -> bool {
    media_types(headers).any(|found| found.eq_ignore_ascii_case(b"text/html"))
}

/// True when the body is an event stream.
#[must_use]
pub fn is_event_stream(headers: &HeaderMap) -> bool {
    media_types(headers).any(|found| found.eq_ignore_ascii_case(b"text/event-stream"))
}

/// True when the body is gRPC's: `application/grpc`, or `application/grpc+…`.
///
/// # Source
/// gRPC over HTTP2, "Requests", Content-Type.
#[must_use]
pub fn is_grpc(headers: &HeaderMap) -> bool {
    media_types(headers).any(|found| {
        let (start, rest) = found.split_at(found.len().min(GRPC.len()));
        start.eq_ignore_ascii_case(GRPC) && (rest.is_empty() || rest.starts_with(b"+"))
    })
}

/// True when the body is in a content coding other than `identity`: it cannot be read as it stands.
#[must_use]
pub fn is_coded(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"))
}

/// The media types without their parameters. A parameter may hold any byte.
fn media_types(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    headers.get_all(header::CONTENT_TYPE).iter().map(|value| {
        let value = value.as_bytes();
        let end = memchr(b';', value).unwrap_or(value.len());
        value.get(..end).unwrap_or_default().trim_ascii()
    })
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
        for (media_type, expected) in [
            ("application/grpc", true),
            ("Application/gRPC+proto; a=b", true),
            ("application/grpc-web", false),
            ("application/grp", false),
        ] {
            let headers = with(header::CONTENT_TYPE, media_type);
            assert_eq!(is_grpc(&headers), expected, "{media_type}");
        }
    }

    /// What is read as JSON behind must be read as JSON here, or policies are walked around.
    #[test]
    fn reads_a_type_whatever_follows_it() {
        let value = header::HeaderValue::from_bytes(b"application/json; x=\xE9").unwrap();
        let mut headers = HeaderMap::from_iter([(header::CONTENT_TYPE, value)]);
        assert!(is_json(&headers));
        headers.insert(header::CONTENT_TYPE, "text/plain".parse().unwrap());
        headers.append(header::CONTENT_TYPE, "application/json".parse().unwrap());
        assert!(is_json(&headers));
        for odd in [
            "",
            ";",
            "application/",
            "application/json5",
            "text/event-stream,x",
        ] {
            let headers = with(header::CONTENT_TYPE, odd);
            assert!(!is_json(&headers) && !is_event_stream(&headers), "{odd}");
        }
    }

    #[test]
    fn any_coding_is_a_coding() {
        let mut headers = with(header::CONTENT_ENCODING, "identity");
        headers.append(header::CONTENT_ENCODING, "gzip".parse().unwrap());
        assert!(is_coded(&headers));
        assert!(is_coded(&with(header::CONTENT_ENCODING, "identity, br")));
        assert!(!is_coded(&with(header::CONTENT_ENCODING, "")));
        assert!(!is_coded(&with(
            header::CONTENT_ENCODING,
            "Identity , identity"
        )));
    }

    #[test]
    fn identity_is_no_coding() {
        assert!(!is_coded(&with(header::CONTENT_ENCODING, "identity")));
        assert!(is_coded(&with(header::CONTENT_ENCODING, "gzip")));
    }
}
