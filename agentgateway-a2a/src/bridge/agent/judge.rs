//! What the gateway refuses for an agent by its card, where the agent would not be asked in the client's words.

use agentgateway_core::{Error, ErrorKind};

use super::KnownCard;
use crate::{
    A2aCall,
    wire::{A2aError, A2aVersion, code},
};

/// So many extensions are named in an error.
const MAX_NAMED: usize = 8;

/// Whether a call of a version that is not known here may go on: the agent offers one of these itself.
///
/// # Errors
/// It does not: some agents would take the call for one of a version that they know.
///
/// # Source
/// A2A v1.0, section 3.6 (versioning).
pub(super) fn version(card: Option<&KnownCard>, call: &A2aCall) -> Result<(), Error> {
    if call.declared_version() != A2aVersion::Unknown {
        return Ok(());
    }
    let offers = |version: &str| A2aVersion::parse(version) == A2aVersion::Unknown;
    let mut interfaces = card.iter().flat_map(|card| &card.card().interfaces);
    if interfaces.any(|interface| offers(&interface.version)) {
        return Ok(());
    }
    let message = "this A2A-Version is not supported; 0.3 and 1.0 are";
    let error = Error::new(ErrorKind::InvalidRequest, message);
    Err(A2aError::coded(error, code::VERSION_NOT_SUPPORTED))
}

/// Whether a call activates what the agent requires. Who asks for a card does not know yet what that is.
///
/// # Errors
/// It does not: the agent's version may have no error for it, and go on without.
///
/// # Source
/// A2A v1.0, section 5.4 (`ExtensionSupportRequiredError`).
pub(super) fn extensions(card: Option<&KnownCard>, call: &A2aCall) -> Result<(), Error> {
    let known = card.iter().flat_map(|card| &card.card().extensions);
    let required = known.filter(|extension| extension.required);
    let required = required.map(|extension| &*extension.uri);
    let missing = required.filter(|uri| !call.extensions().any(|active| active == *uri));
    let missing: Vec<&str> = missing.take(MAX_NAMED).collect();
    if missing.is_empty() || call.operation().brings_card() {
        return Ok(());
    }
    let message = format!(
        "the agent requires extensions that the request does not activate: {}",
        missing.join(", ")
    );
    let error = Error::new(ErrorKind::InvalidRequest, message);
    Err(A2aError::coded(error, code::EXTENSION_SUPPORT_REQUIRED))
}
