use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    time::Duration,
};

use agentgateway_core::server::{Drain, Drained, LAST_WORDS, Listener, Tls};
use tokio::task::JoinSet;

use super::{
    Settings, StartError,
    error::{Held, named},
    socket::{Secured, Socket},
};
use crate::{
    admin::Served,
    assemble::{Plan, PlannedSocket},
};

/// What tells one socket from another: the address that is asked for, and a name where the port is
/// the system's choice.
type Key = (SocketAddr, Option<String>);

/// The sockets that are bound, each served in a task of its own. All end when this is dropped.
#[derive(Debug)]
pub struct Sockets {
    settings: Settings,
    drain: Drain,
    bound: BTreeMap<Key, Socket>,
    serving: JoinSet<Drained>,
}

/// What a change has done, by the names of listeners, each behind its Gateway as in `default/edge/web`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Applied {
    /// Served newly.
    pub added: Vec<String>,
    /// Served on, with other stacks.
    pub kept: Vec<String>,
    /// Taken away: what is under way may end, and a port that is nobody's any more is free.
    pub removed: Vec<String>,
}

impl Applied {
    fn between(before: &BTreeSet<String>, now: &BTreeSet<String>) -> Self {
        Self {
            added: now.difference(before).cloned().collect(),
            kept: now.intersection(before).cloned().collect(),
            removed: before.difference(now).cloned().collect(),
        }
    }
}

/// A socket of the plan, and all that could fail of it.
struct Staged {
    planned: PlannedSocket,
    secured: Option<Secured>,
    /// None where the socket that is bound can serve it.
    listener: Option<(Listener, Option<Tls>)>,
}

