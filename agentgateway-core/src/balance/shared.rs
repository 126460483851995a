use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;

use super::{
    Affinity, Ejection, Member, Pulse,
    breaker::{Change, Ticket},
    latency::Scale,
    list::{Group, List},
    node::Node,
    select::{Bound, Selection},
};

/// What the handle and the leases share.
pub(super) struct Core<T> {
    pub(super) list: ArcSwap<List<T>>,
    pub(super) settings: Settings,
    /// Held while an ejection is counted, so that two at once keep to the limit.
    ejecting: Mutex<()>,
    /// Held while a list is made, so that no update loses another's endpoints.
    updating: Mutex<()>,
}

pub(super) struct Settings {
    pub(super) scale: Scale,
    pub(super) bound: Bound,
    pub(super) ejection: Ejection,
    pub(super) pulse: Option<Pulse>,
    /// None is picked while all are out.
    pub(super) fails_fast: bool,
    pub(super) clock: Arc<dyn Fn() -> Duration + Send + Sync>,
    pub(super) random: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl<T> Core<T> {
    pub(super) fn new(settings: Settings, members: impl IntoIterator<Item = Member<T>>) -> Self {
        Self {
            list: ArcSwap::from_pointee(List::new(members, &[])),
            settings,
            ejecting: Mutex::new(()),
            updating: Mutex::new(()),
        }
    }

    pub(super) fn update(&self, members: impl IntoIterator<Item = Member<T>>) {
        let members: Vec<_> = members.into_iter().collect();
        let guard = self.updating.lock();
        let guard = guard.unwrap_or_else(PoisonError::into_inner);
        let list = List::new(members, self.list.load().nodes());
        self.list.store(Arc::new(list));
        drop(guard);
    }

    /// Gives a request to an endpoint of the group that waits for a probe. With an affinity only the
    /// endpoint to which it leads is probed: the others know nothing of what the key stands for.
    pub(super) fn probe<'a>(
        &self,
        group: &'a Group<T>,
        selection: &Selection<'a, T>,
        affinity: Option<Affinity>,
    ) -> Option<(&'a Arc<Node<T>>, Ticket)> {
        if !group.is_probe_due(selection.now) {
            return None;
        }
        if let Some(affinity) = affinity {
            let node = selection.fresh_or_due(group, affinity)?;
            return self.claim(node, selection.now);
        }
        group.look_for_probes(|node| {
            let fits = !selection.is_tried(node) && !node.state.is_out();
            fits.then(|| self.claim(node, selection.now)).flatten()
        })
    }

    /// The endpoint of this key, where it takes requests or waits for a probe.
    pub(super) fn wished<'a>(
        &self,
        key: &str,
        selection: &Selection<'a, T>,
    ) -> Option<(&'a Arc<Node<T>>, Ticket)> {
        let mut nodes = selection.list.nodes().iter();
        let node = nodes.find(|node| *node.member.key == *key)?;
        if node.state.is_out() || selection.is_tried(node) {
            return None;
        }
        if node.is_up() {
            return Some((node, node.state.breaker.ticket()));
        }
        self.claim(node, selection.now)
    }

    fn claim<'a>(
        &self,
        node: &'a Arc<Node<T>>,
        now: Duration,
    ) -> Option<(&'a Arc<Node<T>>, Ticket)> {
        let ticket = node.state.breaker.probe(now, &self.settings.ejection)?;
        Some((node, ticket))
    }

    pub(super) fn left(&self, tried: &[Arc<str>]) -> usize {
        let list = self.list.load();
        let is_left = |node: &&Arc<Node<T>>| node.is_up() && !tried.contains(&node.member.key);
        list.nodes().iter().filter(is_left).count()
    }

    /// The endpoint of this key may be probed from then on.
    pub(super) fn probe_at(&self, key: &str, due: Duration) {
        let list = self.list.load();
        let own = list.nodes().iter().find(|node| *node.member.key == *key);
        if let Some(group) = own.and_then(|node| list.groups().get(node.group)) {
            group.probe_at(due);
        }
    }

    /// Ejects one more endpoint, by calling `open`, if the limit of its group leaves room for it.
    pub(super) fn admit(&self, key: &str, open: &dyn Fn() -> bool) -> bool {
        let list = self.list.load();
        let own = list.nodes().iter().find(|node| *node.member.key == *key);
        let place = own.map_or(0, |node| node.group);
        let nodes = list.groups().get(place).map_or(&[][..], Group::nodes);
        let is_last = place + 1 >= list.groups().len();
        let limit = self.settings.ejection.limit(nodes.len(), is_last);
        if limit == 0 {
            return false;
        }
        let _guard = self.ejecting.lock().unwrap_or_else(PoisonError::into_inner);
        let out = nodes.iter().filter(|node| !node.is_up()).count();
        out < limit && open()
    }

    /// Takes note of what an outcome changed.
    pub(super) fn changed(&self, key: &str, change: Change, now: Duration) {
        match change {
            Change::None => {}
            Change::Opened(due) => {
                self.probe_at(key, due);
                let seconds = due.saturating_sub(now).as_secs_f64();
                tracing::warn!(endpoint = key, seconds, "endpoint ejected");
            }
            Change::Closed => tracing::info!(endpoint = key, "endpoint is back"),
        }
    }
}
