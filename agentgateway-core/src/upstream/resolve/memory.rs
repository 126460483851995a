//! What is known of names, and which lookups are under way.

use std::{collections::HashMap, io, sync::Arc, time::Duration};

use futures_util::future::{BoxFuture, Shared};
use tokio::time::Instant;

use super::{
    Addresses,
    cached::{Times, is_answer},
};

pub(super) type Found = Result<Addresses, Arc<io::Error>>;
pub(super) type Flight = Shared<BoxFuture<'static, Found>>;

/// How long a lookup is joined by those who come later. One that nobody waited for to its end may
/// hold an answer of long ago, and one that hangs must not be all that is ever tried.
const JOINED: Duration = Duration::from_secs(10);

/// The longest time that anything is believed, whatever a TTL says: RFC 8767, section 4, has a week.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

pub(super) struct Memory {
    names: HashMap<Box<str>, Name>,
    limit: usize,
    flights: u64,
}

/// One name. `good` outlives its time, for when the resolver fails.
struct Name {
    good: Option<Good>,
    failure: Option<Failure>,
    flight: Option<(u64, Instant, Flight)>,
    asked: Instant,
}

struct Good {
    answer: Addresses,
    fresh_until: Instant,
    stale_until: Instant,
}

struct Failure {
    error: Arc<io::Error>,
    until: Instant,
}

/// What one who asks does now.
pub(super) enum Asked {
    Known(Found),
    /// Waits, with something to fall back to.
    Wait {
        flight: Flight,
        old: Option<Addresses>,
    },
}

impl Memory {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            names: HashMap::new(),
            limit,
            flights: 0,
        }
    }

    pub(super) fn keep(&mut self, limit: usize) {
        self.limit = limit;
    }

    pub(super) fn ask(
        &mut self,
        host: &str,
        now: Instant,
        start: impl FnOnce(u64) -> Flight,
    ) -> Asked {
        if !self.names.contains_key(host) {
            self.make_room();
        }
        self.flights = self.flights.wrapping_add(1);
        let number = self.flights;
        let name = self
            .names
            .entry(host.into())
            .or_insert_with(|| Name::new(now));
        name.asked = now;
        if let Some(found) = name.known(now) {
            return Asked::Known(found);
        }
        let old = name.stale(now);
        let flight = match &name.flight {
            Some((_, since, flight)) if now < *since + JOINED => flight.clone(),
            _ => {
                let flight = start(number);
                name.flight = Some((number, now, flight.clone()));
                flight
            }
        };
        Asked::Wait { flight, old }
    }

    /// A lookup has ended. One that was replaced in the meantime says nothing any more.
    pub(super) fn landed(
        &mut self,
        host: &str,
        number: u64,
        found: &Found,
        times: Times,
        now: Instant,
    ) {
        let Some(name) = self.names.get_mut(host) else {
            return;
        };
        if name.flight.as_ref().is_none_or(|flight| flight.0 != number) {
            return;
        }
        name.flight = None;
        match found {
            Ok(answer) => name.learn(answer, times, now),
            Err(error) => name.fail(Arc::clone(error), times, now),
        }
    }

    /// Somebody's patience is over: for a while the old answer serves at once.
    pub(super) fn overdue(&mut self, host: &str, times: Times, now: Instant) {
        let name = self.names.get_mut(host);
        if let Some(name) = name.filter(|name| name.flight.is_some()) {
            name.fail(Arc::new(io::ErrorKind::TimedOut.into()), times, now);
        }
    }

    /// Forgets the name that was asked for the longest ago, when there are too many.
    fn make_room(&mut self) {
        while self.names.len() >= self.limit.max(1) {
            let oldest = self
                .names
                .iter()
                .min_by_key(|(_, name)| name.asked)
                .map(|(host, _)| host.clone());
            if oldest.is_none_or(|host| self.names.remove(&host).is_none()) {
                return;
            }
        }
    }
}

impl Name {
    const fn new(now: Instant) -> Self {
        Self {
            good: None,
            failure: None,
            flight: None,
            asked: now,
        }
    }

    fn known(&self, now: Instant) -> Option<Found> {
        if let Some(good) = self.good.as_ref().filter(|good| now < good.fresh_until) {
            return Some(Ok(good.answer.clone()));
        }
        let failure = self
            .failure
            .as_ref()
            .filter(|failure| now < failure.until)?;
        Some(match self.stale(now) {
            Some(answer) => Ok(answer),
            None => Err(Arc::clone(&failure.error)),
        })
    }

    fn stale(&self, now: Instant) -> Option<Addresses> {
        self.good
            .as_ref()
            .filter(|good| now < good.stale_until)
            .map(|good| good.answer.clone())
    }

    fn learn(&mut self, answer: &Addresses, times: Times, now: Instant) {
        let fresh_until = after(now, answer.ttl().unwrap_or(times.fresh));
        self.failure = None;
        self.good = Some(Good {
            answer: answer.clone(),
            fresh_until,
            stale_until: after(fresh_until, times.stale),
        });
    }

    fn fail(&mut self, error: Arc<io::Error>, times: Times, now: Instant) {
        if is_answer(&error) {
            self.good = None;
        }
        self.failure = Some(Failure {
            error,
            until: after(now, times.retry),
        });
    }
}

fn after(now: Instant, time: Duration) -> Instant {
    now + time.min(LONGEST)
}
