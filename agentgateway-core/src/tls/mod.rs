//! What TLS needs on both sides: certificates with their keys, and roots.
//!
//! The rooms `server` and `upstream` show it, since each is of use without the other.

mod error;
mod identity;
mod roots;

pub(crate) use self::roots::roots;
pub use self::{error::TlsError, identity::Identity};
