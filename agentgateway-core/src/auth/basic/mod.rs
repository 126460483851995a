//! Names and passwords: Basic authentication (RFC 7617) by a file of `htpasswd`.
//!
//! # Behaviour
//! [`Basic`] is a method of [`Authentication`](super::Authentication). A password is checked against
//! its hash off the thread that serves, by an [executor](Basic::checked_by) that the application may
//! choose; what is checked at once, and what may wait for it, have bounds. Those who send the same
//! name and password at once share one check, and one that was right is remembered for a while: by a
//! keyed digest, never as it is. A name that is not in the file takes as long as one that is.
//!
//! | hash | written as | made by |
//! |---|---|---|
//! | bcrypt, cost 4 to 16 | `$2y$`, `$2a$`, `$2b$` | `htpasswd -B` |
//! | SHA-crypt, up to 1,000,000 rounds | `$5$`, `$6$` | `htpasswd -2`, `-5`; `openssl passwd -6` |
//! | Apache's MD5 | `$apr1$` | `htpasswd -m` |
//! | SHA-1, without a salt | `{SHA}` | `htpasswd -s` |
//!
//! The last two are weak: they are read because files have them. Plain text and DES are refused.
//!
//! # Reads / Writes
//! As the [room](super). The principal's name is the user's.
//!
//! # Errors
//! As the room's. The rules in [`decided_by`](crate::Error::decided_by) are `unknown` (whether the
//! name or the password is wrong is told to nobody) and `malformed`. 503 when too many passwords wait
//! to be checked.
//!
//! # Cost
//! What the hash costs, once in [`remembered_for`](Basic::remembered_for) for each caller; a keyed
//! digest otherwise. Wrong passwords cost their check each time: a limit of requests belongs before
//! the policy.
//!
//! # Example
//! ```
//! use agentgateway_core::auth::{Authentication, basic::{Basic, Htpasswd}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let users = Htpasswd::parse("alice:$apr1$r31.....$l3fNnA8DeXMtfQtFyJCO8/")?;
//! let policy = Authentication::new(Basic::new(users)?.realm("tools"));
//! # Ok(())
//! # }
//! ```

mod apr1;
mod check;
mod hash;
mod htpasswd;
mod method;
mod table;
#[cfg(test)]
mod tests;
mod verified;

pub use self::{
    htpasswd::{Htpasswd, HtpasswdFault, InvalidHtpasswd},
    method::Basic,
};
