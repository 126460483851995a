//! What TLS needs on both sides: certificates with their keys, and roots.
//!
//! The rooms `server` and `upstream` show it, since each is of use without the other.

mod error;
mod identity;
mod offered;
mod roots;

pub use self::{error::TlsError, identity::Identity};
pub(crate) use self::{
    offered::{groups, protocols},
    roots::roots,
};
