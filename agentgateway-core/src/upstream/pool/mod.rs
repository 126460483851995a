//! Connections between exchanges: which lie idle, how many are open, and who waits for one.

mod host;
mod map;
mod opening;
mod place;
mod state;

pub(super) use self::{
    host::Host,
    map::{Limits, Pool, Shared},
    opening::{Opened, Opening},
    place::{Place, Runtime},
    state::Offer,
};
