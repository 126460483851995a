//! TLS of a listener: certificates by name, and those of clients, replaced while it serves.

mod acceptor;
mod certificate;
mod client_auth;
mod handshakes;
mod resolver;

pub use self::{
    acceptor::Tls,
    client_auth::ClientAuth,
    handshakes::{Handshakes, TlsVersion},
};
pub use crate::tls::{Identity, TlsError};
