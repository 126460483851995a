//! Which stack answers a request of a socket.

mod astray;
mod entry;
mod future;
mod gate;
mod host;
mod listener;
mod place;
mod service;
mod stack;

pub(super) use self::{
    entry::{Entry, Forward, RuleStack, Share, ShareAction, Whither},
    gate::{Gate, onward},
    host::HostChoice,
    listener::{ListenerTable, Refusal},
    place::{Place, Reason},
    stack::{Answering, Telling, Unreached},
};
pub use self::{future::TableFuture, service::Table, stack::Stack};
