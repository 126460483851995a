//! Sessions of a server's own, which clients of earlier revisions have with it directly.
//!
//! The gateway has taken the caller's credential off, so the server cannot tell callers apart: the id that a
//! caller is told is sealed for it, and is nobody else's.

use std::time::{Duration, SystemTime};

use agentgateway_core::{
    Body, Error, ErrorKind,
    seal::{Seal, Sealer},
};
use http::{HeaderValue, Request, Response};

use crate::{
    McpCall,
    bridge::caller,
    wire::{SessionId, headers::SESSION_ID},
};

const PURPOSE: &str = "mcp server session";
/// How long an id is one; each answer that names the session gives another.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// A caller, to whom sessions are bound.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    sealer: Sealer,
    caller: String,
}

impl Bound {
    /// `None` for a client that nobody has authenticated: its session is whose it says.
    pub(super) fn to<B>(sealer: &Sealer, request: &Request<B>) -> Option<Self> {
        let caller = caller(request.extensions());
        (!caller.is_empty()).then(|| Self {
            sealer: sealer.clone(),
            caller,
        })
    }

    /// Puts the server's own id in the place of the caller's.
    ///
    /// # Errors
    /// The id is not one that this caller was told, or has expired.
    pub(super) fn inward<B>(&self, request: &mut Request<B>) -> Result<(), Error> {
        let Some(id) = request.headers().get(SESSION_ID) else {
            return Ok(());
        };
        let own = id.to_str().ok().and_then(|id| {
            let plain = self.sealer.open(self.seal(), id, SystemTime::now())?;
            HeaderValue::from_bytes(&plain).ok()
        });
        let Some(own) = own else {
            let message = "there is no such session: begin a new one with initialize";
            return Err(Error::new(ErrorKind::NotFound, message));
        };
        request.headers_mut().insert(SESSION_ID, own);
        let session = SessionId::from_headers(request.headers());
        let call = request.extensions_mut().get_mut::<McpCall>();
        if let (Some(call), Some(session)) = (call, session) {
            *call = call.clone().in_session(session);
        }
        Ok(())
    }

    /// Puts the caller's id in the place of the server's own.
    pub(super) fn outward(&self, answer: &mut Response<Body>) {
        let Some(id) = answer.headers().get(SESSION_ID) else {
            return;
        };
        let expires = SystemTime::now() + LIFETIME;
        let sealed = self.sealer.seal(self.seal(), id.as_bytes(), expires);
        // Base64 is always a value.
        if let Ok(sealed) = HeaderValue::try_from(sealed) {
            answer.headers_mut().insert(SESSION_ID, sealed);
        }
    }

    fn seal(&self) -> Seal<'_> {
        Seal::new(PURPOSE).bound_to(&self.caller)
    }
}

#[cfg(test)]
mod tests {
    use agentgateway_core::context::{AuthMethod, Principal};

    use super::*;

    fn of(caller: Option<&str>, id: Option<&HeaderValue>) -> Request<()> {
        let mut request = Request::new(());
        if let Some(caller) = caller {
            Principal::new(AuthMethod::ApiKey, caller).insert(request.extensions_mut());
        }
        if let Some(id) = id {
            request.headers_mut().insert(SESSION_ID, id.clone());
        }
        request
    }

    /// Fault M13: the id of a session that the server itself keeps, replayed by another caller.
    #[test]
    fn a_servers_session_is_its_callers_alone() {
        let sealer = Sealer::random();
        let alice = Bound::to(&sealer, &of(Some("alice"), None)).unwrap();
        let mut answer = Response::new(Body::empty());
        let own = HeaderValue::from_static("s1");
        answer.headers_mut().insert(SESSION_ID, own.clone());
        alice.outward(&mut answer);
        let told = answer.headers()[SESSION_ID].clone();
        assert_ne!(told, own);

        let mut request = of(Some("alice"), Some(&told));
        alice.inward(&mut request).unwrap();
        assert_eq!(request.headers()[SESSION_ID], own);
        for (caller, id) in [("bob", &told), ("alice", &own)] {
            let mut request = of(Some(caller), Some(id));
            let bound = Bound::to(&sealer, &request).unwrap();
            let error = bound.inward(&mut request).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound, "{caller}");
        }
        alice.inward(&mut of(Some("alice"), None)).unwrap();
        assert!(Bound::to(&sealer, &of(None, Some(&own))).is_none());
    }
}
