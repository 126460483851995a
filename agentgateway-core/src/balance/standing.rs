use std::{sync::Arc, time::Duration};

use super::{gate::State, node::Node};

/// How one endpoint stands at one moment, for status pages and metrics.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Standing {
    /// The endpoint's key.
    pub key: Arc<str>,
    /// Its weight.
    pub weight: u32,
    /// Requests that were picked and whose leases are held.
    pub in_flight: usize,
    /// How long it let wait for the head of an answer, of late; none before the first.
    pub latency: Option<Duration>,
    /// Whether it is ejected.
    pub health: Health,
}

/// Whether an endpoint is ejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Health {
    /// It takes requests.
    Healthy,
    /// It takes none while another does. After this time one request probes it.
    Ejected(Duration),
    /// One request probes it.
    Probed,
    /// It was [taken out](super::Balancer::set_out), and takes none while another does.
    Out,
}

impl Standing {
    pub(super) fn of<T>(node: &Node<T>, now: Duration) -> Self {
        Self {
            key: Arc::clone(&node.member.key),
            weight: node.member.weight,
            in_flight: node.state.in_flight(),
            latency: node.state.latency.estimate(),
            health: match node.state.breaker.see().state() {
                _ if node.state.is_out() => Health::Out,
                State::Closed => Health::Healthy,
                State::Open(due) => Health::Ejected(due.saturating_sub(now)),
                State::Probed(_) => Health::Probed,
            },
        }
    }
}
