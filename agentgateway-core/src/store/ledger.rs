use std::{fmt, time::Duration};

use super::{Later, StoreError};

/// The most that is counted in one window. Larger amounts count as this one: a store may count in
/// floating point.
pub const MAX_AMOUNT: u64 = (1 << 53) - 1;

/// How much may be spent in a window, in whatever is counted.
///
/// A key's window begins with the first that is reserved for it, and is over after its length; then
/// all is as if nothing had been spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Allowance {
    limit: u64,
    window: Duration,
}

impl Allowance {
    /// So much in a window of at least 1 ms.
    #[must_use]
    pub fn new(limit: u64, window: Duration) -> Self {
        Self {
            limit: limit.min(MAX_AMOUNT),
            window: window.max(Duration::from_millis(1)),
        }
    }

    /// How much may be spent.
    #[must_use]
    pub const fn limit(self) -> u64 {
        self.limit
    }

    /// In how long.
    #[must_use]
    pub const fn window(self) -> Duration {
        self.window
    }
}

/// What came of [`Ledger::reserve`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Reserved {
    /// It is counted as spent, until it is [settled](Ledger::settle).
    Granted(Reservation),
    /// There is not as much left.
    Exhausted {
        /// When the window is over.
        retry_after: Duration,
    },
}

/// An amount that is held in a ledger. To be [settled](Ledger::settle) once.
#[must_use = "what is reserved stays spent until it is settled"]
pub struct Reservation {
    key: Box<str>,
    amount: u64,
    id: u128,
}

impl Reservation {
    /// One of a ledger's own making; what the id means is its matter.
    pub fn new(key: &str, amount: u64, id: u128) -> Self {
        Self {
            key: key.into(),
            amount,
            id,
        }
    }

    /// Whose it is.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// How much is held.
    #[must_use]
    pub const fn amount(&self) -> u64 {
        self.amount
    }

    /// What its ledger knows it by.
    #[must_use]
    pub const fn id(&self) -> u128 {
        self.id
    }
}

/// Without the key: it may name a person.
impl fmt::Debug for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation")
            .field("amount", &self.amount)
            .finish_non_exhaustive()
    }
}

/// Keeps what keys have spent of their allowance.
pub trait Ledger: Send + Sync + 'static {
    /// Counts an amount as spent, if the allowance has as much left.
    ///
    /// Reservations of one key are one after another: together they never exceed the limit.
    fn reserve(
        &self,
        key: &str,
        amount: u64,
        allowance: Allowance,
    ) -> Later<Result<Reserved, StoreError>>;

    /// Puts what was spent in the place of what was reserved; with 0 it is released.
    ///
    /// Where the window is over, it changes nothing: what was reserved belonged to it. A store that
    /// is elsewhere is told soon; what it then loses stays spent as it was reserved.
    fn settle(&self, reservation: Reservation, spent: u64);

    /// Counts what was spent without a reservation, while the ledger was away.
    fn charge(&self, key: &str, spent: u64, allowance: Allowance);
}
