use std::{fmt, str::FromStr};

use agentgateway_core::{
    Error, ErrorKind,
    upstream::{Endpoint, InvalidEndpoint},
};
use http::{
    Uri,
    uri::{self, PathAndQuery},
};

/// The one URL at which a server speaks MCP, such as `https://mcp.example.org/mcp`.
///
/// Parsed from `host:port/path` (which means `http`), or from an `http://` or `https://` URL. Path
/// and query are sent exactly as they stand there: unlike an
/// [`Endpoint`](agentgateway_core::upstream::Endpoint)'s, the path keeps its slash at the end. The
/// query may hold a key, so it is not shown.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct McpEndpoint {
    server: Endpoint,
    path: PathAndQuery,
}

/// The text is not an [`McpEndpoint`].
///
/// Says why, and never repeats the text: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidMcpEndpoint(Fault);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    Endpoint(InvalidEndpoint),
    Fragment,
    Path,
}

impl McpEndpoint {
    /// The whole URL, query included.
    pub(super) fn to_uri(&self) -> Result<Uri, Error> {
        let mut parts = uri::Parts::default();
        parts.scheme = Some(self.server.scheme().clone());
        parts.authority = Some(self.server.authority().clone());
        parts.path_and_query = Some(self.path.clone());
        Uri::from_parts(parts).map_err(|error| {
            Error::new(ErrorKind::Internal, "the endpoint is no valid URL").with_source(error)
        })
    }
}

impl FromStr for McpEndpoint {
    type Err = InvalidMcpEndpoint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains('#') {
            return Err(InvalidMcpEndpoint(Fault::Fragment));
        }
        let bare = text.split('?').next().unwrap_or_default();
        let server = bare
            .parse()
            .map_err(|error| InvalidMcpEndpoint(Fault::Endpoint(error)))?;
        // A query may hold another URL: the scheme is looked for before it.
        let start = bare.find("://").map_or(0, |at| at + "://".len());
        let rest = text.get(start..).unwrap_or_default();
        let path = rest.find(['/', '?']).and_then(|at| rest.get(at..));
        let path = match path.unwrap_or_default() {
            "" => Ok(PathAndQuery::from_static("/")),
            query if query.starts_with('?') => format!("/{query}").parse(),
            path => path.parse(),
        };
        Ok(Self {
            server,
            path: path.map_err(|_| InvalidMcpEndpoint(Fault::Path))?,
        })
    }
}

impl TryFrom<&str> for McpEndpoint {
    type Error = InvalidMcpEndpoint;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for McpEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, authority) = (self.server.scheme(), self.server.authority());
        write!(f, "{scheme}://{authority}{}", self.path.path())
    }
}

impl fmt::Debug for McpEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "McpEndpoint({self})")
    }
}

// === impl InvalidMcpEndpoint ===

impl fmt::Display for InvalidMcpEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Fault::Endpoint(error) => error.fmt(f),
            Fault::Fragment => f.write_str("not an endpoint: it must not hold a fragment"),
            Fault::Path => f.write_str("not an endpoint: its path or query is not valid"),
        }
    }
}

impl std::error::Error for InvalidMcpEndpoint {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_and_query_stay_as_they_are() {
        for (text, uri) in [
            ("https://mcp.example.org/mcp", "https://mcp.example.org/mcp"),
            (
                "https://mcp.example.org/mcp/",
                "https://mcp.example.org/mcp/",
            ),
            ("http://h:1/a%2Fb/?k=v/w&x", "http://h:1/a%2Fb/?k=v/w&x"),
            ("h:1?k=http://x", "http://h:1/?k=http://x"),
            ("[::1]:9000", "http://[::1]:9000/"),
        ] {
            let endpoint: McpEndpoint = text.parse().unwrap();
            assert_eq!(endpoint.to_uri().unwrap(), uri, "{text}");
            assert!(!format!("{endpoint:?} {endpoint}").contains("k="));
        }
    }

    #[test]
    fn refuses_what_is_no_endpoint_without_repeating_it() {
        for text in [
            "",
            "/mcp",
            "?k",
            "http://",
            "http:///mcp",
            "ftp://hunter2.example/",
            "http://user:hunter2@example.org/",
            "http://h:0/mcp",
            "http://h/mcp#hunter2",
            "http://h/mcp?hunter2 x",
            "http://h/../mcp",
        ] {
            let error = text.parse::<McpEndpoint>().unwrap_err().to_string();
            assert!(error.starts_with("not an endpoint"), "{text} {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
