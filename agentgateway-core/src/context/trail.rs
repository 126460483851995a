use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Extensions;

use super::Principal;
use crate::{body::End, error::Error};

/// What the layers inside tell of one exchange to who keeps records of it outside.
///
/// The keeper [lays](Self::lay) it into the extensions of a request and reads it when the answer's
/// body has ended. An answer alone does not say these things: a stream that breaks off ends well for
/// HTTP, and a refusal looks like one of the service. Policies note the caller, the protocol layers
/// and [`RescueLayer`](crate::rescue::RescueLayer) how the exchange has ended. Clones share it.
///
/// # Example
/// ```
/// use agentgateway_core::{Error, ErrorKind, body::End, context::Trail};
///
/// let mut request = http::Request::new(());
/// let trail = Trail::lay(request.extensions_mut());
///
/// let refused = Error::new(ErrorKind::Forbidden, "no").with_decided_by("weekdays");
/// Trail::tell(request.extensions(), End::Failed(&refused));
///
/// let by = trail.error().and_then(|error| error.decided_by().cloned());
/// assert_eq!(by.as_deref(), Some("weekdays"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Trail(Arc<Mutex<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    principal: Option<Principal>,
    /// What a service that was asked has told of the caller.
    #[cfg(feature = "envoy")]
    told: Option<crate::envoy::authz::Metadata>,
    error: Option<Error>,
    is_truncated: bool,
    is_complete: bool,
}

impl Trail {
    /// A new one, in the place of any that is there.
    #[must_use]
    pub fn lay(extensions: &mut Extensions) -> Self {
        let trail = Self::default();
        extensions.insert(trail.clone());
        trail
    }

    /// Notes how the exchange of this request has ended, where somebody wants to know.
    ///
    /// Several layers may tell of one exchange. The last failure counts, since it is what the client
    /// was told; then an end without a marker, then a whole answer.
    pub fn tell(extensions: &Extensions, end: End<'_>) {
        if let Some(trail) = extensions.get::<Self>() {
            trail.ended(end);
        }
    }

    /// Notes who calls, as far as these extensions know.
    pub(crate) fn tell_caller(extensions: &Extensions) {
        let Some(trail) = extensions.get::<Self>() else {
            return;
        };
        let mut noted = trail.noted();
        if let Some(principal) = extensions.get::<Principal>() {
            noted.principal = Some(principal.clone());
        }
        #[cfg(feature = "envoy")]
        if let Some(told) = extensions.get::<crate::envoy::authz::Metadata>() {
            noted.told = Some(told.clone());
        }
    }

    pub(crate) fn ended(&self, end: End<'_>) {
        let mut noted = self.noted();
        match end {
            End::Complete => noted.is_complete = true,
            End::Truncated => noted.is_truncated = true,
            End::Failed(error) => noted.error = Some(error.copy()),
            End::Dropped => {}
        }
    }

    /// Who calls, if an authentication has found it out.
    #[must_use]
    pub fn principal(&self) -> Option<Principal> {
        self.noted().principal.clone()
    }

    /// Writes what is known of the caller into these extensions, for expressions that ask about it.
    pub fn write_caller(&self, extensions: &mut Extensions) {
        let noted = self.noted();
        if let Some(principal) = &noted.principal {
            extensions.insert(principal.clone());
        }
        #[cfg(feature = "envoy")]
        if let Some(told) = &noted.told {
            extensions.insert(told.clone());
        }
    }

    /// What the client was told, without its source.
    #[must_use]
    pub fn error(&self) -> Option<Error> {
        self.noted().error.as_ref().map(Error::copy)
    }

    /// Whether the answer was a stream that ended without its end marker.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.noted().is_truncated
    }

    /// Whether the answer was whole for a layer that knows its protocol.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.noted().is_complete
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{context::AuthMethod, error::ErrorKind};

    #[test]
    fn the_last_failure_counts_and_no_later_end_hides_it() {
        let trail = Trail::default();
        for kind in [ErrorKind::Unavailable, ErrorKind::Timeout] {
            trail.ended(End::Failed(&Error::new(kind, "no").with_source("secret")));
            trail.ended(End::Complete);
            trail.ended(End::Dropped);
        }
        let error = trail.error().unwrap();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(std::error::Error::source(&error).is_none());
    }

    #[test]
    fn tells_the_caller_to_clones_of_the_request() {
        let mut request = Extensions::new();
        Trail::tell_caller(&request);
        let trail = Trail::lay(&mut request);
        let mut inside = request.clone();
        Principal::new(AuthMethod::ApiKey, "alice").insert(&mut inside);
        Trail::tell_caller(&inside);
        // One who knows less takes nothing back.
        Trail::tell_caller(&request);
        let mut written = Extensions::new();
        trail.write_caller(&mut written);
        for found in [trail.principal().as_ref(), written.get()] {
            assert_eq!(found.map(Principal::name), Some("alice"));
        }
    }
}
