//! What becomes of an agent's card on its way to a client.
//!
//! # Behaviour
//! In this order:
//!
//! 1. The agent's signatures are checked (`Verify`, feature `signatures`). Under `Require` a card that is not
//!    trusted is answered with 502; under `Warn` it passes, a warning is logged, and it is not signed anew.
//! 2. It is written for the [`Offer`](crate::wire::card::Offer), where there is one; else its URLs are
//!    [rewritten](crate::wire::card::rewrite).
//! 3. Its signatures are treated by [`Signatures`]. In no case is a signature served that a change has
//!    broken.
//!
//! | [`Signatures`] | a signed card that changes | one that does not |
//! |---|---|---|
//! | `Strip` | loses its signatures | keeps them |
//! | `Preserve` | is refused with 502: an operator must choose another | keeps them |
//! | `Resign` | has the gateway's alone | has the gateway's alone |
//!
//! A card of v0.3 alone is not signed: it loses its signatures.
//!
//! Without a check, `Resign` signs whatever the agent's address answers.

mod etag;
mod policy;
#[cfg(feature = "signatures")]
mod signer;
#[cfg(test)]
#[cfg(feature = "signatures")]
mod tests;
mod treatment;

pub(crate) use self::etag::{etag, is_named};
#[cfg(feature = "signatures")]
#[cfg_attr(docsrs, doc(cfg(feature = "signatures")))]
pub use self::policy::Verify;
pub(crate) use self::policy::unreadable;
pub use self::policy::{CardPolicy, Place, Served, Signatures};
pub(crate) use self::treatment::Treatment;
