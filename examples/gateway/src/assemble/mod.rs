//! From what is to be served to the stacks that serve it.
//!
//! A stack is, outside in: server span → route → who calls → protocol layer → what they may do → span of the attempt → the
//! endpoint's own head and credential → client. The three protocols are assembled alike.

mod agents;
mod backend;
mod background;
mod balanced;
mod cache;
mod cards;
mod clients;
mod counters;
mod demo;
mod exchange;
mod grpc;
mod headers;
mod leg;
mod mirror;
mod models;
mod parts;
mod plain;
mod plan;
mod policies;
mod refuse;
mod relays;
mod retrying;
mod rule;
mod servers;
mod sockets;
mod spoken;
mod stack;
mod table;
#[cfg(test)]
mod tests;
mod tls;

pub use self::{
    demo::{Ports, demo},
    parts::Parts,
    plan::{Plan, PlannedListener, PlannedSocket},
    sockets::plan,
    table::{Stack, Table, TableFuture},
    tls::TlsPlan,
};
