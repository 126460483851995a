use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::sync::watch;

use super::{
    link::{Failed, Link},
    rate::arguments,
};
use crate::store::{MAX_AMOUNT, Rate};

/// How much may be owed; what is more is lost.
const MAX_OWED: usize = 10_000;

/// What is to be written behind a call.
pub(super) enum Debt {
    /// Permits that were used.
    Permits {
        key: String,
        rates: Box<[Rate]>,
        permits: u64,
    },
    /// A reservation that is over.
    Reservation { key: String, id: u128, spent: u64 },
    /// What was spent without one.
    Spending {
        key: String,
        spent: u64,
        window: Duration,
    },
}

impl Debt {
    /// Written twice, it counts once.
    pub(super) const fn counts_once(&self) -> bool {
        matches!(self, Self::Reservation { .. })
    }

    pub(super) async fn write(&self, link: &Link) -> Result<(), Failed> {
        let scripts = &link.scripts;
        let mut script = match self {
            Self::Permits { .. } => scripts.rate.prepare_invoke(),
            Self::Reservation { .. } => scripts.settle.prepare_invoke(),
            Self::Spending { .. } => scripts.charge.prepare_invoke(),
        };
        match self {
            Self::Permits {
                key,
                rates,
                permits,
            } => {
                script.key(key);
                arguments(&mut script, rates, *permits, "charge");
            }
            Self::Reservation { key, id, spent } => {
                script.key(key).arg(name(*id)).arg(*spent).arg(MAX_AMOUNT);
            }
            Self::Spending { key, spent, window } => {
                script
                    .key(key)
                    .arg(*spent)
                    .arg(MAX_AMOUNT)
                    .arg(millis(*window));
            }
        }
        let _: redis::Value = link.invoke(&script).await?;
        Ok(())
    }
}

/// The field of a reservation.
pub(super) fn name(id: u128) -> String {
    format!("{id:032x}")
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis())
        .unwrap_or(u64::MAX)
        .clamp(1, MAX_AMOUNT)
}

/// What waits to be written.
pub(super) struct Owed {
    waiting: Mutex<VecDeque<Debt>>,
    /// With what is being written.
    count: watch::Sender<usize>,
    lost: AtomicU64,
}

impl Owed {
    pub(super) fn new() -> Self {
        Self {
            waiting: Mutex::default(),
            count: watch::Sender::new(0),
            lost: AtomicU64::new(0),
        }
    }

    pub(super) fn count(&self) -> usize {
        *self.count.borrow()
    }

    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Relaxed)
    }

    pub(super) fn push(&self, debt: Debt) {
        let mut waiting = self.waiting();
        if waiting.len() >= MAX_OWED {
            self.lost.fetch_add(1, Relaxed);
            return;
        }
        waiting.push_back(debt);
        self.count.send_modify(|count| *count += 1);
    }

    pub(super) fn take(&self, most: usize) -> Vec<Debt> {
        let mut waiting = self.waiting();
        let count = most.min(waiting.len());
        waiting.drain(..count).collect()
    }

    /// What was taken is owed still.
    pub(super) fn again(&self, debt: Debt) {
        self.waiting().push_front(debt);
    }

    /// What was taken is written.
    pub(super) fn paid(&self) {
        self.count
            .send_modify(|count| *count = count.saturating_sub(1));
    }

    /// What was taken will never be written.
    pub(super) fn lose(&self) {
        self.lost.fetch_add(1, Relaxed);
        self.paid();
    }

    pub(super) async fn some(&self) {
        let _ = self.count.subscribe().wait_for(|count| *count > 0).await;
    }

    pub(super) async fn none(&self) {
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Debt>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
