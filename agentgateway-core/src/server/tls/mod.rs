//! TLS of a listener: certificates by name, and those of clients, replaced while it serves.

mod acceptor;
mod certificate;
mod client_auth;
mod error;
mod identity;
mod resolver;

pub use self::{acceptor::Tls, client_auth::ClientAuth, error::TlsError, identity::Identity};
