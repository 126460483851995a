#[cfg(feature = "health")]
use std::sync::Weak;
use std::{fmt, sync::Arc, time::Duration};

use super::{
    Affinity, BalancerBuilder, Criteria, Lease, Member, Tried,
    breaker::Ticket,
    node::Node,
    select::Selection,
    shared::{Core, Settings},
    standing::{Health, Standing},
};

/// Chooses one endpoint of a set for each request.
///
/// A handle: clones are one balancer. See the [module](crate::balance) for how it chooses.
pub struct Balancer<T> {
    core: Arc<Core<T>>,
}

impl Balancer<()> {
    /// Settings other than the defaults.
    #[must_use]
    pub fn builder() -> BalancerBuilder {
        BalancerBuilder::new()
    }
}

impl<T> Balancer<T> {
    /// A balancer with the defaults. Of several members with one key the last counts.
    pub fn new(members: impl IntoIterator<Item = Member<T>>) -> Self {
        BalancerBuilder::new().build(members)
    }

    pub(super) fn with(settings: Settings, members: impl IntoIterator<Item = Member<T>>) -> Self {
        Self {
            core: Arc::new(Core::new(settings, members)),
        }
    }

    /// Replaces the set, for all picks from now on.
    ///
    /// Endpoints whose key stays keep their load and their health; weights and values are the new
    /// ones. Leases of endpoints that leave stay valid. A key that leaves and comes back is a new
    /// endpoint.
    pub fn update(&self, members: impl IntoIterator<Item = Member<T>>) {
        self.core.update(members);
    }

    /// The endpoints, in the order of the set.
    #[must_use]
    pub fn members(&self) -> Vec<Member<T>>
    where
        T: Clone,
    {
        let list = self.core.list.load();
        list.nodes()
            .iter()
            .map(|node| node.member.clone())
            .collect()
    }

    /// The endpoint of this key.
    #[must_use]
    pub fn member(&self, key: &str) -> Option<Member<T>>
    where
        T: Clone,
    {
        let list = self.core.list.load();
        let mut nodes = list.nodes().iter();
        let own = nodes.find(|node| *node.member.key == *key)?;
        Some(own.member.clone())
    }

    /// The less loaded of two endpoints. None when the set is empty, and while all endpoints are out if
    /// that is to [fail fast](BalancerBuilder::fail_fast).
    ///
    /// The endpoint's load rises until the lease is dropped.
    #[must_use]
    pub fn pick(&self) -> Option<Lease<T>> {
        self.pick_for(&Criteria::new())
    }

    /// The endpoint for one request. None when the set is empty, and while all endpoints are out if that
    /// is to [fail fast](BalancerBuilder::fail_fast).
    ///
    /// The endpoint's load rises until the lease is dropped.
    #[must_use]
    pub fn pick_for(&self, criteria: &Criteria) -> Option<Lease<T>> {
        let list = self.core.list.load();
        let tried = criteria.tried.as_ref().map(Tried::keys).unwrap_or_default();
        let settings = &self.core.settings;
        let selection = Selection {
            list: &list,
            tried: &tried,
            now: (settings.clock)(),
            scale: settings.scale,
            bound: settings.bound,
            fails_fast: settings.fails_fast,
            random: &*settings.random,
        };
        let wished = criteria.prefer.as_ref();
        let (node, ticket) = wished
            .and_then(|wished| self.core.wished(&wished.0, &selection))
            .or_else(|| self.choose(&selection, criteria.affinity))?;
        if let Some(tried) = &criteria.tried {
            tried.insert(Arc::clone(&node.member.key));
        }
        let core = Arc::clone(&self.core);
        Some(Lease::new(core, Arc::clone(node), ticket, selection.now))
    }

    /// Whether the set has no endpoint.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.core.list.load().nodes().is_empty()
    }

    /// How many endpoints would take a request and are not among those that were tried.
    #[must_use]
    pub fn left(&self, tried: &Tried) -> usize {
        self.core.left(&tried.keys())
    }

    /// In what time the first of the ejected endpoints may be asked again; zero when it may now. None
    /// when nobody waits for a time: none is ejected, or those that are are being probed.
    #[must_use]
    pub fn soonest(&self) -> Option<Duration> {
        let waits = |standing: Standing| match standing.health {
            Health::Ejected(left) => Some(left),
            _ => None,
        };
        self.standings().into_iter().filter_map(waits).min()
    }

    /// Takes an endpoint out, or back, by somebody else's word: a health check, a discovery service.
    /// False when there is none of this key.
    ///
    /// While it is out it takes no requests and is not probed, whatever its own ejection says; the
    /// panic rule holds for it too. It stays so in sets that hold its key.
    pub fn set_out(&self, key: &str, out: bool) -> bool {
        let list = self.core.list.load();
        let own = list.nodes().iter().find(|node| *node.member.key == *key);
        if let Some(node) = own {
            let changed = node.state.set_out(out);
            match (changed, out) {
                (true, true) => tracing::warn!(endpoint = key, "endpoint taken out"),
                (true, false) => {
                    tracing::info!(endpoint = key, "endpoint taken back");
                    // It may have waited for a probe meanwhile.
                    self.core.probe_at(key, Duration::ZERO);
                }
                (false, _) => {}
            }
        }
        own.is_some()
    }

    /// How each endpoint stands, in the order of the set.
    #[must_use]
    pub fn standings(&self) -> Vec<Standing> {
        let now = (self.core.settings.clock)();
        let list = self.core.list.load();
        list.nodes()
            .iter()
            .map(|node| Standing::of(node, now))
            .collect()
    }

    /// Group by group, a due probe first; then, where no group has any that takes requests, all the
    /// others.
    fn choose<'a>(
        &self,
        selection: &Selection<'a, T>,
        affinity: Option<Affinity>,
    ) -> Option<(&'a Arc<Node<T>>, Ticket)> {
        let asked = |node: &'a Arc<Node<T>>| (node, node.state.breaker.ticket());
        let mut groups = selection.list.groups().iter();
        groups
            .find_map(|group| {
                let probe = self.core.probe(group, selection, affinity);
                probe.or_else(|| selection.fresh(group, affinity).map(asked))
            })
            .or_else(|| selection.rest(affinity).map(asked))
    }
}

/// A handle that does not keep the balancer.
#[cfg(feature = "health")]
pub(crate) struct WeakBalancer<T>(Weak<Core<T>>);

#[cfg(feature = "health")]
impl<T> WeakBalancer<T> {
    pub(crate) fn of(balancer: &Balancer<T>) -> Self {
        Self(Arc::downgrade(&balancer.core))
    }

    pub(crate) fn upgrade(&self) -> Option<Balancer<T>> {
        self.0.upgrade().map(|core| Balancer { core })
    }
}

#[cfg(feature = "health")]
impl<T> Clone for WeakBalancer<T> {
    fn clone(&self) -> Self {
        Self(Weak::clone(&self.0))
    }
}

impl<T> Clone for Balancer<T> {
    fn clone(&self) -> Self {
        Self {
            core: Arc::clone(&self.core),
        }
    }
}

impl<T> fmt::Debug for Balancer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Balancer")
            .field("endpoints", &self.core.list.load().nodes().len())
            .finish_non_exhaustive()
    }
}
