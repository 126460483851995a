use std::{net::IpAddr, sync::Arc};

use agentgateway_core::{
    Error, ErrorKind,
    context::{NamedHost, OnLoopback},
};
use http::{HeaderMap, header, request, uri::Authority};

/// From which pages, and for which hosts, requests are taken.
///
/// A server that only its own machine reaches is reached by every page that its browser shows: by a name
/// that the page's owner points at this machine (DNS rebinding), or by a plain request across origins.
///
/// # Source
/// MCP 2026-07-28, Streamable HTTP, Security; MCP 2025-11-25, Streamable HTTP, Security warning.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins {
    origins: Arc<[Box<str>]>,
    hosts: Arc<[Box<str>]>,
    local: Option<bool>,
}

impl Origins {
    pub(super) fn allow_origins(&mut self, origins: impl IntoIterator<Item = impl AsRef<str>>) {
        self.origins = lower(origins);
    }

    pub(super) fn allow_hosts(&mut self, hosts: impl IntoIterator<Item = impl AsRef<str>>) {
        self.hosts = lower(hosts);
    }

    pub(super) const fn local(&mut self, local: bool) {
        self.local = Some(local);
    }

    /// Judges a request by its head.
    ///
    /// # Errors
    /// Its host or its origin is not one that is served.
    pub(super) fn judge(&self, head: &request::Parts) -> Result<(), Error> {
        let on_loopback = || head.extensions.get::<OnLoopback>().is_some();
        let local = self.local.unwrap_or_else(on_loopback);
        let is_named = head.extensions.get::<NamedHost>().is_some();
        if local
            && !is_named
            && !is_local_host(head)
            && !host(head).is_some_and(|host| self.serves(&host))
        {
            let message = "this server is for its own machine: ask it as localhost, or let its operator \
                           allow the host, by a hostname of the route or listener";
            return Err(Error::new(ErrorKind::Forbidden, message));
        }
        if !local && self.origins.is_empty() {
            return Ok(());
        }
        match origin(&head.headers) {
            Ok(None) => Ok(()),
            Ok(Some(origin)) if self.takes(origin, local) => Ok(()),
            Ok(Some(_)) | Err(()) => {
                let message = "pages of this origin are not served";
                Err(Error::new(ErrorKind::Forbidden, message))
            }
        }
    }

    fn serves(&self, host: &Authority) -> bool {
        is_loopback(host.host()) && !host.as_str().contains('@')
            || self.hosts.iter().any(|allowed| {
                host.as_str().eq_ignore_ascii_case(allowed)
                    || host.host().eq_ignore_ascii_case(allowed)
            })
    }

    fn takes(&self, origin: &str, local: bool) -> bool {
        let mut allowed = self.origins.iter();
        allowed.any(|allowed| origin.eq_ignore_ascii_case(allowed)) || local && is_local(origin)
    }
}

fn lower(texts: impl IntoIterator<Item = impl AsRef<str>>) -> Arc<[Box<str>]> {
    texts
        .into_iter()
        .map(|text| {
            text.as_ref()
                .trim_end_matches('/')
                .to_ascii_lowercase()
                .into()
        })
        .collect()
}

