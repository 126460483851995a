use std::{
    cmp::Reverse,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use agentgateway_core::Error;
use tokio::{sync::OnceCell, time::Instant};

use super::{
    options::Options,
    session::{Session, SessionKey, open},
};
use crate::{McpServer, bridge::Ask};

/// The sessions with one server that stand, each opened once.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    standing: Mutex<HashMap<SessionKey, Place>>,
}

#[derive(Debug)]
struct Place {
    session: Arc<OnceCell<Arc<Session>>>,
    used: Instant,
}

impl Place {
    fn is_lost(&self) -> bool {
        let session = self.session.get();
        session.is_some_and(|session| session.is_given_up())
    }

    /// Whether there are calls or listeners in it, or it is being opened.
    fn is_in_use(&self) -> bool {
        let of_session = self.session.get().map_or(1, Arc::strong_count);
        Arc::strong_count(&self.session) > 1 || of_session > 1
    }
}

impl Sessions {
    /// The session of this key; who comes first opens it, and the others wait for it. Where none is kept, a new one.
    ///
    /// # Errors
    /// It could not be opened; whoever comes next tries again.
    pub(super) async fn of(
        &self,
        key: &SessionKey,
        server: &McpServer,
        options: &Options,
        ask: &Ask,
    ) -> Result<Arc<Session>, Error> {
        if options.stateless {
            return Box::pin(open(server, options, key, ask)).await;
        }
        let (cell, evicted) = self.place(key, options);
        drop(evicted);
        cell.get_or_try_init(|| Box::pin(open(server, options, key, ask)))
            .await
            .cloned()
    }

    /// The session of this key, where one stands.
    pub(super) fn standing(&self, key: &SessionKey) -> Option<Arc<Session>> {
        let standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        let place = standing.get(key).filter(|place| !place.is_lost())?;
        place.session.get().cloned()
    }

    fn place(
        &self,
        key: &SessionKey,
        options: &Options,
    ) -> (Arc<OnceCell<Arc<Session>>>, Vec<Place>) {
        let now = Instant::now();
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = standing.get_mut(key).filter(|place| !place.is_lost()) {
            place.used = now;
            return (place.session.clone(), Vec::new());
        }
        let lost = standing.remove(key);
        let mut evicted = evict(
            &mut standing,
            now,
            options.session_idle,
            options.max_sessions,
        );
        evicted.extend(lost);
        let session = Arc::new(OnceCell::new());
        let place = Place {
            session: session.clone(),
            used: now,
        };
        standing.insert(key.clone(), place);
        (session, evicted)
    }
}

/// Takes out what nobody has used for long, and where there are too many, one of them.
fn evict(
    standing: &mut HashMap<SessionKey, Place>,
    now: Instant,
    idle: Duration,
    most: usize,
) -> Vec<Place> {
    let mut out: Vec<SessionKey> = standing
        .iter()
        .filter(|(_, place)| !place.is_in_use() && now.duration_since(place.used) >= idle)
        .map(|(key, _)| key.clone())
        .collect();
    if out.is_empty() && standing.len() >= most {
        out.extend(one_too_many(standing));
    }
    out.iter().filter_map(|key| standing.remove(key)).collect()
}

/// The one that gives way: of the caller that has the most, so that nobody takes the others' places; of those, one that
/// is not in use; of those, the one that was not used for longest.
///
/// One in use ends with its last use.
fn one_too_many(standing: &HashMap<SessionKey, Place>) -> Option<SessionKey> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for key in standing.keys() {
        *counts.entry(key.caller()).or_default() += 1;
    }
    let rank = |(key, place): &(&SessionKey, &Place)| {
        let has = counts.get(key.caller()).copied().unwrap_or_default();
        (Reverse(has), place.is_in_use(), place.used)
    };
    let first = standing.iter().min_by_key(rank);
    first.map(|(key, _)| key.clone())
}
