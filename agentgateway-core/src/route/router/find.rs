use std::{fmt, sync::Arc};

use super::{RouterBuilder, table::Table};
use crate::route::{Head, Hosts, PathMatch, RequestMatch, head::lower};

#[cfg(test)]
use crate::route::steps;

/// Finds the rule that takes a request, by the precedence of Gateway API.
///
/// It is built once, never changes, and a clone shares its tables.
///
/// # Behaviour
///
/// Of all matches that take a request the first in this order decides:
///
/// 1. an exact hostname before a wildcard, a longer wildcard before a shorter one, all before none;
/// 2. [`PathMatch::Exact`], then [`PathMatch::Regex`] by the characters of the expression, then
///    [`PathMatch::Prefix`] by its characters, of which a `/` at its end is none (where the
///    specification leaves the place of expressions to implementations);
/// 3. one that asks for a method;
/// 4. the number of headers, then of query parameters;
/// 5. the order in which rules were added, then that of the matches of a rule.
///
/// A rule of a less specific hostname takes what no rule of a more specific one does. The gateway of
/// several listeners on one port keeps a router for each, and [`Hosts`] to choose among them.
///
/// A prefix matches whole segments of the path as it was sent, and a `/` at its end says nothing.
/// Of entries for equal header names or parameters the first counts. Several fields of one header
/// are joined by commas. Parameters are decoded, and the first of a name counts. A value that is not
/// UTF-8 matches no expression.
///
/// # Cost
///
/// One look-up of the host (and of each of its parents, where there are wildcards), and for each
/// hostname that matches it: one look-up of the path and one for each of its segments. It does not
/// grow with the number of hostnames, exact paths and prefixes. Expressions are tried one by one, and
/// so are matches that differ only in methods, headers and parameters. Nothing is allocated but for a
/// host in upper case and for an expression over several header fields or a parameter.
///
/// # Example
///
/// ```
/// use agentgateway_core::route::{Head, Hostname, PathMatch, RequestMatch, Router};
/// use http::Request;
/// use tower::{ServiceExt, service_fn, util::BoxCloneSyncService};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// type Service = BoxCloneSyncService<Request<String>, &'static str, std::convert::Infallible>;
/// let tools = Service::new(service_fn(|_| async { Ok("tools") }));
/// let agents = Service::new(service_fn(|_| async { Ok("agents") }));
///
/// let mut under_mcp = RequestMatch::default();
/// under_mcp.path = PathMatch::Prefix("/mcp".to_owned());
/// let router = Router::builder()
///     .route(vec![], vec![under_mcp], tools)
///     .route(Vec::from_iter(Hostname::parse("agents.example.com")), vec![], agents)
///     .build();
///
/// let request = Request::get("/mcp/x").header("host", "localhost:9090").body(String::new())?;
/// let found = router.find(&Head::new(&request)).expect("a rule takes it");
/// assert_eq!(found.path().as_str(), "/mcp");
/// assert_eq!(found.value.clone().oneshot(request).await?, "tools");
/// # Ok(())
/// # }
/// ```
///
/// # Source
/// Gateway API v1, `HTTPRouteRule.matches` and `HTTPRouteSpec.hostnames`.
pub struct Router<T> {
    pub(super) rules: Arc<Rules<T>>,
}

/// What the clones of a router share.
pub(super) struct Rules<T> {
    pub(super) hosts: Hosts<Table>,
    /// All matches, in their order of precedence but for the hostname.
    pub(super) entries: Vec<Entry>,
    pub(super) values: Vec<T>,
}

/// One match of one rule.
pub(super) struct Entry {
    pub(super) rule: usize,
    pub(super) asked: RequestMatch,
}

/// The rule that takes a request.
#[derive(Debug)]
#[non_exhaustive]
pub struct Found<'a, T> {
    /// The value of the rule.
    pub value: &'a T,
    /// What the rule asked for, of which the request meets all.
    pub matched: &'a RequestMatch,
}

// === impl Router ===

impl<T> Router<T> {
    /// Begins a router.
    pub fn builder() -> RouterBuilder<T> {
        RouterBuilder::new()
    }

    /// The first rule that takes a request; `None` means that no rule does (404).
    #[must_use]
    pub fn find(&self, head: &Head<'_>) -> Option<Found<'_, T>> {
        let host = lower(head.host);
        self.matching(head, &host).next()
    }

    /// All matches that take a request, in their order of precedence: why this rule and not that.
    ///
    /// A rule with several matches, or several hostnames, may be there more than once.
    #[must_use]
    pub fn find_all(&self, head: &Head<'_>) -> Vec<Found<'_, T>> {
        let host = lower(head.host);
        self.matching(head, &host).collect()
    }

    /// The values of all rules, in the order in which they were added.
    #[must_use]
    pub fn values(&self) -> impl ExactSizeIterator<Item = &T> {
        self.rules.values.iter()
    }

    fn matching<'s>(&'s self, head: &Head<'_>, host: &str) -> impl Iterator<Item = Found<'s, T>> {
        let tables = self.rules.hosts.matching(host);
        let places = tables.flat_map(|table| table.candidates(head.path));
        places.filter_map(|at| {
            let entry = self.rules.entries.get(at)?;
            entry.takes(head).then_some(Found {
                value: self.rules.values.get(entry.rule)?,
                matched: &entry.asked,
            })
        })
    }
}

impl<T> Clone for Router<T> {
    fn clone(&self) -> Self {
        Self {
            rules: Arc::clone(&self.rules),
        }
    }
}

impl<T> Default for Router<T> {
    /// Without rules: it finds nothing.
    fn default() -> Self {
        Self::builder().build()
    }
}

impl<T> fmt::Debug for Router<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router")
            .field("rules", &self.rules.values.len())
            .field("matches", &self.rules.entries.len())
            .finish()
    }
}

// === impl Entry ===

impl Entry {
    /// Whether a candidate for the path takes the request.
    fn takes(&self, head: &Head<'_>) -> bool {
        #[cfg(test)]
        steps::one();
        let path = match &self.asked.path {
            PathMatch::Exact(_) | PathMatch::Prefix(_) => true,
            PathMatch::Regex(pattern) => pattern.matches(head.path),
        };
        path && self.asked.is_met_beside_path(head)
    }
}

// === impl Found ===

impl<'a, T> Found<'a, T> {
    /// The path that matched: what a prefix is replaced by, and what spans call the route.
    #[must_use]
    pub fn path(&self) -> &'a PathMatch {
        &self.matched.path
    }
}

impl<T> Clone for Found<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Found<'_, T> {}
