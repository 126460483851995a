//! The card as clients shall see it: the gateway's interfaces, in the dialect that they read.
//!
//! # Behaviour
//! [`project`] reads a card of v0.3, of v1.0, or a hybrid of both, and writes it for an [`Offer`]:
//!
//! | of the card | becomes |
//! |---|---|
//! | interfaces: `supportedInterfaces`, `url`, `preferredTransport`, `protocolVersion`, `additionalInterfaces` | those of the offer, and no other |
//! | `capabilities.streaming`, `.pushNotifications` | false where the offer has them not |
//! | `capabilities.extendedAgentCard`, `supportsAuthenticatedExtendedCard` | one made of the other |
//! | `securityRequirements`, `security`, also of skills | one made of the other |
//! | `securitySchemes` | named by member (v1.0), by `type` (v0.3), or both at once, as the SDKs write hybrids |
//! | flows of OAuth | v1.0 has one: the first of authorization code, client credentials, device code, implicit, password; v0.3 has no device code |
//! | `capabilities.stateTransitionHistory` | left out of cards of v1.0 alone |
//! | `iconUrl`, `documentationUrl`, `provider` | kept or left out, by [`ThirdPartyUrls`] |
//! | what v0.3 must have, and v1.0 leaves out where it is empty | written as empty |
//! | `signatures` | left out: they are of another card |
//!
//! All other members stay as they are written, in their order. What is lost is told as a [`Loss`].
//!
//! # Source
//! A2A v1.0, sections 4.4 and 8, and its appendix on the migration from v0.3; A2A v0.3, section 5.5;
//! a2a-sdk 1.3.0, `a2a.compat.v0_3.conversions`.

mod card;
mod list;
mod offer;
mod security;
#[cfg(test)]
mod tests;

pub use self::{
    card::{Loss, project},
    offer::{CardDialect, Interface, Offer, ThirdPartyUrls, UrlForm},
};
