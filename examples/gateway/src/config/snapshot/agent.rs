//! How an agent is spoken to, beyond what every backend has.

use std::time::Duration;

use super::Secret;

/// How an agent is spoken to; `None` is as usual.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct AgentTerms {
    /// The longest request, in bytes.
    pub max_body_bytes: Option<usize>,
    /// The longest event, in bytes.
    pub max_event_bytes: Option<usize>,
    /// What becomes of its card.
    pub card: Option<CardTerms>,
    /// How its streams are taken up again, and its tasks are looked for.
    pub streams: Option<StreamTerms>,
    /// Where its card is, and where its interfaces may be.
    pub discovery: Option<Discovery>,
}

impl AgentTerms {
    /// Fills in what these leave open from others.
    pub(crate) fn over(&mut self, under: &Self) {
        self.max_body_bytes = self.max_body_bytes.or(under.max_body_bytes);
        self.max_event_bytes = self.max_event_bytes.or(under.max_event_bytes);
        if self.card.is_none() {
            self.card.clone_from(&under.card);
        }
        self.streams = self.streams.or(under.streams);
        if self.discovery.is_none() {
            self.discovery.clone_from(&under.discovery);
        }
    }
}

/// Where an agent's card is, and where its interfaces may be; `None` is as usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct Discovery {
    /// The path of the card. It can be read: that was checked.
    pub card_path: Option<String>,
    /// How long a card is believed.
    pub card_lifetime: Option<Duration>,
    /// Hosts besides the agent's own, some with a port.
    pub hosts: Vec<String>,
}

/// What becomes of a card.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct CardTerms {
    /// Where clients reach the agent. Default: what each request says.
    pub public_url: Option<String>,
    /// Whether the agent's signatures are checked.
    pub verify: CardCheck,
    /// What becomes of signatures.
    pub signed: CardSignatures,
}

/// Whether an agent's signatures are checked, by these JWK sets, each for one `jku` or for all. They can be read:
/// that was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the ways there are")]
pub enum CardCheck {
    /// They are not.
    #[default]
    Off,
    /// A card that is not trusted passes with a warning.
    Warn(Vec<(Option<String>, String)>),
    /// A card that is not trusted is not served.
    Require(Vec<(Option<String>, String)>),
}

/// What becomes of signatures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the ways there are")]
pub enum CardSignatures {
    /// A card that changes loses them.
    #[default]
    Strip,
    /// A signed card that would change is refused.
    Preserve,
    /// Each card has that of this key, which can be read: that was checked.
    Resign {
        /// PKCS #8 in PEM, or a JWK.
        key: Secret,
        /// Its name.
        id: Option<String>,
        /// Where its public half is.
        jku: Option<String>,
    },
}

/// How streams are taken up again, and tasks are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct StreamTerms {
    /// How often in a row.
    pub resume: u32,
    /// How long it is to the first attempt. Default: as usual.
    pub resume_after: Option<Duration>,
    /// At how many more replicas.
    pub probe: usize,
}
