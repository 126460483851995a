use agentgateway_core::Error;
use bytes::Bytes;

use super::{CardPolicy, Place};
use crate::wire::card::PublicUrl;

/// What the layer does with cards, for who stands inside and gives one in a form that the layer does not read:
/// a message of gRPC. It goes with the call.
#[derive(Clone, Debug)]
pub(crate) struct Treatment {
    pub(crate) policy: CardPolicy,
    pub(crate) base: String,
    pub(crate) public: Option<PublicUrl>,
}

impl Treatment {
    /// The card as it is served.
    ///
    /// # Errors
    /// Those of [`CardPolicy::serve`].
    pub(crate) fn serve(&self, card: &Bytes) -> Result<Bytes, Error> {
        let place = Place {
            base: &self.base,
            ..Place::new(self.public.as_ref())
        };
        Ok(self.policy.serve(card, &place)?.card)
    }
}
