use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use ring::digest::{SHA256, digest};

use crate::wire::card::{BadCard, SigningKey, signature, with_signature};

/// How many signatures are kept.
const MAX_KEPT: usize = 32;

/// A key, and the signatures that it made last, under the digests of what they are of.
///
/// ECDSA signs one card differently each time; kept, its `ETag` stays. What is kept says nothing of a card:
/// it is found by one who has the card alone.
#[derive(Clone, Debug)]
pub(super) struct Signer {
    key: SigningKey,
    kept: Arc<Mutex<VecDeque<([u8; 32], Arc<str>)>>>,
}

impl Signer {
    pub(super) fn new(key: SigningKey) -> Self {
        Self {
            key,
            kept: Arc::default(),
        }
    }

    pub(super) const fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The card with this key's signature in the place of its own.
    pub(super) fn sign(&self, card: &Bytes) -> Result<Bytes, BadCard> {
        let name: Option<[u8; 32]> = digest(&SHA256, card).as_ref().try_into().ok();
        if let Some(kept) = name.and_then(|name| self.find(name)) {
            return with_signature(card, &kept);
        }
        let made: Arc<str> = signature(card, &self.key)?.into();
        if let Some(name) = name {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.truncate(MAX_KEPT - 1);
            kept.push_front((name, made.clone()));
        }
        with_signature(card, &made)
    }

    fn find(&self, name: [u8; 32]) -> Option<Arc<str>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|(known, _)| *known == name);
        found.map(|(_, signature)| signature.clone())
    }
}
