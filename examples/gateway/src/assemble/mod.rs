//! From what is to be served to the stacks that serve it.
//!
//! A stack is, outside in: server span → route → protocol layer → span of the attempt → the
//! endpoint's own head and credential → client. The three protocols are assembled alike.

mod demo;
mod parts;
mod plain;
mod plan;
mod snapshot;
mod stack;
mod table;
mod tls;

pub use self::{
    demo::{Ports, demo},
    parts::Parts,
    plan::{Plan, PlannedListener, PlannedSocket},
    snapshot::{PlanError, snapshot},
    table::{Choice, Choose, Entry, Stack, Table, TableFuture},
    tls::TlsPlan,
};
