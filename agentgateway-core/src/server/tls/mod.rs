//! TLS of a listener: certificates by name, and those of clients, replaced while it serves.

mod acceptor;
mod certificate;
mod client_auth;
mod resolver;

pub use self::{acceptor::Tls, client_auth::ClientAuth};
pub use crate::tls::{Identity, TlsError};