impl Sockets {
    /// Holds nothing yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            drain: Drain::new(),
            bound: BTreeMap::new(),
            serving: JoinSet::new(),
        }
    }

    /// Makes the sockets those of the plan: all of it, or nothing is changed.
    ///
    /// `deadline` is how long answers of listeners that go may take.
    ///
    /// # Errors
    /// [`StartError`] names the first listener whose port or certificate cannot be had, and why.
    ///
    /// # Cancel safety
    /// When it is dropped, nothing has been changed.
    pub async fn apply(&mut self, plan: Plan, deadline: Duration) -> Result<Applied, StartError> {
        while self.serving.try_join_next().is_some() {}
        let wanted: BTreeSet<Key> = plan.sockets.iter().map(|own| self.key(own)).collect();
        let mut staged = BTreeMap::new();
        for planned in plan.sockets {
            let key = self.key(&planned);
            if staged.contains_key(&key) {
                return Err(StartError::twice(&planned));
            }
            let stage = self.stage(&key, planned, &wanted).await?;
            staged.insert(key, stage);
        }
        Ok(self.commit(staged, deadline))
    }

    /// All that can fail.
    async fn stage(
        &self,
        key: &Key,
        planned: PlannedSocket,
        wanted: &BTreeSet<Key>,
    ) -> Result<Staged, StartError> {
        let secured = planned.tls.as_ref().map(Secured::new).transpose();
        let secured = secured.map_err(|error| StartError::tls(&planned, error))?;
        let listener = match self.bound.get(key) {
            Some(own) if own.can_become(secured.as_ref()) => None,
            Some(own) => Some(
                own.handle
                    .duplicate()
                    .map_err(|error| StartError::take_over(&planned, error))?,
            ),
            None => Some(self.bind(key, &planned, wanted).await?),
        };
        let tls = secured.as_ref().map(Secured::tls).transpose();
        let tls = tls.map_err(|error| StartError::tls(&planned, error))?;
        Ok(Staged {
            planned,
            secured,
            listener: listener.map(|listener| (listener, tls)),
        })
    }

    async fn bind(
        &self,
        key: &Key,
        planned: &PlannedSocket,
        wanted: &BTreeSet<Key>,
    ) -> Result<Listener, StartError> {
        let place = self.settings.place.as_ref();
        let addr = place.map_or(key.0, |place| place.of(planned));
        let inherited = &self.settings.inherited;
        if let Some(listener) = inherited.listener(addr) {
            return listener.map_err(|error| StartError::take_over(planned, error));
        }
        Listener::bind(addr).await.map_err(|error| {
            // On an address that the asked one is part of, or the other way round.
            let mut own = self.bound.iter();
            let held = own.find(|(of, _)| of.0.port() == key.0.port() && !wanted.contains(of));
            let held = held.map(|(_, own)| format!("listener {}", named(&own.planned)));
            let beside = inherited.beside(addr);
            let held = held.map(Held::Going).or(beside.map(Held::Passed));
            StartError::bind(planned, error, held)
        })
    }

    /// Nothing here waits, and nothing here can fail once the certificates have been read.
    fn commit(&mut self, staged: BTreeMap<Key, Staged>, deadline: Duration) -> Applied {
        let before = self.names();
        let gone: Vec<_> = self
            .bound
            .keys()
            .filter(|key| !staged.contains_key(*key))
            .cloned()
            .collect();
        for (key, stage) in staged {
            let tracing = self.settings.tracing_of(&stage.planned);
            match (stage.listener, self.bound.get_mut(&key)) {
                (Some((listener, tls)), _) => {
                    let drain = self.drain.child();
                    let trusted = &self.settings.trusted;
                    let within = (tracing, trusted, &mut self.serving);
                    let mut new = Socket::serve(listener, tls, stage.planned, drain, within);
                    new.relieve(self.settings.heap.as_ref());
                    if let Some(old) = self.bound.insert(key, new) {
                        old.retire(deadline);
                    }
                }
                (None, Some(own)) => {
                    own.change_to(stage.planned, stage.secured, &tracing);
                }
                (None, None) => {}
            }
        }
        for key in gone {
            if let Some(old) = self.bound.remove(&key) {
                old.retire(deadline);
            }
        }
        Applied::between(&before, &self.names())
    }

    /// The listeners, by Gateway and name.
    fn names(&self) -> BTreeSet<String> {
        let sockets = self.bound.values();
        let names = sockets.flat_map(|socket| {
            let of = socket.planned.gateway.as_ref();
            let of = of.map_or_else(String::new, |of| format!("{}/{}/", of.namespace, of.name));
            let listeners = socket.planned.listeners.iter();
            listeners.map(move |own| format!("{of}{}", own.name))
        });
        names.collect()
    }

    /// The listeners that are bound, with the addresses that they have.
    #[must_use]
    pub fn served(&self) -> Vec<Served> {
        let mut served = Vec::new();
        for socket in self.bound.values() {
            for listener in &socket.planned.listeners {
                let addr = socket.handle.local_addr();
                let mut own = Served::new(&listener.name, addr, listener.routes.clone());
                own.gateway = socket.planned.gateway.clone();
                own.tls = socket.tls.is_some();
                served.push(own);
            }
        }
        served
    }

    /// Where and how to serve.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Drains all of them; says how many connections had to be cut.
    ///
    /// # Cancel safety
    /// Dropping the future ends every connection at once when the sockets are dropped, too.
    pub async fn drain(&mut self, delay: Duration, deadline: Duration) -> usize {
        self.drain.begin_within(delay, deadline);
        let drain = self.drain.clone();
        // As long as they take by themselves, and a moment more.
        let late = delay
            .saturating_add(deadline)
            .saturating_add(LAST_WORDS * 2);
        let mut ended = std::pin::pin!(async {
            let mut cut = 0;
            while let Some(drained) = self.serving.join_next().await {
                cut += drained.map_or(0, |drained| drained.cut);
            }
            cut
        });
        // Listeners that went before may have a later deadline of their own.
        match tokio::time::timeout(late, &mut ended).await {
            Ok(cut) => cut,
            Err(_) => {
                drain.abort();
                ended.await
            }
        }
    }

    /// Ends all of them at once.
    pub(super) fn switch(&self) -> Drain {
        self.drain.clone()
    }

    fn key(&self, socket: &PlannedSocket) -> Key {
        let asked = self.settings.asked(socket);
        let name = (asked.port() == 0).then(|| named(socket));
        (asked, name)
    }
}
