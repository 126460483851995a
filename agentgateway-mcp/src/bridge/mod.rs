//! Clients and servers of different revisions meet.
//!
//! The form in the middle is that of 2026-07-28: each request stands alone, and a server that wants
//! something of the client says so in its result.

mod answer;
pub(crate) mod ask;
mod caller;
mod clients;
pub(crate) mod edit;
mod refusal;
mod servers;
#[cfg(test)]
mod tests;
mod tools;

pub(crate) use self::{
    answer::{Answer, Events, GATHER_BYTES, Incoming, IncomingKind, whole},
    ask::Ask,
    caller::{ClientSession, caller},
    refusal::{Refusal, judge, post_only},
    tools::Tools,
};
#[cfg(feature = "federation")]
pub(crate) use self::{
    caller::caller_of,
    servers::{Found, Offered},
};
pub use self::{
    clients::{LegacyClients, LegacyClientsBuilder},
    servers::{AnyServer, LegacyServer},
};
