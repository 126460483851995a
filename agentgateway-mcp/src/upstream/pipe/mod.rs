//! One pipe each way to a server, and many requests on it.
//!
//! A process and a server of the transport of 2024-11-05 have the same shape: what they are told goes into
//! one pipe, what they say comes out of another, and nothing but what a message says tells whom it is for.
//! [`Pipe`] takes the one apart and puts the other together; [`Pool`] opens pipes, one for each caller or
//! session, and answers as a server of Streamable HTTP would.
//!
//! # Whom a message is for
//! * An answer, by its id: ids are minted for each pipe, and the client's own is put back.
//! * Progress, by its token, which is minted and put back likewise; the messages of a subscription, by its
//!   id; that a question or a subscription is taken back, by what it names.
//! * What a server asks (up to 2025-11-25), and a log message: the oldest request that runs and whose
//!   answer can take it; else the session's GET stream. Where requests of more than one client run on one
//!   pipe, nobody can know whose it is: then it is for none of them.
//! * Everything else: the GET stream.
//!
//! What is for nobody is counted and dropped; a question that is for nobody is answered with -32601.
//!
//! # Slow clients
//! What waits for a client is bounded in messages and bytes ([`Limits`]). Where there is no room, the pipe
//! is not read for a moment ([`Limits::patience`]), so that the server waits as well; then a notification
//! is dropped, a question is answered with an error, and a GET stream ends. Answers always have room: they
//! are as many as requests may run.
//!
//! # Why there is a task
//! All requests on a pipe share what comes out of it, and it must be read while none of them is polled: a
//! server that can write no more does not go on, and one that nobody waits for would never be found to have
//! ended. So one task for each pipe outlives its requests, and between it and them there are queues.

mod asked;
mod backoff;
mod counts;
mod deliver;
mod exchange;
mod limits;
mod listening;
mod outbox;
mod path;
#[expect(clippy::module_inception, reason = "the type that this room is about")]
mod pipe;
mod pool;
mod serve;
mod sessions;
mod sort;
mod state;
#[cfg(test)]
mod tests;

pub use self::counts::PipeCounts;
pub(super) use self::{
    limits::PoolLimits,
    outbox::Outbox,
    pipe::Pipe,
    pool::{Connect, Driving, Pool},
};
#[cfg(feature = "sse")]
pub(super) use self::{outbox::Line, state::Why};
