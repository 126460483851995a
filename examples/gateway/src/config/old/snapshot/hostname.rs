//! Hostnames of listeners and routes.

use std::fmt;

/// A hostname to match, in lower case.
///
/// # Source
/// Gateway API v1, `HTTPRoute.spec.hostnames` and `Gateway.spec.listeners[].hostname`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Hostname {
    /// This name alone.
    Exact(String),
    /// `*.example.com`, kept as `.example.com`: one or more labels before it.
    Wildcard(String),
}

impl Hostname {
    /// Reads a hostname by the pattern of the specification.
    ///
    /// `None` when it is not one: upper case, an address, a port, a `*` elsewhere than in front.
    pub(in crate::config::old) fn parse(value: &str) -> Option<Self> {
        let (name, wildcard) = match value.strip_prefix("*.") {
            Some(rest) => (rest, true),
            None => (value, false),
        };
        let address = name.parse::<std::net::Ipv4Addr>().is_ok();
        if value.len() > 253 || address || !name.split('.').all(is_label) {
            return None;
        }
        Some(if wildcard {
            Self::Wildcard(format!(".{name}"))
        } else {
            Self::Exact(value.to_owned())
        })
    }

    /// Whether this matches a host without its port, in any case.
    #[must_use]
    pub fn matches(&self, host: &str) -> bool {
        match self {
            Self::Exact(name) => host.eq_ignore_ascii_case(name),
            Self::Wildcard(suffix) => {
                let split = host.len().checked_sub(suffix.len()).filter(|at| *at > 0);
                let tail = split.and_then(|at| host.get(at..));
                tail.is_some_and(|tail| tail.eq_ignore_ascii_case(suffix))
            }
        }
    }

    /// What both match: the narrower of the two, or nothing.
    pub(in crate::config::old) fn intersection(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Exact(name), _) => other.matches(name).then(|| self.clone()),
            (_, Self::Exact(name)) => self.matches(name).then(|| other.clone()),
            (Self::Wildcard(a), Self::Wildcard(b)) if a.ends_with(b.as_str()) => Some(self.clone()),
            (Self::Wildcard(a), Self::Wildcard(b)) if b.ends_with(a.as_str()) => {
                Some(other.clone())
            }
            (Self::Wildcard(_), Self::Wildcard(_)) => None,
        }
    }

    /// The order of precedence among names that match one host: exact first, then the longer.
    pub(super) fn specificity(&self) -> (bool, usize) {
        match self {
            Self::Exact(name) => (true, name.len()),
            Self::Wildcard(suffix) => (false, suffix.len()),
        }
    }
}

impl fmt::Display for Hostname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(name) => f.write_str(name),
            Self::Wildcard(suffix) => write!(f, "*{suffix}"),
        }
    }
}

/// The host of a `Host` header or authority: without the port and without a final dot.
pub(super) fn without_port(authority: &str) -> &str {
    let host = match authority
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((address, _)) => address,
        None => authority
            .split_once(':')
            .map_or(authority, |(host, _)| host),
    };
    host.strip_suffix('.').unwrap_or(host)
}

/// Whether this is a label of a DNS name, in lower case.
pub(in crate::config::old) fn is_label(label: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = label.as_bytes();
    bytes.first().is_some_and(|byte| plain(*byte))
        && bytes.last().is_some_and(|byte| plain(*byte))
        && bytes.iter().all(|byte| plain(*byte) || *byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(value: &str) -> Hostname {
        Hostname::parse(value).unwrap()
    }

    #[test]
    fn reads_names_and_refuses_what_is_none() {
        assert_eq!(
            name("a.example.com"),
            Hostname::Exact("a.example.com".into())
        );
        assert_eq!(
            name("*.example.com"),
            Hostname::Wildcard(".example.com".into())
        );
        for value in [
            "", "*", "*.", "A.com", "a..b", "a.com:80", "10.0.0.1", "a.*.com", "-a", "a_b",
        ] {
            assert_eq!(Hostname::parse(value), None, "{value}");
        }
    }

    #[test]
    fn matches_in_any_case_and_a_wildcard_needs_a_label() {
        assert!(name("a.com").matches("A.com"));
        assert!(!name("a.com").matches("b.a.com"));
        assert!(name("*.a.com").matches("b.a.com"));
        assert!(name("*.a.com").matches("c.b.A.COM"));
        assert!(!name("*.a.com").matches("a.com"));
        assert!(!name("*.a.com").matches(".a.com"));
        assert!(!name("*.a.com").matches("ba.com"));
        assert!(!name("*.a.com").matches("é"));
    }

    #[test]
    fn intersects_to_the_narrower() {
        let cases = [
            ("test.ex.com", "*.ex.com", Some("test.ex.com")),
            ("*.ex.com", "foo.test.ex.com", Some("foo.test.ex.com")),
            ("*.ex.com", "*.ex.com", Some("*.ex.com")),
            ("*.ex.com", "ex.com", None),
            ("*.ex.com", "test.ex.net", None),
            ("*.a.ex.com", "*.ex.com", Some("*.a.ex.com")),
            ("*.a.com", "*.ba.com", None),
            ("a.com", "b.com", None),
        ];
        for (a, b, both) in cases {
            assert_eq!(name(a).intersection(&name(b)), both.map(name), "{a} {b}");
            assert_eq!(name(b).intersection(&name(a)), both.map(name), "{b} {a}");
        }
    }

    #[test]
    fn drops_the_port() {
        let cases = [
            ("a.com:80", "a.com"),
            ("a.com.", "a.com"),
            ("[::1]:80", "::1"),
            ("", ""),
        ];
        for (authority, host) in cases {
            assert_eq!(without_port(authority), host);
        }
    }
}
