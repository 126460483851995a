use std::{fmt, str::FromStr};

use http::{
    Uri, request,
    uri::{Authority, PathAndQuery, Scheme},
};

use crate::error::{Error, ErrorKind};

/// Where an upstream listens: scheme, host and port, and a base path.
///
/// Parsed from `host:port` (which means `http`), or from an `http://` or `https://` URL. Holds no
/// credential and no query, so it may be logged.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    scheme: Scheme,
    authority: Authority,
    /// Empty, or begins with a slash and does not end with one.
    base: String,
}

impl Endpoint {
    /// A service in this process, which nobody dials: `http://localhost`.
    #[must_use]
    pub fn in_process() -> Self {
        Self {
            scheme: Scheme::HTTP,
            authority: Authority::from_static("localhost"),
            base: String::new(),
        }
    }

    /// `http` or `https`.
    #[must_use]
    pub const fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// Host, and port where one was given.
    #[must_use]
    pub const fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The host without its port. An IPv6 address keeps its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.authority.host()
    }

    /// The port that was given, or the scheme's: 80 or 443.
    #[must_use]
    pub fn port(&self) -> u16 {
        let usual = if self.scheme == Scheme::HTTPS {
            443
        } else {
            80
        };
        self.authority.port_u16().unwrap_or(usual)
    }

    /// What stands before every path: empty, or `/` and more, without a slash at the end.
    #[must_use]
    pub fn base_path(&self) -> &str {
        &self.base
    }

    /// Directs a request here: sets scheme and authority, and puts the base path before its path.
    ///
    /// Without a base path nothing of the request's path and query is copied or changed. With one,
    /// a path that could climb out of it (a `..` segment, also percent-encoded) is refused.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when the path would leave the base path, or is
    /// too long with it (65,534 bytes). The request is then unchanged.
    pub fn apply(&self, parts: &mut request::Parts) -> Result<(), Error> {
        let own = parts.uri.path_and_query();
        let path = match own.map(PathAndQuery::as_str) {
            None | Some("*") => self.join("/")?,
            Some(_) if self.base.is_empty() => own.cloned().unwrap_or_else(root),
            Some(path) => self.join(path)?,
        };
        let mut target = http::uri::Parts::default();
        target.scheme = Some(self.scheme.clone());
        target.authority = Some(self.authority.clone());
        target.path_and_query = Some(path);
        parts.uri = Uri::from_parts(target).map_err(refused)?;
        Ok(())
    }

    fn join(&self, path: &str) -> Result<PathAndQuery, Error> {
        if self.base.is_empty() {
            return path.parse().map_err(refused);
        }
        let bare = path.split(['?', '#']).next().unwrap_or_default();
        if climbs(bare) {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "the path leaves the base path",
            ));
        }
        match path.strip_prefix('/') {
            Some("") => self.base.parse(),
            Some(_) => format!("{}{path}", self.base).parse(),
            None => format!("{}/{path}", self.base).parse(),
        }
        .map_err(refused)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.base)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

impl FromStr for Endpoint {
    type Err = InvalidEndpoint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = split_scheme(text)?;
        if rest.contains(['?', '#']) {
            return Err(InvalidEndpoint::new(
                "it must not hold a query or a fragment",
            ));
        }
        let (authority, base) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Ok(Self {
            scheme,
            authority: parse_authority(authority)?,
            base: parse_base(base)?,
        })
    }
}

impl TryFrom<&str> for Endpoint {
    type Error = InvalidEndpoint;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

// === impl InvalidEndpoint ===

/// The text is not an [`Endpoint`].
///
/// Says why, and never repeats the text: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidEndpoint {
    reason: &'static str,
}

impl InvalidEndpoint {
    const fn new(reason: &'static str) -> Self {
        Self { reason }
    }
}

impl fmt::Display for InvalidEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an endpoint: {}", self.reason)
    }
}

impl std::error::Error for InvalidEndpoint {}

fn split_scheme(text: &str) -> Result<(Scheme, &str), InvalidEndpoint> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Ok((Scheme::HTTP, text));
    };
    if scheme.eq_ignore_ascii_case("http") {
        Ok((Scheme::HTTP, rest))
    } else if scheme.eq_ignore_ascii_case("https") {
        Ok((Scheme::HTTPS, rest))
    } else {
        Err(InvalidEndpoint::new("the scheme must be http or https"))
    }
}

