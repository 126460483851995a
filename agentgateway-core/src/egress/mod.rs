//! Which addresses belong to the public internet.
//!
//! # Behaviour
//!
//! A gateway that calls a URL which a peer has named (a webhook, a card, a metadata document) can be
//! made to call what only it can reach: the host itself, its network, the cloud's metadata service.
//! [`is_public`] tells those addresses from the others. The check is worth something only on the
//! address that is dialled, after the name was looked up; so an upstream client takes it as
//! `ClientBuilder::allow_address`.
//!
//! Targets of a configuration are usually private and are not checked unless an application says so.
//!
//! # Example
//!
//! ```
//! use agentgateway_core::egress::is_public;
//!
//! assert!(is_public([8, 8, 8, 8].into()));
//! for private in ["10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::a00:1"] {
//!     assert!(!is_public(private.parse()?));
//! }
//! # Ok::<(), std::net::AddrParseError>(())
//! ```
//!
//! With the `upstream` feature:
//!
//! ```
//! # #[cfg(feature = "upstream")] {
//! use agentgateway_core::{egress::is_public, upstream::Client};
//!
//! let webhooks = Client::builder()
//!     .allow_address(|address| is_public(address.ip()))
//!     .build();
//! # }
//! ```

mod public;
#[cfg(test)]
mod tests;

pub use self::public::is_public;
