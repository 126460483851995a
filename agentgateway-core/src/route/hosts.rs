use std::{collections::HashMap, fmt};

use super::{Hostname, head::lower};

/// The value of the most specific hostname that matches a host.
///
/// An exact name comes before a wildcard, a longer wildcard before a shorter one, and both before the
/// value that has no hostname. With one value per listener it says which of several listeners on one
/// port a request belongs to; where it says none, the answer is 404.
///
/// ```
/// use agentgateway_core::route::{Hostname, Hosts};
///
/// let listeners: Hosts<_> = [
///     (Hostname::parse("*.example.com"), "wildcard"),
///     (Hostname::parse("a.example.com"), "exact"),
/// ]
/// .into_iter()
/// .collect();
/// assert_eq!(listeners.find("A.example.com"), Some(&"exact"));
/// assert_eq!(listeners.find("x.y.example.com"), Some(&"wildcard"));
/// assert_eq!(listeners.find("example.com"), None);
/// ```
///
/// # Source
/// Gateway API v1, `Listener.hostname` and "Distinct Listeners".
#[derive(Clone)]
pub struct Hosts<T> {
    exact: HashMap<Box<str>, T>,
    /// By what follows the `*`, with its dot.
    wildcards: HashMap<Box<str>, T>,
    /// The length of the longest wildcard: a longer end of a host is not looked up, so that a host
    /// of dots alone costs no more than its length times this.
    longest: usize,
    any: Option<T>,
}

impl<T> Hosts<T> {
    /// Without any hostname.
    #[must_use]
    pub fn new() -> Self {
        Self {
            exact: HashMap::new(),
            wildcards: HashMap::new(),
            longest: 0,
            any: None,
        }
    }

    /// Sets the value of a hostname, `None` being every host; gives back the one it had.
    pub fn insert(&mut self, hostname: Option<Hostname>, value: T) -> Option<T> {
        match hostname {
            Some(Hostname::Exact(name)) => self.exact.insert(boxed(&name), value),
            Some(Hostname::Wildcard(suffix)) => {
                self.longest = self.longest.max(suffix.len());
                self.wildcards.insert(boxed(&suffix), value)
            }
            None => self.any.replace(value),
        }
    }

    /// The value of the most specific hostname that matches a host without its port, in any case.
    #[must_use]
    pub fn find(&self, host: &str) -> Option<&T> {
        self.matching(&lower(host)).next()
    }

    /// The values whose hostnames match a host in lower case, from the most specific on.
    pub(super) fn matching<'s>(&'s self, host: &str) -> impl Iterator<Item = &'s T> {
        let exact = self.exact.get(host);
        exact.into_iter().chain(self.wild(host)).chain(&self.any)
    }

    fn wild<'s>(&'s self, host: &str) -> impl Iterator<Item = &'s T> {
        // At least one character stands for the `*`.
        let from = host.len().saturating_sub(self.longest).max(1);
        let dots = (from..host.len()).filter(|at| host.as_bytes().get(*at) == Some(&b'.'));
        dots.filter_map(|at| {
            #[cfg(test)]
            super::steps::one();
            self.wildcards.get(host.get(at..)?)
        })
    }

    /// The value of exactly this hostname.
    pub(super) fn entry(&mut self, hostname: Option<&Hostname>) -> &mut T
    where
        T: Default,
    {
        match hostname {
            Some(Hostname::Exact(name)) => self.exact.entry(boxed(name)).or_default(),
            Some(Hostname::Wildcard(suffix)) => {
                self.longest = self.longest.max(suffix.len());
                self.wildcards.entry(boxed(suffix)).or_default()
            }
            None => self.any.get_or_insert_default(),
        }
    }
}

impl<T> Default for Hosts<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> FromIterator<(Option<Hostname>, T)> for Hosts<T> {
    /// Of values with the same hostname the last one stays.
    fn from_iter<I: IntoIterator<Item = (Option<Hostname>, T)>>(values: I) -> Self {
        let mut hosts = Self::new();
        for (hostname, value) in values {
            hosts.insert(hostname, value);
        }
        hosts
    }
}

impl<T: fmt::Debug> fmt::Debug for Hosts<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wildcards = self.wildcards.iter().map(|(k, v)| (format!("*{k}"), v));
        f.debug_map()
            .entries(&self.exact)
            .entries(wildcards)
            .entries(self.any.iter().map(|value| ("*", value)))
            .finish()
    }
}

fn boxed(name: &str) -> Box<str> {
    name.to_ascii_lowercase().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(names: &[&'static str]) -> Hosts<&'static str> {
        let named = names.iter().map(|name| (Hostname::parse(name), *name));
        named.collect()
    }

    #[test]
    fn the_most_specific_hostname_takes_a_host() {
        let hosts = hosts(&["", "*.com", "*.a.com", "b.a.com", "a.com"]);
        let cases = [
            ("b.a.com", "b.a.com"),
            ("B.A.COM", "b.a.com"),
            ("c.a.com", "*.a.com"),
            ("d.c.a.com", "*.a.com"),
            ("a.com", "a.com"),
            ("x.com", "*.com"),
            ("com", ""),
            (".com", ""),
            ("", ""),
            ("10.0.0.1", ""),
            ("é.com", "*.com"),
        ];
        for (host, expected) in cases {
            assert_eq!(hosts.find(host), Some(&expected), "{host}");
        }
    }

    #[test]
    fn a_host_that_no_hostname_matches_belongs_to_none() {
        let hosts = hosts(&["*.a.com"]);
        for host in ["a.com", ".a.com", "b.com", "ba.com", "", "a.com.b"] {
            assert_eq!(hosts.find(host), None, "{host}");
        }
        assert_eq!(
            hosts.find(&format!("{}a.com", "x.".repeat(9_000))),
            Some(&"*.a.com")
        );
    }

    #[test]
    fn a_value_is_replaced_by_the_next_of_its_hostname() {
        let mut hosts = Hosts::new();
        assert_eq!(hosts.insert(Some(Hostname::Exact("A.com".into())), 1), None);
        assert_eq!(hosts.insert(Hostname::parse("a.com"), 2), Some(1));
        assert_eq!(hosts.insert(None, 3), None);
        assert_eq!((hosts.find("a.com"), hosts.find("b")), (Some(&2), Some(&3)));
        assert_eq!(format!("{hosts:?}"), r#"{"a.com": 2, "*": 3}"#);
    }
}
