//! Tokens that an issuer has signed: JWT (RFC 7519) in the compact form of JWS (RFC 7515).
//!
//! # Behaviour
//! [`Jwt`] is a method of [`Authentication`](super::Authentication) for any number of issuers. What
//! a token says of its issuer chooses the [`Issuer`], what it says of its key chooses among the
//! issuer's keys; nothing else of it is believed before its signature is. Then its times are
//! judged, its audience, and the claims that must be there.
//!
//! | a token | is |
//! |---|---|
//! | by `none`, by an algorithm that is not allowed, by HMAC where the key is public | refused |
//! | that names keys or places of keys (`jwk`, `jku`, `x5u`, `x5c`) | judged by our keys alone |
//! | whose `kid` is not known | refused; remote keys are fetched anew, at most once in a while |
//! | with extensions that must be understood (`crit`) | refused |
//! | without `exp`, or with a claim or parameter named twice | refused |
//! | longer than 16 KiB | refused |
//!
//! Keys are a [`KeySet`] (JWK set, PEM, a shared secret), or [`RemoteKeys`], which are fetched,
//! kept, and refreshed once for all who wait.
//!
//! # Reads / Writes
//! As the [room](super). The principal's name is `sub` (or another claim), its issuer `iss`, and its
//! claims are the token's.
//!
//! # Errors
//! As the room's. The client reads that the token is malformed, expired, not valid yet, for another
//! audience, or not valid; the rule in [`decided_by`](crate::Error::decided_by) is `malformed`,
//! `expired`, `early`, `audience`, `algorithm`, `critical extension`, `issuer`, `key`, `signature`,
//! `type` or `claim`.
//!
//! # Differences from `jsonwebtoken`
//! Nothing is installed for the process, the clock is passed in, a key says what it can be used for,
//! and the signatures are checked by ring, which TLS brings anyway.
//!
//! # Example
//! ```
//! use agentgateway_core::auth::{Authentication, jwt::{Issuer, Jwt, KeySet}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // RFC 8037, A.2
//! let keys = KeySet::from_jwks(br#"{"keys": [
//!     {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
//! ]}"#)?;
//! let issuer = Issuer::new("https://id.example.org", keys)
//!     .audiences(["https://gateway.example.org/mcp"])
//!     .require(["scope"]);
//! let policy = Authentication::new(Jwt::new([issuer]));
//! # Ok(())
//! # }
//! ```
//! Keys that are fetched:
//! ```
//! # #[cfg(feature = "upstream")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use agentgateway_core::{auth::jwt::{Issuer, RemoteKeys}, upstream::Client};
//!
//! let keys = RemoteKeys::new("https://id.example.org/jwks.json", Client::new())?
//!     .refreshed_by(|refresh| drop(tokio::spawn(refresh)));
//! let issuer = Issuer::new("https://id.example.org", keys.clone());
//! assert_eq!(keys.standing().keys, 0, "nobody has asked yet");
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "upstream"))]
//! # fn main() {}
//! ```

mod algorithm;
mod claims;
mod issuer;
mod jwk;
mod key;
mod key_set;
mod method;
mod rejections;
mod remote;
mod spki;
#[cfg(test)]
mod tests;
mod token;

pub use self::{
    algorithm::Algorithm,
    issuer::{Issuer, Keys},
    key_set::{InvalidKeys, KeySet},
    method::Jwt,
    remote::{KeysFailure, KeysStanding, RemoteKeys},
};
