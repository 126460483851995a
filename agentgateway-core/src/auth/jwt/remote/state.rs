use std::{sync::Arc, time::Duration};

use futures_util::future::WeakShared;
use tokio::time::Instant;

use super::{
    super::KeySet,
    KeysFailure, KeysStanding,
    fetch::Fetched,
    keys::{Flight, Flying, Terms},
};

/// The pause behind the first failure. It doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// What is known of remote keys. All times are passed in.
#[derive(Default)]
pub(super) struct State {
    held: Option<Held>,
    flight: Option<WeakShared<Flying>>,
    failed: Option<Failed>,
    looked: Option<Looked>,
    /// Until then nobody waits for a refresh that others have waited for in vain.
    impatient: Option<Instant>,
}

struct Held {
    keys: Arc<KeySet>,
    fetched: Instant,
    fresh_for: Duration,
}

struct Failed {
    why: KeysFailure,
    at: Instant,
    pause: Duration,
}

/// When a key that nobody knows was last looked for, and whether an answer came.
struct Looked {
    at: Instant,
    landed: bool,
}

/// What is to be done for one who asks.
pub(super) enum Step {
    /// These keys are used.
    Use(Arc<KeySet>),
    /// These are used if there are none newer soon.
    Refresh(Arc<KeySet>),
    /// There are none to be used.
    Wait,
    /// There are none, and there was no use in asking this shortly ago.
    Fail(Duration),
}

impl State {
    pub(super) fn step(&mut self, id: Option<&str>, now: Instant, terms: &Terms) -> Step {
        let pause = self.failed.as_ref().and_then(|failed| failed.left(now));
        let held = self.held.as_ref();
        let Some(held) = held.filter(|held| held.age(now) < held.fresh_for + terms.stale_for)
        else {
            return pause.map_or(Step::Wait, Step::Fail);
        };
        let keys = Arc::clone(&held.keys);
        if !keys.knows(id) {
            return self.look_for_more(keys, pause, now, terms);
        }
        let patient = self.impatient.is_none_or(|until| until <= now);
        if held.age(now) >= held.fresh_for && pause.is_none() && patient {
            Step::Refresh(keys)
        } else {
            Step::Use(keys)
        }
    }

    /// A key that is not known may be new. Who shows one can ask for a fetch once in a while, and is
    /// told that its key is not known only where the server has said so.
    fn look_for_more(
        &mut self,
        keys: Arc<KeySet>,
        pause: Option<Duration>,
        now: Instant,
        terms: &Terms,
    ) -> Step {
        if self.flight().is_some() {
            return Step::Wait;
        }
        if let Some(left) = pause {
            return Step::Fail(left);
        }
        let recently = self.looked.as_ref().is_some_and(|looked| {
            // One that nobody waited for has found out nothing.
            let interval = if looked.landed {
                terms.unknown_key_interval
            } else {
                FIRST_PAUSE.min(terms.unknown_key_interval)
            };
            now.duration_since(looked.at) < interval
        });
        if recently {
            return Step::Use(keys);
        }
        let landed = false;
        self.looked = Some(Looked { at: now, landed });
        Step::Wait
    }

    /// The fetch that is under way.
    pub(super) fn flight(&self) -> Option<Flight> {
        self.flight.as_ref()?.upgrade()
    }

    pub(super) fn took_off(&mut self, flight: &Flight) {
        self.flight = flight.downgrade();
    }

    /// Somebody has waited long enough for a refresh.
    pub(super) fn overdue(&mut self, now: Instant) {
        self.impatient = Some(now + FIRST_PAUSE);
    }

    pub(super) fn landed(
        &mut self,
        fetched: Result<&Fetched, &KeysFailure>,
        now: Instant,
        terms: &Terms,
    ) {
        self.flight = None;
        if let Some(looked) = &mut self.looked {
            looked.landed = true;
        }
        match fetched {
            Ok(fetched) => {
                self.failed = None;
                self.impatient = None;
                self.held = Some(Held {
                    keys: Arc::clone(&fetched.keys),
                    fetched: now,
                    fresh_for: fetched.fresh_for.unwrap_or(terms.fresh_for),
                });
            }
            Err(why) => {
                let pause = match &self.failed {
                    None => FIRST_PAUSE,
                    Some(before) => before.pause.saturating_mul(2),
                };
                self.failed = Some(Failed {
                    why: why.clone(),
                    at: now,
                    pause: pause.min(terms.unknown_key_interval),
                });
            }
        }
    }

    /// How long it is before the server is asked again.
    pub(super) fn pause(&self, now: Instant) -> Duration {
        let left = self.failed.as_ref().and_then(|failed| failed.left(now));
        left.unwrap_or(FIRST_PAUSE)
    }

    pub(super) fn standing(&self, now: Instant) -> KeysStanding {
        let held = self.held.as_ref();
        KeysStanding {
            keys: held.map_or(0, |held| held.keys.len()),
            age: held.map(|held| held.age(now)),
            stale: held.is_none_or(|held| held.age(now) >= held.fresh_for),
            failure: self.failed.as_ref().map(|failed| failed.why.clone()),
        }
    }
}

impl Held {
    fn age(&self, now: Instant) -> Duration {
        now.duration_since(self.fetched)
    }
}

impl Failed {
    /// What is left of the pause.
    fn left(&self, now: Instant) -> Option<Duration> {
        let left = self.pause.checked_sub(now.duration_since(self.at))?;
        Some(left).filter(|left| !left.is_zero())
    }
}
