use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;

use super::{
    BalancerBuilder, Criteria, Ejection, Lease, Member, Tried,
    breaker::{Change, Ticket},
    latency::Scale,
    list::List,
    node::Node,
    select::{Bound, Selection},
    standing::Standing,
};

/// Chooses one endpoint of a set for each request.
///
/// A handle: clones are one balancer. See the [module](crate::balance) for how it chooses.
pub struct Balancer<T> {
    core: Arc<Core<T>>,
}

/// What the handle and the leases share.
pub(super) struct Core<T> {
    list: ArcSwap<List<T>>,
    pub(super) settings: Settings,
    /// Not after the earliest time, in nanoseconds, at which a request may probe an endpoint.
    next_probe: AtomicU64,
    /// Held while an ejection is counted, so that two at once keep to the limit.
    ejecting: Mutex<()>,
    /// Held while a list is made, so that no update loses another's endpoints.
    updating: Mutex<()>,
}

pub(super) struct Settings {
    pub(super) scale: Scale,
    pub(super) bound: Bound,
    pub(super) ejection: Ejection,
    pub(super) clock: Arc<dyn Fn() -> Duration + Send + Sync>,
    pub(super) random: Arc<dyn Fn() -> u64 + Send + Sync>,
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
            core: Arc::new(Core {
                list: ArcSwap::from_pointee(List::new(members, &[])),
                settings,
                next_probe: AtomicU64::new(u64::MAX),
                ejecting: Mutex::new(()),
                updating: Mutex::new(()),
            }),
        }
    }

    /// Replaces the set, for all picks from now on.
    ///
    /// Endpoints whose key stays keep their load and their health; weights and values are the new
    /// ones. Leases of endpoints that leave stay valid. A key that leaves and comes back is a new
    /// endpoint.
    pub fn update(&self, members: impl IntoIterator<Item = Member<T>>) {
        let members: Vec<_> = members.into_iter().collect();
        let guard = self.core.updating.lock();
        let guard = guard.unwrap_or_else(PoisonError::into_inner);
        let list = List::new(members, self.core.list.load().nodes());
        self.core.list.store(Arc::new(list));
        drop(guard);
    }

    /// The less loaded of two endpoints. None only when the set is empty.
    ///
    /// The endpoint's load rises until the lease is dropped.
    #[must_use]
    pub fn pick(&self) -> Option<Lease<T>> {
        self.pick_for(&Criteria::new())
    }

    /// The endpoint for one request. None only when the set is empty.
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
            random: &*settings.random,
        };
        let (node, ticket) = self.choose(&selection, criteria)?;
        if let Some(tried) = &criteria.tried {
            tried.insert(Arc::clone(&node.member.key));
        }
        let core = Arc::clone(&self.core);
        Some(Lease::new(core, Arc::clone(node), ticket, selection.now))
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

    /// A due probe first. With an affinity only the endpoint to which it leads is probed: the others
    /// know nothing of what the key stands for.
    fn choose<'a>(
        &self,
        selection: &Selection<'a, T>,
        criteria: &Criteria,
    ) -> Option<(&'a Arc<Node<T>>, Ticket)> {
        let due = self.core.is_probe_due(selection.now);
        let probe = match criteria.affinity {
            _ if !due => None,
            None => self.core.probe(selection),
            Some(affinity) => selection
                .choose_with_due(affinity)
                .and_then(|node| self.core.claim(node, selection.now)),
        };
        probe.or_else(|| {
            let node = selection.choose(criteria.affinity)?;
            Some((node, node.state.breaker.ticket()))
        })
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

// === impl Core ===

impl<T> Core<T> {
    fn is_probe_due(&self, now: Duration) -> bool {
        u128::from(self.next_probe.load(Ordering::Acquire)) <= now.as_nanos()
    }

    /// Gives a request to an endpoint that waits for a probe.
    ///
    /// The time is taken before the endpoints are looked at and put back after: an ejection between
    /// is either seen here or writes its own time afterwards. They are those of the newest list, which
    /// may hold an ejected one that the selection does not know.
    fn probe<'a>(&self, selection: &Selection<'a, T>) -> Option<(&'a Arc<Node<T>>, Ticket)> {
        self.next_probe.swap(u64::MAX, Ordering::AcqRel);
        let nodes = selection.list.nodes().iter();
        let found = nodes
            .filter(|node| !selection.is_tried(node))
            .find_map(|node| self.claim(node, selection.now));
        for node in self.list.load().nodes() {
            if let Some(due) = node.state.breaker.see().state().due() {
                self.probe_at(due);
            }
        }
        found
    }

    fn claim<'a>(
        &self,
        node: &'a Arc<Node<T>>,
        now: Duration,
    ) -> Option<(&'a Arc<Node<T>>, Ticket)> {
        let ticket = node.state.breaker.probe(now, &self.settings.ejection)?;
        Some((node, ticket))
    }

    fn probe_at(&self, due: Duration) {
        let due = u64::try_from(due.as_nanos()).unwrap_or(u64::MAX);
        self.next_probe.fetch_min(due, Ordering::AcqRel);
    }

    /// Ejects one more endpoint, by calling `open`, if the limit leaves room for it.
    pub(super) fn admit(&self, open: &dyn Fn() -> bool) -> bool {
        let list = self.list.load();
        let limit = self.settings.ejection.limit(list.nodes().len());
        if limit == 0 {
            return false;
        }
        let _guard = self.ejecting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_out = |node: &&Arc<Node<T>>| !node.state.breaker.see().is_closed();
        let out = list.nodes().iter().filter(is_out).count();
        out < limit && open()
    }

    /// Takes note of what an outcome changed.
    pub(super) fn changed(&self, key: &str, change: Change, now: Duration) {
        match change {
            Change::None => {}
            Change::Opened(due) => {
                self.probe_at(due);
                let seconds = due.saturating_sub(now).as_secs_f64();
                tracing::warn!(endpoint = key, seconds, "endpoint ejected");
            }
            Change::Closed => tracing::info!(endpoint = key, "endpoint is back"),
        }
    }
}
