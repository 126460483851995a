//! The stores of one process: maps in parts, each with its bound.

mod bucket;
mod clock;
mod expiring;
mod generations;
mod ledger;
mod rates;
mod sessions;
mod shards;
mod tasks;
#[cfg(test)]
mod tests;

#[cfg(feature = "limit")]
pub(crate) use self::shards::{FEWEST_KEYS, Shards};
pub use self::{
    ledger::MemoryLedger, rates::MemoryRates, sessions::MemorySessions, tasks::MemoryTasks,
};
