//! Agent cards: read, given the gateway's URLs, written for its clients, signed and verified.
//!
//! | | |
//! |---|---|
//! | [`rewrite`] | the URLs become the gateway's, and nothing else changes |
//! | [`project`] | the card says what the gateway [offers](Offer), in the dialect that is asked for |
//! | [`AgentCard`] | what routing needs of a card, as types |
//! | `verify`, `sign`, `canonical` | signatures (feature `signatures`) |
//!
//! What a layer does with them is the [policy](crate::policy::card)'s.
//!
//! # Behaviour
//! Of each it holds: the text is not made into a tree and written again. What is not known here stays as it
//! is written, in its order. A card that two parsers could read differently is refused.
//!
//! [`rewrite`] puts the public URL into `url`, `additionalInterfaces[].url` (v0.3) and
//! `supportedInterfaces[].url` (v1.0), whichever of them a card has; hybrid cards have all. The path
//! of the old URL is kept behind the public one, without the agent's own base path; `ws` and `wss`
//! stay web sockets. A card whose URL changed has no `signatures` any more, since they would not verify.
//!
//! An interface for gRPC is called by host and port alone, so its URL becomes those of the public
//! one, always with a port, in the form that it had: `host:port`, or `scheme://host:port`.
//!
//! # Source
//! A2A v1.0, section 8 (agent card), 8.4 (signing); A2A v0.3, section 5.5.

mod bad_card;
#[cfg(feature = "signatures")]
mod canonical;
mod project;
mod public_url;
mod rewrite;
mod signatures;
#[cfg(feature = "signatures")]
mod signed;
#[cfg(test)]
mod tests;
mod view;

#[cfg(feature = "signatures")]
pub(crate) use self::signed::{signature, with_signature};
pub use self::{
    bad_card::BadCard,
    project::{CardDialect, Interface, Loss, Offer, ThirdPartyUrls, UrlForm, project},
    public_url::{InvalidPublicUrl, PublicUrl},
    rewrite::{Rewritten, rewrite},
    view::{AgentCard, AgentExtension, AgentInterface, AgentSkill, MAX_SKILLS},
};
#[cfg(feature = "signatures")]
#[cfg_attr(docsrs, doc(cfg(feature = "signatures")))]
pub use self::{
    canonical::{Form, canonical, canonical_in},
    signed::{
        CardKeys, InvalidCardKeys, InvalidSigningKey, Judged, Refusal, SigningKey, Verdict, jwks,
        sign, verify,
    },
};

/// The longest card that is read into types, projected, signed or verified, in bytes: 1 MiB.
pub const MAX_CARD_BYTES: usize = 1024 * 1024;
