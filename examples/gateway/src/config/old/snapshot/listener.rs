//! Listeners, their routes, and the choice among them.

use std::borrow::Cow;

use super::hostname::without_port;
use super::{Backend, Hostname, PathMatch};

/// All that is to be served. It holds no socket and does not change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// The listeners, by Gateway and then in the order of its manifest. No two share a port.
    pub listeners: Vec<Listener>,
}

impl Snapshot {
    /// The listener on this port.
    #[must_use]
    pub fn listener(&self, port: u16) -> Option<&Listener> {
        self.listeners.iter().find(|listener| listener.port == port)
    }

    /// The route that takes a request on the listener of this port; see [`Listener::route`].
    #[must_use]
    pub fn route(&self, port: u16, host: &str, path: &str) -> Option<&Route> {
        self.listener(port)?.route(host, path)
    }
}

/// One port to listen on, with its routes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listener {
    /// The Gateway, as `namespace/name`.
    pub gateway: String,
    /// The name of the listener, unique in its Gateway.
    pub name: String,
    /// The port, never 0.
    pub port: u16,
    /// What is spoken on the wire.
    pub protocol: Protocol,
    /// The only hostname that is served; the routes' hostnames already heed it.
    pub hostname: Option<String>,
    /// The routes, one for each match of each rule, the first in precedence first.
    pub routes: Vec<Route>,
}

impl Listener {
    /// The route that takes a request, or `None`, which is a 404.
    ///
    /// `host` is the `Host` header or the authority, with or without a port (empty when the request
    /// has none), `path` is the path as it was sent, without the query. The more specific hostname
    /// wins; among equals the order of [`routes`](Self::routes) does.
    ///
    /// # Source
    /// Gateway API v1, `HTTPRouteSpec.hostnames` and `HTTPRouteRule.matches`.
    #[must_use]
    pub fn route(&self, host: &str, path: &str) -> Option<&Route> {
        let host = without_port(host);
        let mut best = None;
        for route in self.routes.iter().filter(|route| route.path.matches(path)) {
            let Some(specificity) = route.specificity(host) else {
                continue;
            };
            if best.is_none_or(|(held, _)| specificity > held) {
                best = Some((specificity, route));
            }
        }
        best.map(|(_, route)| route)
    }
}

/// What a listener speaks on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocol {
    /// HTTP/1.1 and HTTP/2 in clear text.
    Http,
}

/// One match of one rule of an HTTPRoute.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route {
    /// The HTTPRoute, as `namespace/name`.
    pub name: String,
    /// The rule's name, or its place from 0 when it has none.
    pub rule: String,
    /// The hostnames that lead here, already intersected with the listener's; empty for any.
    pub hostnames: Vec<Hostname>,
    /// The paths that lead here.
    pub path: PathMatch,
    /// What the matched prefix is replaced with; see [`Route::rewritten`].
    pub rewrite_prefix: Option<String>,
    /// The rule asks that no answer be given up for its slowness (`timeouts` of `0s`).
    pub no_timeout: bool,
    /// What answers.
    pub backend: Backend,
}

impl Route {
    /// The path to send upstream for a path that matched, both without the query.
    #[must_use]
    pub fn rewritten<'a>(&self, path: &'a str) -> Cow<'a, str> {
        match &self.rewrite_prefix {
            Some(replacement) => self.path.replace(path, replacement),
            None => Cow::Borrowed(path),
        }
    }

    /// How specifically this names the host; `None` when it does not match.
    fn specificity(&self, host: &str) -> Option<(bool, usize)> {
        if self.hostnames.is_empty() {
            return Some((false, 0));
        }
        let matching = self.hostnames.iter().filter(|name| name.matches(host));
        matching.map(Hostname::specificity).max()
    }
}
