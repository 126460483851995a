//! TLS towards services: whom a client trusts, what it asks for, and what it shows of itself.

mod client_tls;
mod identity;
mod names;
mod verifier;

pub(super) use self::client_tls::Terms;
pub use self::{client_tls::ClientTls, identity::ClientIdentity};