/// Whether the host is one of the usual names of this machine, with or without a port: most requests tell such a one,
/// and need no parsing.
fn is_local_host(head: &request::Parts) -> bool {
    let mut values = head.headers.get_all(header::HOST).iter();
    let (Some(value), None, None) = (values.next(), values.next(), head.uri.authority()) else {
        return false;
    };
    let names = [&b"localhost"[..], b"127.0.0.1", b"[::1]"];
    let rest = names
        .into_iter()
        .find_map(|name| value.as_bytes().strip_prefix(name));
    match rest {
        Some([]) => true,
        Some([b':', port @ ..]) => port.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

fn host(head: &request::Parts) -> Option<Authority> {
    if let Some(authority) = head.uri.authority() {
        return Some(authority.clone());
    }
    let mut values = head.headers.get_all(header::HOST).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    value.to_str().ok()?.parse().ok()
}

/// The one origin that the head names.
fn origin(headers: &HeaderMap) -> Result<Option<&str>, ()> {
    let mut values = headers.get_all(header::ORIGIN).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(());
    }
    value.to_str().map(Some).map_err(drop)
}

/// Whether a page of this origin is one of this machine's own.
fn is_local(origin: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let authority = authority.parse::<Authority>();
    web && authority.is_ok_and(|at| !at.as_str().contains('@') && is_loopback(at.host()))
}

fn is_loopback(host: &str) -> bool {
    let literal = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    host.eq_ignore_ascii_case("localhost")
        || literal
            .unwrap_or(host)
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn judged(origins: &Origins, host: &str, from: &[&str], bound: bool) -> bool {
        let mut request = Request::post("/mcp").header("host", host);
        for origin in from {
            request = request.header("origin", *origin);
        }
        if bound {
            request = request.extension(OnLoopback);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        origins.judge(&head).is_ok()
    }

    /// Fault M01: foreign pages: evil, `null`, two origins, names that begin like the own.
    #[test]
    fn foreign_pages_are_refused_where_the_machine_alone_is_served() {
        let usual = Origins::default();
        for (from, taken) in [
            (&[][..], true),
            (&["http://localhost:6274"], true),
            (&["https://127.0.0.1"], true),
            (&["http://[::1]:80"], true),
            (&["http://evil.example"], false),
            (&["null"], false),
            (&["http://localhost", "http://localhost"], false),
            (&["http://localhost.evil.com"], false),
            (&["http://localhost@evil"], false),
            (&["http://evil@localhost"], false),
            (&["localhost"], false),
            (&["file://localhost"], false),
            (&[""], false),
        ] {
            assert_eq!(
                judged(&usual, "localhost:9090", from, true),
                taken,
                "{from:?}"
            );
            assert!(judged(&usual, "localhost:9090", from, false), "{from:?}");
        }
    }

    /// Fault M02: a name that a page's owner points at this machine.
    #[test]
    fn foreign_hosts_are_refused_where_the_machine_alone_is_served() {
        let mut origins = Origins::default();
        origins.allow_hosts(["Tools.example.org"]);
        for (host, served) in [
            ("localhost", true),
            ("127.0.0.1:9090", true),
            ("[::1]:9090", true),
            ("tools.example.org", true),
            ("tools.example.org:9090", true),
            ("evil.example", false),
            ("localhost.evil.example", false),
            ("a@localhost", false),
            ("", false),
        ] {
            assert_eq!(judged(&origins, host, &[], true), served, "{host}");
            assert!(judged(&origins, host, &[], false), "{host}");
        }
    }

    #[test]
    fn a_host_that_leads_to_the_route_is_served() {
        let origins = Origins::default();
        for (from, served) in [(None, true), (Some("http://evil.example"), false)] {
            let mut request = Request::post("/mcp").header("host", "tools.example.org");
            if let Some(from) = from {
                request = request.header("origin", from);
            }
            let request = request.extension(OnLoopback).extension(NamedHost);
            let (head, ()) = request.body(()).unwrap().into_parts();
            assert_eq!(origins.judge(&head).is_ok(), served, "{from:?}");
        }
    }

    #[test]
    fn what_is_allowed_is_all_that_is() {
        let mut origins = Origins::default();
        origins.allow_origins(["https://chat.example.org/"]);
        for bound in [true, false] {
            let host = "localhost";
            assert!(judged(&origins, host, &["https://chat.example.org"], bound));
            assert!(!judged(&origins, host, &["https://evil.example"], bound));
            assert_eq!(judged(&origins, host, &["http://localhost"], bound), bound);
        }
        origins.local(false);
        assert!(judged(&origins, "evil.example", &[], true));
        origins.local(true);
        assert!(!judged(&origins, "evil.example", &[], false));
    }
}
