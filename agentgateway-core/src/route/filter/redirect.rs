use std::fmt::Write as _;

use http::{
    HeaderValue, Request, StatusCode,
    uri::{Authority, Scheme},
};

use super::PathEdit;
use crate::{
    forwarded::Forwarding,
    route::{Head, PathMatch},
};

/// The client is sent elsewhere.
///
/// # Source
/// Gateway API v1, `HTTPRequestRedirectFilter`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redirect {
    /// `http` or `https`; `None` keeps the request's.
    pub scheme: Option<RedirectScheme>,
    /// The host; `None` keeps the request's.
    pub hostname: Option<String>,
    /// The path; `None` keeps the request's.
    pub path: Option<PathEdit>,
    /// The port; `None` means the scheme's own where a scheme is given, else that of the request.
    pub port: Option<u16>,
    /// The status. Default: 302.
    pub status: StatusCode,
}

/// The scheme that a redirect leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two schemes")]
pub enum RedirectScheme {
    /// In clear text.
    Http,
    /// Within TLS.
    Https,
}

impl Redirect {
    /// The scheme and the port that a client has called.
    ///
    /// They are the listener's, unless a trusted proxy says what the client spoke ([`Forwarding`]):
    /// then the port is the one that the host is named with, else the scheme's own.
    ///
    /// # Source
    /// Gateway API v1, `HTTPRequestRedirectFilter.port`, which knows of no proxy: without one it is
    /// the listener's.
    #[must_use]
    pub fn origin<B>(
        request: &Request<B>,
        listener: (RedirectScheme, u16),
    ) -> (RedirectScheme, u16) {
        let told = request.extensions().get::<Forwarding>();
        let scheme = match told.and_then(|told| told.scheme.as_ref()) {
            Some(scheme) if *scheme == Scheme::HTTPS => RedirectScheme::Https,
            Some(_) => RedirectScheme::Http,
            None => return listener,
        };
        let named = request.uri().port_u16();
        (scheme, named.unwrap_or(scheme.port()))
    }

    /// The `Location` for a request that `matched` took, and that called this scheme and port: those
    /// of [`origin`](Self::origin).
    ///
    /// It is absolute, keeps the query, and names no port that is the scheme's own. `None` when
    /// there is no host to lead to: the request names none, or none that could stand in a URI.
    #[must_use]
    pub fn location(
        &self,
        head: &Head<'_>,
        matched: &PathMatch,
        origin: (RedirectScheme, u16),
    ) -> Option<HeaderValue> {
        let scheme = self.scheme.unwrap_or(origin.0);
        let implied = match self.scheme {
            Some(scheme) => scheme.port(),
            None => origin.1,
        };
        let port = self.port.unwrap_or(implied);
        let mut location = format!("{}://", scheme.as_str());
        let host = self.hostname.as_deref().unwrap_or(head.host);
        push_host(&mut location, host)?;
        if port != scheme.port() {
            write!(location, ":{port}").ok()?;
        }
        let path = self
            .path
            .as_ref()
            .map(|edit| edit.apply(head.path, matched));
        match path.as_deref().unwrap_or(head.path) {
            // The asterisk of OPTIONS, and the nothing of CONNECT, are no paths.
            path if path.starts_with('/') => location.push_str(path),
            _ => location.push('/'),
        }
        if let Some(query) = head.query {
            location.push('?');
            location.push_str(query);
        }
        HeaderValue::try_from(location).ok()
    }
}

impl Default for Redirect {
    fn default() -> Self {
        Self {
            scheme: None,
            hostname: None,
            path: None,
            port: None,
            status: StatusCode::FOUND,
        }
    }
}

