//! The hostnames that routes of one kind have on a listener.

use std::collections::HashMap;

use agentgateway_core::route::Hostname;

use crate::config::resource::Reference;

/// Hostnames with the routes that have them, asked whether others have a host in common with them.
///
/// A question costs a look-up for each label of each of its names, however many are in here.
#[derive(Clone, Debug, Default)]
pub(super) struct TakenHosts<'a> {
    /// A route without hostnames takes every host.
    any: Option<&'a Reference>,
    /// Who was here first.
    first: Option<&'a Reference>,
    exact: HashMap<String, &'a Reference>,
    /// What follows the `*`, with its dot.
    wildcards: HashMap<String, &'a Reference>,
    /// All ends, from a dot on, of the names above: the wildcards that have hosts in common with one.
    ends: HashMap<String, &'a Reference>,
}

impl<'a> TakenHosts<'a> {
    /// Adds the hostnames of a route; none are all hosts.
    pub(super) fn add(&mut self, route: &'a Reference, hostnames: &[Hostname]) {
        self.first.get_or_insert(route);
        if hostnames.is_empty() {
            self.any.get_or_insert(route);
        }
        for name in hostnames {
            let (names, text) = match name {
                Hostname::Exact(name) => (&mut self.exact, name),
                Hostname::Wildcard(suffix) => (&mut self.wildcards, suffix),
            };
            names.entry(text.clone()).or_insert(route);
            for end in ends(text) {
                self.ends.entry(end.to_owned()).or_insert(route);
            }
        }
    }

    /// A route in here that takes a host which one of these hostnames takes as well; they are all
    /// hosts when there are none.
    pub(super) fn meet(&self, hostnames: &[Hostname]) -> Option<&'a Reference> {
        let every = self.first.filter(|_| hostnames.is_empty());
        let named = || hostnames.iter().find_map(|name| self.meets(name));
        self.any.or(every).or_else(named)
    }

    fn meets(&self, name: &Hostname) -> Option<&'a Reference> {
        let within = |text| ends(text).find_map(|end| self.wildcards.get(end));
        let found = match name {
            Hostname::Exact(name) => self.exact.get(name).or_else(|| within(name)),
            Hostname::Wildcard(suffix) => self.ends.get(suffix).or_else(|| within(suffix)),
        };
        found.copied()
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
        let route = Reference::new("", "HTTPRoute", "ns", "r");
        for held in &sets {
            let mut taken = TakenHosts::default();
            assert_eq!(taken.meet(held), None, "nothing is taken");
            taken.add(&route, held);
            for asked in &sets {
                let any = held.is_empty() || asked.is_empty();
                let meet = |one: &Hostname| asked.iter().any(|it| it.intersection(one).is_some());
                let expected = any || held.iter().any(meet);
                let found = taken.meet(asked);
                assert_eq!(found, expected.then_some(&route), "{held:?} {asked:?}");
            }
        }
    }

    #[test]
    fn the_route_that_has_the_name_is_told() {
        let names = |names: &[&str]| -> Vec<_> {
            let names = names.iter().map(|name| Hostname::parse(name).unwrap());
            names.collect()
        };
        let route = |name: &str| Reference::new("", "HTTPRoute", "ns", name);
        let (one, two, every) = (route("one"), route("two"), route("every"));
        let mut taken = TakenHosts::default();
        taken.add(&one, &names(&["a.com"]));
        taken.add(&two, &names(&["*.b.com", "a.com"]));
        assert_eq!(taken.meet(&names(&["x.org", "c.b.com"])), Some(&two));
        assert_eq!(taken.meet(&names(&["a.com"])), Some(&one));
        assert_eq!(taken.meet(&[]), Some(&one));
        assert_eq!(taken.meet(&names(&["x.org"])), None);
        taken.add(&every, &[]);
        assert_eq!(taken.meet(&names(&["x.org"])), Some(&every));
    }
}
