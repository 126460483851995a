use std::time::SystemTime;

use agentgateway_core::{Error, ErrorKind, json};
use bytes::Bytes;

#[cfg(feature = "signatures")]
use super::signer::Signer;
#[cfg(feature = "signatures")]
use crate::wire::card::{CardKeys, SigningKey, verify};
use crate::wire::{
    A2aVersion,
    card::{self, BadCard, CardDialect, Offer, PublicUrl},
};

/// What becomes of the signatures of cards.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Signatures {
    /// A card that changes loses them.
    #[default]
    Strip,
    /// A card that is signed and would have to change is refused.
    Preserve,
    /// Each card carries the signature of this key, and no other.
    #[cfg(feature = "signatures")]
    #[cfg_attr(docsrs, doc(cfg(feature = "signatures")))]
    Resign(SigningKey),
}

/// Whether the agent's own signatures are checked.
#[cfg(feature = "signatures")]
#[cfg_attr(docsrs, doc(cfg(feature = "signatures")))]
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Verify {
    /// They are not.
    #[default]
    Off,
    /// They are, by these keys. A card that is not [trusted](card::Verdict::is_trusted) passes with a warning in
    /// the log, and is not signed anew.
    Warn(CardKeys),
    /// They are, by these keys. A card that is not [trusted](card::Verdict::is_trusted) is never served.
    Require(CardKeys),
}

/// What becomes of cards. See the [module](super).
#[derive(Clone, Debug, Default)]
pub struct CardPolicy {
    preserves: bool,
    #[cfg(feature = "signatures")]
    signer: Option<Signer>,
    #[cfg(feature = "signatures")]
    verify: Verify,
    offer: Option<Offer>,
    by_version: bool,
}

/// Where a card is served.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Place<'a> {
    /// What its URLs are rewritten to where there is no offer, or one without a URL of its own; `None` leaves
    /// them.
    pub public: Option<&'a PublicUrl>,
    /// The path that is taken off the agent's URLs.
    pub base: &'a str,
    /// The version that the client declares, where it declares one.
    pub version: Option<A2aVersion>,
    /// The time, for the keys that signatures are checked with.
    pub now: SystemTime,
}

/// A card as it is served, and what was done to it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Served {
    /// The card.
    pub card: Bytes,
    /// How many URLs were rewritten; none where there is an offer.
    pub urls: usize,
    /// The agent's signatures were taken out.
    pub signatures_removed: bool,
    /// The gateway has signed it.
    pub signed: bool,
    /// Whether the agent's signatures are trusted; `None` where they were not checked.
    pub trusted: Option<bool>,
}

impl<'a> Place<'a> {
    /// A place whose clients reach it at this URL, now.
    #[must_use]
    pub fn new(public: Option<&'a PublicUrl>) -> Self {
        Self {
            public,
            base: "",
            version: None,
            now: SystemTime::now(),
        }
    }
}

