use std::fmt;

use http::uri::Authority;

/// Scheme, host and port of a page, in lower case and without the port that the scheme implies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    scheme: Box<str>,
    host: Host,
}

/// A host and its port.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Host {
    name: Box<str>,
    port: Option<u16>,
}

/// The text is no origin: it has no scheme and host, or more than these and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidOrigin(Box<str>);

impl Origin {
    pub(super) fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let invalid = || InvalidOrigin(text.chars().take(64).collect());
        let (scheme, authority) = text.split_once("://").ok_or_else(invalid)?;
        let authority = authority.parse().map_err(|_| invalid())?;
        let host = Host::read(&authority, scheme).ok_or_else(invalid)?;
        let named = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        named.then_some(()).ok_or_else(invalid)?;
        Ok(Self {
            scheme: scheme.to_ascii_lowercase().into(),
            host,
        })
    }

    /// Whether a request for this host is one for this origin.
    pub(super) fn is_at(&self, host: &Authority) -> bool {
        Host::read(host, &self.scheme).is_some_and(|host| host == self.host)
    }
}

impl Host {
    /// `None` for one with credentials, without a name, or with a port that is none.
    fn read(authority: &Authority, scheme: &str) -> Option<Self> {
        let name = authority.host();
        let rest = authority.as_str().strip_prefix(name)?;
        let port = match rest {
            "" => None,
            _ => Some(authority.port_u16()?),
        };
        let usual = match scheme {
            _ if scheme.eq_ignore_ascii_case("https") => Some(443),
            _ if scheme.eq_ignore_ascii_case("http") => Some(80),
            _ => None,
        };
        (!name.is_empty()).then(|| Self {
            name: name.to_ascii_lowercase().into(),
            port: port.filter(|port| Some(*port) != usual),
        })
    }
}

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no origin; expected one as in https://chat.example.org or http://localhost:8080",
            self.0
        )
    }
}

impl std::error::Error for InvalidOrigin {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_scheme_host_and_port() {
        let same = ["https://A.example", "HTTPS://a.example:443"].map(Origin::parse);
        assert_eq!(same[0], same[1]);
        assert_ne!(same[0], Origin::parse("http://a.example"));
        assert_ne!(same[0], Origin::parse("https://a.example:8443"));
        assert!(Origin::parse("chrome-extension://abcdefgh").is_ok());
        assert!(Origin::parse("http://[::1]:8080").is_ok());
        for text in [
            "",
            "null",
            "a.example",
            "://a.example",
            "https://",
            "https://a.example/",
            "https://a.example/path",
            "https://user@a.example",
            "https://a.example:99999",
            "https://a.example:",
            "ht tps://a.example",
        ] {
            assert!(Origin::parse(text).is_err(), "{text:?}");
        }
    }
}
