use std::{fmt, str::FromStr};

use agentgateway_core::{context::MountPath, upstream::Endpoint};
use http::{header::HOST, request, uri::Scheme};

/// Where clients reach the gateway: `http://` or `https://`, host, port and path.
///
/// It holds no credential, no query and no fragment, and no slash at its end.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicUrl(Endpoint);

/// The text is not a [`PublicUrl`].
///
/// Says why, and does not repeat the text: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPublicUrl(String);

impl PublicUrl {
    /// What the request's own head says: its scheme (`http` unless the URI has another), the
    /// authority of its URI or else its `Host`, and the [`MountPath`] that a router took off.
    ///
    /// `None` when it names no host, or two. Forwarded headers are not believed. The client chooses the
    /// `Host`: where answers are cached, configure the URL.
    #[must_use]
    pub fn of_request(head: &request::Parts) -> Option<Self> {
        let host = match head.uri.authority() {
            Some(authority) => authority.as_str(),
            None => lone_host(head)?,
        };
        if host.contains(['/', '?', '#']) {
            return None;
        }
        let scheme = head.uri.scheme_str().unwrap_or("http");
        let mount = head.extensions.get::<MountPath>();
        let mount = mount.map_or("", MountPath::as_str);
        format!("{scheme}://{host}{mount}").parse().ok()
    }

    /// The path before every path: empty, or `/` and more.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.base_path()
    }

    /// The URL of a path below it; `path` begins with a slash.
    pub(crate) fn below(&self, path: &str) -> Result<Self, InvalidPublicUrl> {
        self.join(path).parse()
    }

    /// The same scheme and port at another host, without a path.
    pub(crate) fn with_host(&self, host: &str) -> Result<Self, InvalidPublicUrl> {
        if host.contains([':', '/', '@', '?', '#']) {
            let message = "it must be a host name alone".to_owned();
            return Err(InvalidPublicUrl(message));
        }
        let (scheme, port) = (self.0.scheme(), self.0.port());
        let usual =
            *scheme == Scheme::HTTPS && port == 443 || *scheme == Scheme::HTTP && port == 80;
        match usual {
            true => format!("{scheme}://{host}").parse(),
            false => format!("{scheme}://{host}:{port}").parse(),
        }
    }

    /// Its host.
    pub(crate) fn host(&self) -> &str {
        self.0.host()
    }

    /// The URL of a path of the agent; `path` begins with `/`, `?` or `#`, or is empty.
    pub(super) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// The URL is this one, or lies under it: the agent knows where it is published.
    pub(super) fn covers(&self, url: &str) -> bool {
        let bare = url.split(['?', '#']).next().unwrap_or_default();
        let Ok(other) = bare.parse::<Self>() else {
            return false;
        };
        let same = *self.0.scheme() == *other.0.scheme()
            && self.0.host().eq_ignore_ascii_case(other.0.host())
            && self.0.port() == other.0.port();
        let rest = other.path().strip_prefix(self.path());
        same && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Host and port, the port always there: what a gRPC client dials.
    pub(super) fn host_and_port(&self) -> String {
        format!("{}:{}", self.0.host(), self.0.port())
    }

    pub(super) const fn scheme(&self) -> &Scheme {
        self.0.scheme()
    }
}

fn lone_host(head: &request::Parts) -> Option<&str> {
    let mut hosts = head.headers.get_all(HOST).iter();
    let host = hosts.next()?;
    hosts.next().is_none().then(|| host.to_str().ok()).flatten()
}

impl FromStr for PublicUrl {
    type Err = InvalidPublicUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.contains("://") {
            return Err(InvalidPublicUrl(
                "it must begin with http:// or https://".to_owned(),
            ));
        }
        match text.parse() {
            Ok(endpoint) => Ok(Self(endpoint)),
            Err(error) => Err(InvalidPublicUrl(format!("{error}"))),
        }
    }
}

impl TryFrom<&str> for PublicUrl {
    type Error = InvalidPublicUrl;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicUrl({self})")
    }
}

impl fmt::Display for InvalidPublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a public URL: {}", self.0)
    }
}

impl std::error::Error for InvalidPublicUrl {}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn of(request: Request<()>) -> Option<String> {
        let (head, ()) = request.into_parts();
        PublicUrl::of_request(&head).map(|url| url.to_string())
    }

    #[test]
    fn reads_the_request() {
        let h1 = Request::get("/x").header(HOST, "a.example:8080");
        assert_eq!(
            of(h1.body(()).unwrap()).as_deref(),
            Some("http://a.example:8080")
        );
        let mounted = Request::get("https://a.example/x").extension(MountPath::new("/planner/"));
        assert_eq!(
            of(mounted.body(()).unwrap()).as_deref(),
            Some("https://a.example/planner")
        );
        let v6 = Request::get("/x").header(HOST, "[::1]:8080");
        let v6 = v6.extension(MountPath::new("planner"));
        assert_eq!(
            of(v6.body(()).unwrap()).as_deref(),
            Some("http://[::1]:8080/planner")
        );
    }

    #[test]
    fn a_request_without_a_usable_host_has_none() {
        assert_eq!(of(Request::get("/x").body(()).unwrap()), None);
        let twice = Request::get("/x").header(HOST, "a").header(HOST, "b");
        assert_eq!(of(twice.body(()).unwrap()), None);
        for host in [
            "",
            "a/b",
            "user:pw@a",
            "a?b",
            "two words",
            "[::1",
            "a:b",
            "a:0",
            "a,b/",
            "a\"b",
            "a\\b",
        ] {
            let request = Request::get("/x").header(HOST, host);
            assert_eq!(of(request.body(()).unwrap()), None, "{host}");
        }
    }

    #[test]
    fn refuses_what_is_no_url() {
        for text in [
            "agents.example.org",
            "ftp://a",
            "https://u:hunter2@a",
            "https://a?b",
        ] {
            let error = text.parse::<PublicUrl>().unwrap_err().to_string();
            assert!(error.starts_with("not a public URL"), "{error}");
            assert!(!error.contains("hunter2"));
        }
    }
}
