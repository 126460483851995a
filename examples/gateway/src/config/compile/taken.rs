//! The hostnames that routes of one kind have on a listener.

use std::collections::HashSet;

use agentgateway_core::route::Hostname;

/// Hostnames, asked whether others have a host in common with them.
///
/// A question costs a look-up for each label of each of its names, however many are in here.
#[derive(Clone, Debug, Default)]
pub(super) struct TakenHosts {
    /// A route without hostnames takes every host.
    any: bool,
    exact: HashSet<String>,
    /// What follows the `*`, with its dot.
    wildcards: HashSet<String>,
    /// All ends, from a dot on, of the names above: the wildcards that have hosts in common with one.
    ends: HashSet<String>,
}

impl TakenHosts {
    /// Adds the hostnames of a route; none are all hosts.
    pub(super) fn add(&mut self, hostnames: &[Hostname]) {
        self.any |= hostnames.is_empty();
        for name in hostnames {
            let text = match name {
                Hostname::Exact(name) => {
                    self.exact.insert(name.clone());
                    name
                }
                Hostname::Wildcard(suffix) => {
                    self.wildcards.insert(suffix.clone());
                    suffix
                }
            };
            self.ends.extend(ends(text).map(str::to_owned));
        }
    }

    /// Whether there is a host that one of these hostnames, which are all hosts when there are none,
    /// and one in here take.
    pub(super) fn meet(&self, hostnames: &[Hostname]) -> bool {
        let every = hostnames.is_empty() && !self.ends.is_empty();
        self.any || every || hostnames.iter().any(|name| self.meets(name))
    }

    fn meets(&self, name: &Hostname) -> bool {
        let within = |text| ends(text).any(|end| self.wildcards.contains(end));
        match name {
            Hostname::Exact(name) => self.exact.contains(name) || within(name),
            Hostname::Wildcard(suffix) => self.ends.contains(suffix) || within(suffix),
        }
    }
}

/// The ends of a name from each of its dots on, and all of a name without a dot.
fn ends(name: &str) -> impl Iterator<Item = &str> {
    let dots = name.match_indices('.').filter_map(|(at, _)| name.get(at..));
    let whole = (!name.contains('.')).then_some(name);
    dots.chain(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pair of sets of up to two of these names, against their intersections.
    #[test]
    fn sets_meet_when_two_of_their_names_do() {
        let names = [
            "a.com",
            "b.a.com",
            "*.a.com",
            "*.b.a.com",
            "c.b.a.com",
            "*.com",
            "ba.com",
            "x.org",
            "localhost",
        ];
        let names: Vec<_> = names
            .iter()
            .map(|name| Hostname::parse(name).unwrap())
            .collect();
        let mut sets = vec![vec![]];
        for (at, one) in names.iter().enumerate() {
            sets.push(vec![one.clone()]);
            sets.extend(names[..at].iter().map(|two| vec![one.clone(), two.clone()]));
        }
        for held in &sets {
            let mut taken = TakenHosts::default();
            assert!(!taken.meet(held), "nothing is taken");
            taken.add(held);
            for asked in &sets {
                let any = held.is_empty() || asked.is_empty();
                let meet = |one: &Hostname| asked.iter().any(|it| it.intersection(one).is_some());
                let expected = any || held.iter().any(meet);
                assert_eq!(taken.meet(asked), expected, "{held:?} {asked:?}");
            }
        }
    }
}
