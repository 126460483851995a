use std::{collections::HashMap, fmt, time::Duration};

use super::{
    clock::{Clock, micros},
    shards::{FEWEST_KEYS, Shards},
};
use crate::store::{Allowance, Later, Ledger, MAX_AMOUNT, Reservation, Reserved, StoreError};

/// Default of [`MemoryLedger::with_max_keys`].
const MAX_KEYS: usize = 65_536;

/// What was spent, in the memory of this process.
///
/// It answers at once. Over its bound of keys it forgets those whose window is over; where there are
/// none it refuses new keys with [`StoreError::Full`]: a window that is forgotten would be spent
/// twice.
///
/// A key takes about 100 bytes and its own length.
pub struct MemoryLedger {
    clock: Clock,
    accounts: Shards<Accounts>,
}

impl MemoryLedger {
    /// With room for 65,536 keys.
    #[must_use]
    pub fn new() -> Self {
        Self::with_max_keys(MAX_KEYS)
    }

    /// With room for so many keys, roughly, and for one at least.
    #[must_use]
    pub fn with_max_keys(keys: usize) -> Self {
        Self {
            clock: Clock::start(),
            accounts: Shards::new(keys, FEWEST_KEYS, Accounts::new),
        }
    }

    /// What a key has spent or reserved in its window.
    #[must_use]
    pub fn spent(&self, key: &str) -> u64 {
        let now = self.clock.now();
        self.accounts.with(key, |accounts| {
            let account = accounts.open.get(key).filter(|account| account.ends > now);
            account.map_or(0, |account| account.spent)
        })
    }
}

impl Default for MemoryLedger {
    fn default() -> Self {
        Self::new()
    }
}

impl Ledger for MemoryLedger {
    fn reserve(
        &self,
        key: &str,
        amount: u64,
        allowance: Allowance,
    ) -> Later<Result<Reserved, StoreError>> {
        let (now, amount) = (self.clock.now(), amount.min(MAX_AMOUNT));
        let reserved = self.accounts.with(key, |accounts| {
            let account = accounts.of(key, allowance, now)?;
            let spent = account.spent.saturating_add(amount);
            if spent > allowance.limit() {
                let left = account.ends.saturating_sub(now);
                return Ok(Reserved::Exhausted {
                    retry_after: Duration::from_micros(left),
                });
            }
            account.spent = spent;
            let id = u128::from(account.window);
            Ok(Reserved::Granted(Reservation::new(key, amount, id)))
        });
        Later::Now(reserved)
    }

    fn settle(&self, reservation: Reservation, spent: u64) {
        let now = self.clock.now();
        let key = reservation.key();
        self.accounts.with(key, |accounts| {
            let account = accounts.open.get_mut(key).filter(|account| {
                account.ends > now && u128::from(account.window) == reservation.id()
            });
            if let Some(account) = account {
                account.spent = account.spent.saturating_sub(reservation.amount());
                account.add(spent);
            }
        });
    }

    fn charge(&self, key: &str, spent: u64, allowance: Allowance) {
        let now = self.clock.now();
        self.accounts.with(key, |accounts| {
            if let Ok(account) = accounts.of(key, allowance, now) {
                account.add(spent);
            }
        });
    }
}

impl fmt::Debug for MemoryLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLedger").finish_non_exhaustive()
    }
}

struct Accounts {
    open: HashMap<Box<str>, Account>,
    bound: usize,
    /// The number of the window that begins next.
    windows: u64,
    /// Before this moment no window is over.
    none_over_before: u64,
}

/// What one key has spent in its window.
struct Account {
    spent: u64,
    ends: u64,
    window: u64,
}

impl Account {
    fn add(&mut self, spent: u64) {
        self.spent = self.spent.saturating_add(spent.min(MAX_AMOUNT));
    }
}

impl Accounts {
    fn new(bound: usize) -> Self {
        Self {
            open: HashMap::new(),
            bound,
            windows: 0,
            none_over_before: 0,
        }
    }

    /// The account of a key, in a window that is not over.
    fn of(
        &mut self,
        key: &str,
        allowance: Allowance,
        now: u64,
    ) -> Result<&mut Account, StoreError> {
        let known = self.open.get(key);
        if known.is_none_or(|account| account.ends <= now) {
            if known.is_none() && self.open.len() >= self.bound {
                self.forget(now)?;
            }
            self.windows += 1;
            let account = Account {
                spent: 0,
                ends: now.saturating_add(micros(allowance.window())),
                window: self.windows,
            };
            self.none_over_before = self.none_over_before.min(account.ends);
            self.open.insert(key.into(), account);
        }
        // INVARIANT: it is there, or was put there.
        self.open.get_mut(key).ok_or(StoreError::Full)
    }

    /// Forgets the windows that are over. It is not tried again before another can be.
    fn forget(&mut self, now: u64) -> Result<(), StoreError> {
        if now >= self.none_over_before {
            self.open.retain(|_, account| account.ends > now);
            let ends = self.open.values().map(|account| account.ends);
            self.none_over_before = ends.min().unwrap_or(u64::MAX);
        }
        if self.open.len() >= self.bound {
            return Err(StoreError::Full);
        }
        Ok(())
    }
}
