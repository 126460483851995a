//! From what is to be served to the stacks that serve it.
//!
//! A stack is, outside in: server span → route → protocol layer → span of the attempt → the
//! endpoint's own head and credential → client. The three protocols are assembled alike.

mod demo;
mod plain;
mod plan;
mod snapshot;
mod stack;
mod table;

pub use self::{
    demo::{Ports, demo},
    plan::{Parts, Plan, Planned},
    snapshot::{PlanError, snapshot},
    table::{Choice, Choose, Entry, Stack, Table, TableFuture},
};
