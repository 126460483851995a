//! Where limits, budgets, tasks and sessions are kept, so that replicas can share them.
//!
//! # Behaviour
//! Four ports, each kept as `Arc<dyn _>`:
//!
//! | port | keeps | in memory | at the bound |
//! |---|---|---|---|
//! | [`RateStore`] | buckets of permits by key | [`MemoryRates`], 65,536 keys | forgets what was not used for longest: its bucket is full again |
//! | [`Ledger`] | what a key has spent in its window | [`MemoryLedger`], 65,536 keys | refuses new keys until a window is over |
//! | [`TaskIndex`] | the home of a task | [`MemoryTasks`], 65,536 tasks | forgets what was not used for longest |
//! | [`SessionStore`] | sealed bytes of a session, up to 64 KiB | [`MemorySessions`], 64 MiB | forgets what was not used for longest |
//!
//! A store answers [`Later`]: now, where it is in this process, or soon. It never decides what
//! becomes of a request when it has no word ([`StoreError`]): that is said where it is asked.
//!
//! With the feature `redis`, `redis::Redis` is all four, for replicas that share them.
//!
//! # Cost
//! In memory, one lock of one part of 64 that is held for a look into a map: about 0.1 µs. A key
//! that is known costs no memory.
//!
//! # Example
//! ```
//! use agentgateway_core::store::{MemoryRates, Rate, RateStore};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), agentgateway_core::store::StoreError> {
//! let store = MemoryRates::new();
//! let rates = [Rate::per_second(10).burst(2), Rate::per_hour(100)];
//! for allowed in [true, true, false] {
//!     let taken = store.take("alice", &rates, 1).wait().await?;
//!     assert_eq!(taken.allowed, allowed);
//! }
//! assert!(store.take("bob", &rates, 1).wait().await?.allowed);
//! # Ok(())
//! # }
//! ```

mod error;
mod later;
mod ledger;
mod memory;
mod rate;
#[cfg(feature = "redis")]
#[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
pub mod redis;
mod session_store;
mod task_index;

#[cfg(feature = "limit")]
pub(crate) use self::memory::{FEWEST_KEYS, Shards};
pub use self::{
    error::StoreError,
    later::{Later, Soon},
    ledger::{Allowance, Ledger, MAX_AMOUNT, Reservation, Reserved},
    memory::{MemoryLedger, MemoryRates, MemorySessions, MemoryTasks},
    rate::{Rate, RateStore, Taken},
    session_store::{MAX_SESSION_BYTES, SessionStore},
    task_index::TaskIndex,
};
