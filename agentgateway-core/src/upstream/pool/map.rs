use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use super::Host;
use crate::upstream::{connect::Connector, failure::Target, http2::Http2Settings, spawn::Spawn};

/// At so many hosts those that have no connection are forgotten; and again at twice as many.
const MANY_HOSTS: usize = 64;

/// How often [`Pool::maintain`] looks, at most and at least.
const OFTEN: Duration = Duration::from_millis(50);
const SELDOM: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
pub(in crate::upstream) struct Limits {
    pub(in crate::upstream) max_connections: usize,
    pub(in crate::upstream) max_idle: usize,
    pub(in crate::upstream) idle_timeout: Duration,
    pub(in crate::upstream) wait_deadline: Duration,
}

/// What all hosts of a client share.
pub(in crate::upstream) struct Shared {
    pub(in crate::upstream) connector: Connector,
    pub(in crate::upstream) spawn: Spawn,
    pub(in crate::upstream) limits: Limits,
    pub(in crate::upstream) http2: Http2Settings,
    pub(in crate::upstream) http2_only: bool,
}

/// The hosts of a client.
pub(in crate::upstream) struct Pool {
    shared: Arc<Shared>,
    hosts: Mutex<HashMap<Target, Arc<Host>>>,
}

impl Pool {
    pub(in crate::upstream) fn new(shared: Shared) -> Self {
        Self {
            shared: Arc::new(shared),
            hosts: Mutex::default(),
        }
    }

    fn hosts(&self) -> MutexGuard<'_, HashMap<Target, Arc<Host>>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::upstream) fn host(&self, target: &Target) -> Arc<Host> {
        let mut hosts = self.hosts();
        if let Some(host) = hosts.get(target) {
            return Arc::clone(host);
        }
        if hosts.len() >= MANY_HOSTS && hosts.len().is_power_of_two() {
            drop(hosts);
            self.sweep();
            hosts = self.hosts();
        }
        let new = || Arc::new(Host::new(target.clone(), Arc::clone(&self.shared)));
        Arc::clone(hosts.entry(target.clone()).or_insert_with(new))
    }

    /// Closes what has expired or was closed by its service, and forgets hosts without connections.
    fn sweep(&self) {
        let hosts: Vec<_> = self.hosts().values().cloned().collect();
        let unused: Vec<_> = hosts.into_iter().filter(Host::sweep).collect();
        let mut hosts = self.hosts();
        for host in unused {
            // This one's, and the map's: nobody else has it.
            if Arc::strong_count(&host) == 2 {
                hosts.remove(host.target());
            }
        }
    }

    #[cfg(test)]
    pub(in crate::upstream) fn idle(&self) -> usize {
        self.hosts().values().map(|host| host.idle()).sum()
    }

    /// Sweeps from time to time, until the pool is gone.
    pub(in crate::upstream) async fn maintain(pool: Weak<Self>) {
        loop {
            let Some(half) = pool
                .upgrade()
                .map(|pool| pool.shared.limits.idle_timeout / 2)
            else {
                return;
            };
            tokio::time::sleep(half.clamp(OFTEN, SELDOM)).await;
            match pool.upgrade() {
                Some(pool) => pool.sweep(),
                None => return,
            }
        }
    }
}