impl CardPolicy {
    /// Cards are not checked, not projected, and lose their signatures when they change.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What becomes of signatures. Default: [`Signatures::Strip`].
    #[must_use]
    #[cfg_attr(
        not(feature = "signatures"),
        expect(
            clippy::needless_pass_by_value,
            reason = "with the feature a key is moved"
        )
    )]
    pub fn signatures(self, signatures: Signatures) -> Self {
        let mut policy = Self {
            preserves: false,
            #[cfg(feature = "signatures")]
            signer: None,
            ..self
        };
        match signatures {
            Signatures::Strip => {}
            Signatures::Preserve => policy.preserves = true,
            #[cfg(feature = "signatures")]
            Signatures::Resign(key) => policy.signer = Some(Signer::new(key)),
        }
        policy
    }

    /// Whether the agent's signatures are checked. Default: they are not.
    #[cfg(feature = "signatures")]
    #[cfg_attr(docsrs, doc(cfg(feature = "signatures")))]
    #[must_use]
    pub fn verify(mut self, verify: Verify) -> Self {
        self.verify = verify;
        self
    }

    /// What the gateway offers of the agent. Default: what the agent does, at rewritten URLs.
    #[must_use]
    pub fn offer(mut self, offer: Offer) -> Self {
        self.offer = Some(offer);
        self
    }

    /// Whether a client that declares a version is given the offer in that version's dialect. Default: false.
    /// One that declares none is given the offer's own.
    #[must_use]
    pub const fn dialect_by_version(mut self, by_version: bool) -> Self {
        self.by_version = by_version;
        self
    }

    /// Whether what is served depends on the version that a client declares.
    #[must_use]
    pub const fn varies(&self) -> bool {
        self.by_version && self.offer.is_some()
    }

    /// The same for a card of the gateway's own, which is signed and nothing else.
    pub(crate) fn for_own(mut self) -> Self {
        self.preserves = false;
        #[cfg(feature = "signatures")]
        {
            self.verify = Verify::Off;
        }
        self.offer = None;
        self.by_version = false;
        self
    }

    /// Whether there is an offer.
    pub(crate) const fn offers(&self) -> bool {
        self.offer.is_some()
    }

    /// Whether URLs are made of the one under which a request finds the gateway; `rewrites`: without an
    /// offer they are.
    pub(crate) fn wants_place(&self, rewrites: bool) -> bool {
        self.offer.as_ref().map_or(rewrites, Offer::is_where_asked)
    }

    /// Whether cards must be read whole, apart from rewriting URLs.
    pub(crate) fn reads(&self) -> bool {
        #[cfg(feature = "signatures")]
        if self.signer.is_some() || !matches!(self.verify, Verify::Off) {
            return true;
        }
        self.offer.is_some()
    }

    /// The key that cards are signed with.
    #[cfg(feature = "signatures")]
    pub(crate) fn key(&self) -> Option<&SigningKey> {
        self.signer.as_ref().map(Signer::key)
    }

    /// What is served in the place of this card.
    ///
    /// # Errors
    /// [`ErrorKind::BadAnswer`] (502) when the card cannot be read, is not trusted and must be, or is signed,
    /// would change, and must keep its signatures.
    pub fn serve(&self, card: &Bytes, place: &Place<'_>) -> Result<Served, Error> {
        let trusted = self.check(card, place.now)?;
        let mut served = self.written(card, place).map_err(unreadable)?;
        served.trusted = trusted;
        if self.preserves && served.signatures_removed {
            let message = "the agent card is signed, and would have to be changed: \
                 its signatures can be taken out or made anew, and are to be preserved";
            return Err(Error::new(ErrorKind::BadAnswer, message));
        }
        self.sign(&mut served).map_err(unreadable)?;
        Ok(served)
    }

    #[cfg(feature = "signatures")]
    fn check(&self, card: &[u8], now: SystemTime) -> Result<Option<bool>, Error> {
        let (keys, requires) = match &self.verify {
            Verify::Off => return Ok(None),
            Verify::Warn(keys) => (keys, false),
            Verify::Require(keys) => (keys, true),
        };
        let verdict = verify(card, keys, now);
        let reason = match &verdict {
            Ok(verdict) => verdict.reason().map(str::to_owned),
            Err(bad) => Some(bad.to_string()),
        };
        let Some(reason) = reason else {
            return Ok(Some(true));
        };
        if requires {
            let message = format!("the agent card is not trusted: {reason}");
            return Err(Error::new(ErrorKind::BadAnswer, message));
        }
        tracing::warn!(reason, "an agent card is served that is not trusted");
        Ok(Some(false))
    }

    #[cfg(not(feature = "signatures"))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "as with the feature"
    )]
    const fn check(&self, _: &[u8], _: SystemTime) -> Result<Option<bool>, Error> {
        Ok(None)
    }

    fn written(&self, card: &Bytes, place: &Place<'_>) -> Result<Served, BadCard> {
        if let Some(offer) = &self.offer {
            let offer = self.dialect_for(offer, place.version).at(place.public);
            let written = card::project(card, &offer, |_| ())?;
            // The projection always leaves them out: it changes nothing else where this is the same.
            let bare = json::with_members(card, &[("signatures", None)])?;
            let signed = has_signatures(card)?;
            let same = written == bare;
            return Ok(Served {
                card: if same { card.clone() } else { written },
                signatures_removed: signed && !same,
                ..Served::default()
            });
        }
        let Some(public) = place.public else {
            let card = card.clone();
            return Ok(Served {
                card,
                ..Served::default()
            });
        };
        let rewritten = card::rewrite(card, None, public, place.base)?;
        Ok(Served {
            card: rewritten.body,
            urls: rewritten.urls,
            signatures_removed: rewritten.signatures_removed,
            ..Served::default()
        })
    }

    /// The offer in the dialect of the client's version, if it has interfaces of it.
    fn dialect_for(&self, offer: &Offer, version: Option<A2aVersion>) -> Offer {
        let dialect = match version {
            Some(A2aVersion::V0_3) => CardDialect::V0_3,
            Some(A2aVersion::V1_0) => CardDialect::V1_0,
            _ => return offer.clone(),
        };
        let other = offer.clone().dialect(dialect);
        match self.by_version && other.writes() != (false, false) {
            true => other,
            false => offer.clone(),
        }
    }

    #[cfg(feature = "signatures")]
    fn sign(&self, served: &mut Served) -> Result<(), BadCard> {
        let Some(signer) = &self.signer else {
            return Ok(());
        };
        let signed = has_signatures(&served.card)?;
        let [new] = json::members(&served.card, ["supportedInterfaces"])?;
        let bare = json::with_members(&served.card, &[("signatures", None)])?;
        served.signed = new.is_some() && served.trusted != Some(false);
        served.card = match served.signed {
            true => signer.sign(&bare)?,
            false => bare,
        };
        served.signatures_removed |= signed;
        Ok(())
    }

    #[cfg(not(feature = "signatures"))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "as with the feature"
    )]
    const fn sign(&self, _: &mut Served) -> Result<(), BadCard> {
        Ok(())
    }
}

fn has_signatures(card: &[u8]) -> Result<bool, BadCard> {
    let [signatures] = json::members(card, ["signatures"])?;
    Ok(signatures.is_some_and(|list| !json::is_null(list) && list.get() != "[]"))
}

pub(crate) fn unreadable(reason: impl std::fmt::Display) -> Error {
    let message = format!("the agent card cannot be read: {reason}");
    Error::new(ErrorKind::BadAnswer, message)
}
