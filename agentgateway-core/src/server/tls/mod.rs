//! TLS of a listener: certificates by name, replaced while it serves.

mod acceptor;
mod error;
mod identity;
mod resolver;

pub use self::{acceptor::Tls, error::TlsError, identity::Identity};
