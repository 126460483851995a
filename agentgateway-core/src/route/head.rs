use std::borrow::Cow;

use http::{HeaderMap, Method, Request, header::HOST, request};

use super::without_port;

/// What rules see of a request.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "an application makes its own where it has no http::Request"
)]
pub struct Head<'a> {
    /// The host in any case, without port and final dot; empty when the request names none.
    pub host: &'a str,
    /// The authority of the request's target, with its port: what HTTP/2 sends in the place of a
    /// `Host` field. A match of that header is asked of it, before the field.
    pub authority: Option<&'a str>,
    /// The method.
    pub method: &'a Method,
    /// The path as it was sent, without the query; it is not decoded.
    pub path: &'a str,
    /// What follows the `?`.
    pub query: Option<&'a str>,
    /// The header fields.
    pub headers: &'a HeaderMap,
}

impl<'a> Head<'a> {
    /// The head of a request.
    ///
    /// The host is that of the request's target, and else that of its `Host` field.
    ///
    /// # Source
    /// RFC 9112, section 3.2.2; RFC 9113, section 8.3.1.
    #[must_use]
    pub fn new<B>(request: &'a Request<B>) -> Self {
        Self {
            host: host(request.uri(), request.headers()),
            authority: authority(request.uri()),
            method: request.method(),
            path: request.uri().path(),
            query: request.uri().query(),
            headers: request.headers(),
        }
    }

    /// The head that these parts are.
    #[must_use]
    pub fn of_parts(parts: &'a request::Parts) -> Self {
        Self {
            host: host(&parts.uri, &parts.headers),
            authority: authority(&parts.uri),
            method: &parts.method,
            path: parts.uri.path(),
            query: parts.uri.query(),
            headers: &parts.headers,
        }
    }
}

fn host<'a>(uri: &'a http::Uri, headers: &'a HeaderMap) -> &'a str {
    let field = || headers.get(HOST).and_then(|value| value.to_str().ok());
    without_port(uri.host().or_else(field).unwrap_or_default())
}

/// What the target names, without a user, who is no part of a `Host` field.
fn authority(uri: &http::Uri) -> Option<&str> {
    let whole = uri.authority()?.as_str();
    whole.rsplit('@').next()
}

/// The name in lower case, copied only when it is not.
pub(super) fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_host_of_the_target_before_that_of_the_field() {
        let cases = [
            ("/a", Some("h.com:80"), "h.com"),
            ("/a", Some("h.com."), "h.com"),
            ("/a", None, ""),
            ("http://t.com:81/a", Some("h.com"), "t.com"),
            ("http://user@t.com/a", None, "t.com"),
            ("http://[::1]:81/a", None, "::1"),
            ("/a", Some("[::1]:80"), "::1"),
        ];
        for (uri, field, host) in cases {
            let mut request = Request::builder().uri(uri);
            if let Some(field) = field {
                request = request.header(HOST, field);
            }
            let request = request.body(()).unwrap();
            assert_eq!(Head::new(&request).host, host, "{uri} {field:?}");
            let (parts, ()) = request.into_parts();
            assert_eq!(Head::of_parts(&parts).host, host);
        }
    }
}
