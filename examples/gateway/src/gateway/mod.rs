//! Sockets, and the life of the process: bind, serve, change, drain.
//!
//! # Behaviour
//! [`Sockets`] holds what is bound, by address and port. [`Sockets::apply`] makes it what a plan
//! says: it binds what is new, all of it or nothing, then replaces the stacks of what stays, then
//! drains what goes. A request runs wholly in the stack that was current when it came, and no
//! connection of a socket that stays is cut. Where a socket was passed on ([`Inherited`]), it is taken
//! in the place of binding one. [`Gateway`] is these sockets with the admin listener,
//! until a drain.

mod connection;
mod error;
mod identities;
mod inherited;
mod life;
mod relief;
mod settings;
mod socket;
mod sockets;
mod watchdog;
mod watched;

pub use self::{
    error::StartError,
    inherited::{InheritError, Inherited},
    life::Gateway,
    settings::{DrainTimes, Place, Settings, Shutdown},
    sockets::{Applied, Sockets},
};
