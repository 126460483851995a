//! Headers and media types of A2A.
//!
//! # Source
//! A2A v1.0, sections 3.2.6 (service parameters), 3.6 (versioning), 8.2 (well-known address).

use http::HeaderName;

/// The version that a client speaks: `Major.Minor`; empty or missing means 0.3. It may be a query
/// parameter of the same name instead.
pub const VERSION: HeaderName = HeaderName::from_static("a2a-version");
/// The extensions that a client activates: a comma-separated list of URIs.
pub const EXTENSIONS: HeaderName = HeaderName::from_static("a2a-extensions");
/// The name that v0.3 has for [`EXTENSIONS`].
pub const EXTENSIONS_V0_3: HeaderName = HeaderName::from_static("x-a2a-extensions");
/// The agents that a call has passed on its way here, in order; the gateway's own. Agents that call others
/// send it on.
pub const HOPS: HeaderName = HeaderName::from_static("x-a2a-hops");

/// The skill that a client wants, where several agents are behind one address: a skill's id, or
/// `agent/skill`. A header of this gateway's, not of A2A.
pub const SKILL: HeaderName = HeaderName::from_static("x-a2a-skill");

/// The media type of the HTTP+JSON binding from 1.0.1 on; `application/json` is accepted too.
pub const MEDIA_TYPE: &str = "application/a2a+json";

/// Where a card is published, from 0.3 on.
pub const CARD_PATH: &str = "/.well-known/agent-card.json";
/// Where a card was published in 0.2.x.
pub const CARD_PATH_V0_2: &str = "/.well-known/agent.json";
/// Where the keys of a card's signatures are published, unless its `jku` says otherwise.
#[cfg(feature = "signatures")]
pub const JWKS_PATH: &str = "/.well-known/jwks.json";
