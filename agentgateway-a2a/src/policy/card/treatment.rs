#[cfg(feature = "grpc")]
use agentgateway_core::Error;
#[cfg(feature = "grpc")]
use bytes::Bytes;

use super::{CardPolicy, Place};
use crate::wire::{A2aVersion, card::PublicUrl};

/// What is done with a card.
///
/// With a call it goes to who stands inside and gives the card in a form that the layer does not read: a message
/// of gRPC. With an answer it tells the layer what to do with this card in the place of its own settings.
#[derive(Clone, Debug)]
pub(crate) struct Treatment {
    pub(crate) policy: CardPolicy,
    pub(crate) base: String,
    pub(crate) public: Option<PublicUrl>,
}

impl Treatment {
    /// Where the card is served, to a client that declares this version.
    pub(crate) fn place(&self, version: Option<A2aVersion>) -> Place<'_> {
        Place {
            base: &self.base,
            version,
            ..Place::new(self.public.as_ref())
        }
    }

    /// The card as it is served.
    ///
    /// # Errors
    /// Those of [`CardPolicy::serve`].
    #[cfg(feature = "grpc")]
    pub(crate) fn serve(&self, card: &Bytes) -> Result<Bytes, Error> {
        Ok(self.policy.serve(card, &self.place(None))?.card)
    }
}
