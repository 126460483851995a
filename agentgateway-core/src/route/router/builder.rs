use std::{fmt, sync::Arc};

use super::{
    Router,
    find::{Entry, Rules},
    table::Table,
};
use crate::route::{Hostname, Hosts, RequestMatch, rank::Rank};

/// Collects the rules of a [`Router`].
#[must_use]
pub struct RouterBuilder<T> {
    rules: Vec<(Vec<Hostname>, T)>,
    matches: Vec<(Rank, RequestMatch)>,
}

impl<T> RouterBuilder<T> {
    pub(super) fn new() -> Self {
        Self {
            rules: Vec::new(),
            matches: Vec::new(),
        }
    }

    /// Adds a rule: what its matches take, on its hostnames, gets the value.
    ///
    /// No hostname means every host; no match means every path. The order of calls is the last word
    /// among rules that are alike, so a Gateway API implementation adds its rules from the oldest
    /// route on, then by namespace and name, then in the order in which a route has them.
    pub fn route(
        mut self,
        hostnames: Vec<Hostname>,
        mut matches: Vec<RequestMatch>,
        value: T,
    ) -> Self {
        let rule = self.rules.len();
        self.rules.push((hostnames, value));
        if matches.is_empty() {
            matches.push(RequestMatch::default());
        }
        for (at, asked) in matches.into_iter().enumerate() {
            let asked = asked.without_repeated();
            let rank = Rank::new(&asked, rule, at);
            self.matches.push((rank, asked));
        }
        self
    }

    /// Builds the tables.
    #[must_use]
    pub fn build(mut self) -> Router<T> {
        // Matches in their order of precedence make every list of the tables one in that order.
        self.matches.sort_by_key(|(rank, _)| *rank);
        let mut hosts = Hosts::<Table>::new();
        let mut entries = Vec::with_capacity(self.matches.len());
        for (at, (rank, asked)) in self.matches.into_iter().enumerate() {
            let names = self.rules.get(rank.rule).map(|(names, _)| names.as_slice());
            let names = names.unwrap_or_default();
            if names.is_empty() {
                hosts.entry(None).insert(at, rank.class, &asked.path);
            }
            for name in names {
                let table = hosts.entry(Some(name));
                table.insert(at, rank.class, &asked.path);
            }
            entries.push(Entry {
                rule: rank.rule,
                asked,
            });
        }
        let values = self.rules.into_iter().map(|(_, value)| value).collect();
        Router {
            rules: Arc::new(Rules {
                hosts,
                entries,
                values,
            }),
        }
    }
}

impl<T> fmt::Debug for RouterBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouterBuilder")
            .field("rules", &self.rules.len())
            .field("matches", &self.matches.len())
            .finish()
    }
}