fn parse_authority(text: &str) -> Result<Authority, InvalidEndpoint> {
    if text.is_empty() {
        return Err(InvalidEndpoint::new("it names no host"));
    }
    if text.contains('@') {
        return Err(InvalidEndpoint::new(
            "it must not hold a user name or a password",
        ));
    }
    let authority: Authority = text.parse().map_err(|_| {
        InvalidEndpoint::new("expected host:port, http://host:port or https://host:port")
    })?;
    if authority.host().is_empty() {
        return Err(InvalidEndpoint::new("it names no host"));
    }
    let port = text.strip_prefix(authority.host()).unwrap_or_default();
    if !port.is_empty() && authority.port_u16().is_none_or(|port| port == 0) {
        return Err(InvalidEndpoint::new("the port must be from 1 to 65535"));
    }
    Ok(authority)
}

fn parse_base(text: &str) -> Result<String, InvalidEndpoint> {
    let base = text.trim_end_matches('/');
    if !base.is_empty() && (base.parse::<PathAndQuery>().is_err() || climbs(base)) {
        return Err(InvalidEndpoint::new("its path is not valid"));
    }
    Ok(base.to_owned())
}

/// Whether a path has a `..` segment in any spelling that a service may read as one: percent-encoded,
/// with a backslash, or with a parameter.
fn climbs(path: &str) -> bool {
    decoded(path)
        .split(|byte| matches!(byte, b'/' | b'\\'))
        .filter_map(|segment| segment.split(|byte| *byte == b';').next())
        .any(|segment| segment == b"..")
}

fn decoded(path: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        let code = Some(after).filter(|_| *first == b'%').and_then(hex);
        bytes.push(code.unwrap_or(*first));
        rest = match code {
            Some(_) => after.get(2..).unwrap_or_default(),
            None => after,
        };
    }
    bytes
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits.get(..2)?).ok()?;
    u8::from_str_radix(digits, 16).ok()
}

fn root() -> PathAndQuery {
    PathAndQuery::from_static("/")
}

fn refused<E: std::error::Error + Send + Sync + 'static>(error: E) -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        "the path is not valid, or too long, for the service",
    )
    .with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(endpoint: &str, uri: &str) -> Result<String, Error> {
        let endpoint: Endpoint = endpoint.parse().unwrap();
        let (mut parts, ()) = http::Request::builder()
            .uri(uri)
            .body(())
            .unwrap()
            .into_parts();
        endpoint.apply(&mut parts)?;
        Ok(parts.uri.to_string())
    }

    #[test]
    fn reads_host_port_and_urls() {
        for (text, shown, port) in [
            ("localhost:8080", "http://localhost:8080", 8080),
            ("HTTPS://api.example.org", "https://api.example.org", 443),
            ("http://[::1]:9/", "http://[::1]:9", 9),
            ("[::1]", "http://[::1]", 80),
            ("10.0.0.1:1/v1/", "http://10.0.0.1:1/v1", 1),
        ] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!(
                (endpoint.to_string().as_str(), endpoint.port()),
                (shown, port)
            );
        }
    }

    #[test]
    fn refuses_with_a_reason_and_without_repeating_secrets() {
        for (text, reason) in [
            ("", "names no host"),
            ("http://", "names no host"),
            ("http:///path", "names no host"),
            (":80", "names no host"),
            ("http://user:hunter2@host/", "user name or a password"),
            ("ftp://host", "scheme must be http or https"),
            ("host:0", "from 1 to 65535"),
            ("host:99999", "from 1 to 65535"),
            ("host:", "from 1 to 65535"),
            ("host:8o", "port"),
            ("http://host/a?key=hunter2", "query"),
            ("http://host#x", "fragment"),
            ("http://host/a/../b", "path"),
            ("two words", "expected host:port"),
        ] {
            let error = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
            assert!(!error.contains("hunter2"));
        }
    }

    #[test]
    fn directs_requests() {
        for (endpoint, uri, expected) in [
            ("h:1", "/a?b=%20", "http://h:1/a?b=%20"),
            ("h:1", "http://other:2/a//b?", "http://h:1/a//b?"),
            ("h:1", "*", "http://h:1/"),
            ("https://h/v1", "/a?b", "https://h/v1/a?b"),
            ("https://h/v1", "/", "https://h/v1"),
            ("https://h/v1", "/?b", "https://h/v1/?b"),
            ("h/v1", "/a..b/..c/x?../", "http://h/v1/a..b/..c/x?../"),
        ] {
            assert_eq!(applied(endpoint, uri).unwrap(), expected);
        }
    }

    #[test]
    fn refuses_paths_that_leave_the_base() {
        for path in [
            "/..",
            "/a/../..",
            "/%2e%2E/x",
            "/a/.%2e",
            "/a%2f..%2Fb",
            "/..%5cx",
            "/..;v=1/x",
        ] {
            let error = applied("h/base", path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{path}");
            assert!(applied("h", path).is_ok());
        }
        assert!(applied("h/base", "/%").is_ok());
        assert!(applied("h/base", &format!("/{}", "a".repeat(65_530))).is_err());
    }
}
