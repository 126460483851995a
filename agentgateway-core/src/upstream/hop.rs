use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST,
        PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
    },
};

/// Fields that belong to one connection, whether or not `Connection` names them.
static HOP: [HeaderName; 11] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-authentication-info"),
    TE,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("http2-settings"),
    EXPECT,
];

/// Fields that `Connection` must not name: without them the message is another message.
static END_TO_END: [HeaderName; 5] = [
    AUTHORIZATION,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    HOST,
];

/// Removes what belongs to one connection and not to the message.
///
/// Removed are `Connection` and the fields that it names, `Keep-Alive`, `Proxy-Connection`,
/// `Proxy-Authenticate`, `Proxy-Authorization`, `Proxy-Authentication-Info`, `TE`,
/// `Transfer-Encoding`, `Upgrade`, `HTTP2-Settings`, and `Expect` (the listener has answered it).
/// `TE: trailers` stays, since trailers are forwarded, and so does `Trailer`. A `Connection` that
/// names `Authorization`, `Host` or a field which describes the content is not obeyed.
///
/// [`Client`](super::Client) does this to requests and to responses. A gateway that adds headers of
/// its own does it on arrival too, so that a client cannot nominate those.
///
/// # Source
///
/// RFC 9110, sections 7.6.1 (Connection), 10.1.1 (Expect), 10.1.4 (TE).
pub fn strip_hop_headers(headers: &mut HeaderMap) {
    // Most messages have none of them, and each removal would search anew.
    if !headers.keys().any(|name| HOP.contains(name)) {
        return;
    }
    for name in nominated(headers) {
        headers.remove(name);
    }
    let trailers = takes_trailers(headers);
    for name in &HOP {
        headers.remove(name);
    }
    if trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
}

/// Whether a field says where a message ends, or belongs to one connection: `Content-Length`,
/// `Trailer`, and all that [`strip_hop_headers`] removes.
///
/// Only who writes the message to the connection knows what such a field must say. Whoever changes
/// headers as an operator asks leaves these alone.
#[must_use]
pub fn is_of_the_hop(name: &HeaderName) -> bool {
    *name == CONTENT_LENGTH || *name == TRAILER || HOP.contains(name)
}

/// Keeps the headers whose names `keep` takes.
///
/// A service behind a gateway is sent what is on a list, and nothing else of what a client sent.
pub fn retain_headers(headers: &mut HeaderMap, keep: impl Fn(&HeaderName) -> bool) {
    let unwanted: Vec<HeaderName> = headers.keys().filter(|name| !keep(name)).cloned().collect();
    for name in unwanted {
        headers.remove(name);
    }
}

fn nominated(headers: &HeaderMap) -> Vec<HeaderName> {
    headers
        .get_all(CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .filter(|name| *name != TE && !END_TO_END.contains(name))
        .collect()
}

fn takes_trailers(headers: &HeaderMap) -> bool {
    headers
        .get_all(TE)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .any(|coding| coding.trim_ascii().eq_ignore_ascii_case(b"trailers"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(pairs: &[(&'static str, &'static str)]) -> Vec<(String, String)> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        strip_hop_headers(&mut headers);
        headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect()
    }

    #[test]
    fn removes_connection_and_all_that_it_names() {
        let left = stripped(&[
            ("connection", "close, X-One ,,x-two"),
            ("connection", "x-three, b@d name"),
            ("x-one", "1"),
            ("x-two", "2"),
            ("x-three", "3"),
            ("x-four", "4"),
        ]);
        assert_eq!(left, [("x-four".to_owned(), "4".to_owned())]);
    }

    #[test]
    fn removes_the_known_fields_unnamed() {
        let left = stripped(&[
            ("keep-alive", "timeout=5"),
            ("proxy-connection", "keep-alive"),
            ("proxy-authorization", "Basic eA=="),
            ("proxy-authenticate", "Basic"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("http2-settings", "AA"),
            ("expect", "100-continue"),
            ("te", "gzip"),
            ("proxy-status", "kept"),
        ]);
        assert_eq!(left, [("proxy-status".to_owned(), "kept".to_owned())]);
    }

    #[test]
    fn retains_by_name_with_all_values() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("accept", "a"),
            ("cookie", "c"),
            ("accept", "b"),
            ("cookie", "d"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        retain_headers(&mut headers, |name| name != "cookie");
        let left: Vec<_> = headers.get_all("accept").iter().collect();
        assert_eq!((headers.len(), left.len(), left[1] == "b"), (2, 2, true));
    }

    #[test]
    fn keeps_te_trailers_alone() {
        let left = stripped(&[("te", "gzip, Trailers"), ("connection", "te")]);
        assert_eq!(left, [("te".to_owned(), "trailers".to_owned())]);
    }

    #[test]
    fn keeps_what_describes_the_message_even_if_named() {
        let left = stripped(&[
            ("connection", "authorization, content-type, content-length"),
            ("authorization", "Bearer t"),
            ("content-type", "application/json"),
            ("content-length", "2"),
        ]);
        assert_eq!(left.len(), 3);
    }
}
