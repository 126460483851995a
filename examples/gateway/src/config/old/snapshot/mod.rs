//! The compiled configuration: plain data that the stacks are built from.

mod backend;
mod hostname;
mod listener;
mod path;
mod secret;

pub use backend::{Backend, Format, HostPort, Provider, ProviderKind};
pub use hostname::Hostname;
pub(super) use hostname::is_label;
pub use listener::{Listener, Protocol, Route, Snapshot};
pub use path::PathMatch;
pub use secret::Secret;
