//! What TLS needs on both sides: certificates with their keys, and roots.
//!
//! The rooms `server` and `upstream` show it, since each is of use without the other.

mod error;
mod groups;
mod identity;
mod roots;

pub use self::{error::TlsError, identity::Identity};
pub(crate) use self::{groups::group, roots::roots};