impl RedirectScheme {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that a URI of this scheme does not name.
    const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Adds a host, which a client may have chosen: nothing but a name or an address.
fn push_host(location: &mut String, host: &str) -> Option<()> {
    if host.parse::<std::net::Ipv6Addr>().is_ok() {
        write!(location, "[{host}]").ok()
    } else {
        let authority: Authority = host.parse().ok()?;
        // Neither a user nor a port.
        (authority.host() == host).then(|| location.push_str(host))
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::{RedirectScheme::*, *};

    fn location(redirect: &Redirect, target: &str, listener: (RedirectScheme, u16)) -> String {
        let request = Request::get(target).header("host", "example.net:1234");
        let request = request.body(()).unwrap();
        let matched = PathMatch::Prefix("/old".to_owned());
        let location = redirect.location(&Head::new(&request), &matched, listener);
        location.unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn the_port_is_the_schemes_or_the_listeners() {
        let cases = [
            (None, None, (Http, 80), "http://a.b/"),
            (None, Some(80), (Http, 80), "http://a.b/"),
            (None, Some(8080), (Http, 80), "http://a.b:8080/"),
            (Some(Https), None, (Http, 80), "https://a.b/"),
            (Some(Https), Some(443), (Http, 80), "https://a.b/"),
            (Some(Https), Some(8443), (Http, 80), "https://a.b:8443/"),
            (None, None, (Http, 8080), "http://a.b:8080/"),
            (None, Some(80), (Http, 8080), "http://a.b/"),
            (Some(Https), None, (Http, 8080), "https://a.b/"),
            (None, None, (Https, 443), "https://a.b/"),
            (None, Some(443), (Https, 443), "https://a.b/"),
            (None, Some(8443), (Https, 443), "https://a.b:8443/"),
            (Some(Http), None, (Https, 443), "http://a.b/"),
            (Some(Http), Some(80), (Https, 443), "http://a.b/"),
            (Some(Http), Some(8080), (Https, 443), "http://a.b:8080/"),
            (Some(Http), Some(443), (Https, 443), "http://a.b:443/"),
        ];
        for (scheme, port, listener, expected) in cases {
            let redirect = Redirect {
                scheme,
                port,
                hostname: Some("a.b".to_owned()),
                ..Redirect::default()
            };
            assert_eq!(location(&redirect, "/", listener), expected, "{redirect:?}");
        }
    }

    /// What a trusted proxy says of this client, as [`crate::forwarded::Forwarded`] leaves it.
    fn behind_a_proxy(fields: &[(&str, &str)]) -> Request<()> {
        use tower::{ServiceExt, service_fn};
        use tower_layer::Layer;

        use crate::{context::ClientAddr, forwarded::ForwardedLayer};

        let mut request = Request::get("/x").header("host", "example.net:8080");
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let proxy = ClientAddr::new(([10, 0, 0, 1], 1).into());
        let request = request.extension(proxy).body(()).unwrap();
        let trusted = ["10.0.0.0/8".parse().unwrap()].into_iter().collect();
        let inner = service_fn(|request: Request<()>| async { Ok::<_, ()>(request) });
        let seen = ForwardedLayer::new(trusted).layer(inner).oneshot(request);
        tokio_test::block_on(seen).unwrap()
    }

    #[test]
    fn a_trusted_proxy_says_which_scheme_the_client_used() {
        let (proto, host) = ("x-forwarded-proto", "x-forwarded-host");
        let cases: [(&[_], &str); 6] = [
            (&[(proto, "https"), (host, "pub.com")], "https://pub.com/x"),
            (
                &[(proto, "https"), (host, "pub.com:8443")],
                "https://pub.com:8443/x",
            ),
            (&[(proto, "http"), (host, "pub.com")], "http://pub.com/x"),
            (&[(proto, "https")], "https://example.net:8080/x"),
            // Without its word, the specification's rule holds.
            (&[(host, "pub.com")], "http://pub.com:9000/x"),
            (&[], "http://example.net:9000/x"),
        ];
        for (fields, expected) in cases {
            let request = behind_a_proxy(fields);
            let origin = Redirect::origin(&request, (Http, 9000));
            let matched = PathMatch::default();
            let location = Redirect::default().location(&Head::new(&request), &matched, origin);
            assert_eq!(location.unwrap(), expected, "{fields:?}");
        }
        let to_https = Redirect {
            scheme: Some(Https),
            ..Redirect::default()
        };
        let request = behind_a_proxy(&[(proto, "http"), (host, "pub.com:8080")]);
        let origin = Redirect::origin(&request, (Http, 9000));
        let matched = PathMatch::default();
        let location = to_https.location(&Head::new(&request), &matched, origin);
        assert_eq!(location.unwrap(), "https://pub.com/x");
    }

    #[test]
    fn path_and_query_stay_unless_they_are_edited() {
        let keep = Redirect::default();
        let cases = [
            (None, "/old/x?q=1&r", "http://example.net/old/x?q=1&r"),
            (
                Some(PathEdit::Prefix("/new".into())),
                "/old/x?q",
                "http://example.net/new/x?q",
            ),
            (
                Some(PathEdit::Full("/new".into())),
                "/old/x?q",
                "http://example.net/new?q",
            ),
            (None, "//evil.com/x", "http://example.net//evil.com/x"),
            (None, "http://t.com:99/y", "http://t.com/y"),
        ];
        for (path, target, expected) in cases {
            let redirect = Redirect {
                path,
                ..keep.clone()
            };
            assert_eq!(
                location(&redirect, target, (Http, 80)),
                expected,
                "{target}"
            );
        }
    }

    #[test]
    fn leads_nowhere_that_a_host_field_makes_up() {
        let cases = [
            ("", None),
            ("user@evil.com", None),
            ("evil.com/x", None),
            ("a b", None),
            ("[::1]:8080", Some("http://[::1]/x")),
            ("10.0.0.1:8080", Some("http://10.0.0.1/x")),
            ("A.com.", Some("http://A.com/x")),
        ];
        for (host, expected) in cases {
            let request = Request::get("/x").header("host", host).body(()).unwrap();
            let matched = PathMatch::default();
            let head = Head::new(&request);
            let location = Redirect::default().location(&head, &matched, (Http, 80));
            assert_eq!(
                location.as_ref().map(|l| l.to_str().unwrap()),
                expected,
                "{host}"
            );
        }
    }
}
