//! The stores in Redis, which replicas share.
//!
//! # Behaviour
//! One [`Redis`] is all four stores, over one connection that all requests share. Nothing is spawned:
//! [`Redis::maintain`] connects, and keeps connected, as long as the application drives it. Until it
//! does, and whenever Redis is away, each question is answered at once with
//! [`StoreError::Away`](super::StoreError::Away): no request waits for a connection.
//!
//! | what happens | then |
//! |---|---|
//! | no answer within the [deadline](RedisBuilder::deadline) | [`StoreError::Late`](super::StoreError::Late); the third in sequence breaks the connection |
//! | the connection breaks, or the server is loading or a replica | away, until another is made: at once, then after 50 ms to 2 s |
//! | Redis was restarted | what it has not kept begins anew; scripts are loaded again |
//! | what is to be written behind a call ([charges](super::RateStore::charge), [settlements](super::Ledger::settle)) while it is away | waits, up to 10,000 of them; what is more is lost, and counted in [`RedisStanding::lost`] |
//! | a settlement is sent twice | it counts once |
//! | a charge may have been written, and no answer came | it is not sent again: lost, and counted |
//! | a client leaves while its reservation is asked for | the reservation is given back |
//!
//! Each operation is one script, or one command, on one key. Times are those of the server, so that
//! the replicas' clocks do not matter. A key is `{prefix}:{room}:{{key}}`, the last in braces: what
//! belongs to one key lies in one slot of a cluster. Commands are sent to one server; where a cluster
//! sends them elsewhere, a proxy in between must know the way.
//!
//! What expires there expires by itself: buckets when they are full, spending with its window, tasks
//! and sessions with their lifetime. Redis must not evict other keys (`maxmemory-policy noeviction` or
//! `volatile-ttl`): a budget that is evicted begins anew.
//!
//! # Errors
//! [`StoreError`](super::StoreError); what Redis itself said is an event of `tracing`, without keys.
//!
//! # Cost
//! One round trip for a question, and what a future and a command take of memory.
//!
//! # Example
//! ```no_run
//! use agentgateway_core::store::{Rate, RateStore, redis::Redis};
//! use std::{sync::Arc, time::Duration};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let redis = Redis::builder("redis://:secret@redis.infra:6379/0")?
//!     .prefix("gateway")
//!     .deadline(Duration::from_millis(50))
//!     .build();
//! tokio::spawn(redis.maintain());
//! redis.present().await;
//! let rates: Arc<dyn RateStore> = Arc::new(redis.clone());
//! let taken = rates.take("alice", &[Rate::per_minute(60)], 1).wait().await?;
//! assert!(taken.allowed && redis.standing().is_present);
//! # Ok(())
//! # }
//! ```

mod builder;
mod connect;
mod ledger;
mod link;
mod maintain;
mod owed;
mod rate;
mod scripts;
mod sessions;
mod standing;
mod tasks;
#[cfg(test)]
mod tests;
#[cfg(feature = "tls")]
mod tls;
mod url;

pub use self::{builder::RedisBuilder, link::Redis, standing::RedisStanding, url::InvalidRedisUrl};
