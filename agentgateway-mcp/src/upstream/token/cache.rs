use std::{collections::HashMap, future::Future, pin::Pin, sync::Arc, time::Duration};

use futures_util::future::{Shared, WeakShared};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use tokio::time::Instant;

use super::TokenFailure;

/// How long nobody asks anew after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// Whom a token was got for.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Owner {
    /// The gateway itself.
    Gateway,
    /// A caller, by what it was authenticated by.
    Caller {
        issuer: Box<str>,
        name: Box<str>,
        digest: [u8; 32],
    },
}

/// A token as it is sent.
#[derive(Clone)]
pub(super) struct Token(Arc<HeaderValue>);

impl Token {
    pub(super) fn new(value: HeaderValue) -> Self {
        Self(Arc::new(value))
    }

    /// Writes it in the place of what stands there.
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        headers.insert(AUTHORIZATION, (*self.0).clone());
    }
}

pub(super) type Flying = Pin<Box<dyn Future<Output = Result<Token, TokenFailure>> + Send>>;
/// A question that all share who wait for its answer.
pub(super) type Flight = Shared<Flying>;

/// The tokens that there are, and the questions that are under way.
pub(super) struct Cache {
    max: usize,
    slots: HashMap<Owner, Slot>,
    /// Counts looks and flights: the larger number is the later.
    turn: u64,
}

struct Slot {
    used: u64,
    state: State,
}

enum State {
    Ready(Token, Instant),
    /// Given up when nobody waits for it any more.
    Flying(WeakShared<Flying>, u64),
    Failed(TokenFailure, Instant),
}

/// What a look finds.
pub(super) enum Found {
    Token(Token),
    Flight(Flight),
    Failed(TokenFailure),
    /// Nothing; there is room for a flight.
    Nothing,
    /// Nothing, and no room.
    Full,
}

impl Cache {
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            slots: HashMap::new(),
            turn: 0,
        }
    }

    pub(super) fn set_max(&mut self, max: usize) {
        self.max = max;
    }

    pub(super) fn look(&mut self, owner: &Owner, now: Instant) -> Found {
        self.turn += 1;
        if let Some(slot) = self.slots.get_mut(owner) {
            slot.used = self.turn;
            match &slot.state {
                State::Ready(token, end) if now < *end => return Found::Token(token.clone()),
                State::Failed(failure, end) if now < *end => {
                    return Found::Failed(failure.clone());
                }
                State::Flying(flight, _) => {
                    if let Some(flight) = flight.upgrade() {
                        return Found::Flight(flight);
                    }
                }
                State::Ready(..) | State::Failed(..) => {}
            }
            return Found::Nothing;
        }
        if self.slots.len() < self.max || self.make_room(now) {
            Found::Nothing
        } else {
            Found::Full
        }
    }

    /// Lets go of what is of no more use, else of the token that was used the longest ago.
    fn make_room(&mut self, now: Instant) -> bool {
        self.slots.retain(|_, slot| match &slot.state {
            State::Ready(_, end) | State::Failed(_, end) => now < *end,
            State::Flying(flight, _) => flight.upgrade().is_some(),
        });
        if self.slots.len() < self.max {
            return true;
        }
        let settled = self.slots.iter().filter(|(_, slot)| !slot.is_flying());
        let oldest = settled.min_by_key(|(_, slot)| slot.used);
        match oldest.map(|(owner, _)| owner.clone()) {
            Some(owner) => self.slots.remove(&owner).is_some(),
            None => false,
        }
    }

    /// The number of the next flight.
    pub(super) fn next(&mut self) -> u64 {
        self.turn += 1;
        self.turn
    }

    pub(super) fn took_off(&mut self, owner: Owner, number: u64, flight: &Flight) {
        if let Some(flight) = flight.downgrade() {
            let state = State::Flying(flight, number);
            self.slots.insert(
                owner,
                Slot {
                    used: number,
                    state,
                },
            );
        }
    }

    /// A flight has landed: with a token that is good until then, or a failure.
    pub(super) fn landed(
        &mut self,
        owner: &Owner,
        number: u64,
        result: Result<(Token, Instant), TokenFailure>,
        now: Instant,
    ) {
        let Some(slot) = self.slots.get_mut(owner) else {
            return;
        };
        if matches!(&slot.state, State::Flying(_, own) if *own == number) {
            slot.state = match result {
                Ok((token, end)) => State::Ready(token, end),
                Err(failure) => State::Failed(failure, now + PAUSE),
            };
        }
    }

    /// Forgets this very token.
    pub(super) fn forget(&mut self, owner: &Owner, token: &Token) {
        let is_it = |slot: &Slot| matches!(&slot.state, State::Ready(own, _) if Arc::ptr_eq(&own.0, &token.0));
        if self.slots.get(owner).is_some_and(is_it) {
            self.slots.remove(owner);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }
}

impl Slot {
    const fn is_flying(&self) -> bool {
        matches!(self.state, State::Flying(..))
    }
}
