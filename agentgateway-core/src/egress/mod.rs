//! Which URLs that a peer has named may be called, and which addresses dialled for them.
//!
//! # Behaviour
//!
//! A gateway that calls a URL which a peer has named (a webhook, a card, a metadata document) can be
//! made to call what only it can reach: the host itself, its network, the cloud's metadata service.
//! A [`Guard`] says what may be called: it judges the text of a URL when it comes, and each address
//! before it is dialled, since a name may lead elsewhere by then (DNS rebinding). The second is what
//! protects; so an upstream client takes it, as `ClientBuilder::guard`. No client of this crate follows
//! a redirect, by which a service could name another target.
//!
//! Targets of a configuration are usually private and are not checked unless an application says so.
//!
//! # Errors
//!
//! | what is wrong | error |
//! |---|---|
//! | the text is no absolute URL, too long, or has a user or a fragment; its host is a number in disguise | `InvalidRequest` |
//! | its scheme, host, port, or the address in it is not allowed | `Forbidden` |
//! | the name leads to no address that may be dialled | `Forbidden`, of the client |
//!
//! # Example
//!
//! ```
//! use agentgateway_core::egress::Guard;
//!
//! let guard = Guard::new();
//! assert!(guard.check("https://hooks.example.com/task/7").is_ok());
//! for refused in ["http://hooks.example.com", "https://169.254.169.254/", "https://[::1]:8443/", "https://0x7f.1/"] {
//!     assert!(guard.check(refused).is_err());
//! }
//! assert!(!guard.allows("64:ff9b::a00:1".parse()?));
//! # Ok::<(), std::net::AddrParseError>(())
//! ```
//!
//! With the `upstream` feature:
//!
//! ```
//! # #[cfg(feature = "upstream")] {
//! use agentgateway_core::{egress::Guard, upstream::Client};
//!
//! let webhooks = Client::builder().guard(Guard::new()).build();
//! # }
//! ```

mod guard;
mod public;
#[cfg(test)]
mod tests;

pub use self::{guard::Guard, public::is_public};
