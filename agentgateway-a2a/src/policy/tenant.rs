use agentgateway_core::{
    Error, ErrorKind,
    context::Principal,
    jsonrpc,
    policy::{Decision, Policy},
};
use http::request;

use super::content::{refuse_unread, unread_body};
use crate::{A2aCall, A2aOperation, bridge::AsTenant, wire::A2aError};

/// The tenant of a caller is what its token says: there is no other source.
///
/// A policy within [`A2aLayer`](crate::A2aLayer), behind an authentication. A call that names another tenant than the
/// token, in its path, its query or its parameters, is refused with 403; one that names none is for the token's, which
/// [`AnyAgent`](crate::bridge::AnyAgent) then tells the agent. A caller whose token has no tenant is refused, as is
/// what cannot be read. Agent cards are for all.
///
/// ```
/// use agentgateway_a2a::policy::TokenTenant;
/// use agentgateway_core::policy::PolicyLayer;
///
/// let layer = PolicyLayer::new(TokenTenant::claim("tenant"));
/// # let _ = layer;
/// ```
#[derive(Clone, Debug)]
pub struct TokenTenant {
    claim: Box<str>,
}

impl TokenTenant {
    /// The tenant is the text of this claim.
    #[must_use]
    pub fn claim(name: impl Into<Box<str>>) -> Self {
        Self { claim: name.into() }
    }

    /// What the caller's token says.
    fn told<'a>(&self, head: &'a request::Parts) -> Option<&'a str> {
        let claims = head.extensions.get::<Principal>()?.claims();
        let tenant = claims.get(&*self.claim)?.as_str()?;
        (!tenant.is_empty()).then_some(tenant)
    }

    fn check(&self, head: &request::Parts, call: &A2aCall) -> Result<Option<AsTenant>, Error> {
        if let A2aOperation::Unknown(_) = call.operation() {
            // Nobody knows where it names a tenant.
            let error = Error::new(ErrorKind::NotFound, "this method is not known here");
            return Err(A2aError::coded(error, jsonrpc::code::METHOD_NOT_FOUND));
        }
        if let Some(error) = unread_body(head, call) {
            return Err(error);
        }
        let own = self.told(head).ok_or_else(|| {
            let message = "the caller's token names no tenant";
            Error::new(ErrorKind::Forbidden, message)
        })?;
        match call.tenant() {
            Some(named) if named == own => Ok(None),
            Some(_) => {
                let message = "the call names another tenant than the caller's token";
                Err(Error::new(ErrorKind::Forbidden, message))
            }
            None => Ok(Some(AsTenant::new(Some(own)))),
        }
    }
}

impl Policy for TokenTenant {
    fn name(&self) -> &'static str {
        "tenant of the token"
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        let Some(call) = head.extensions.get::<A2aCall>().cloned() else {
            return refuse_unread(head).map_or(Decision::Pass, Decision::Refuse);
        };
        if *call.operation() == A2aOperation::AgentCard {
            return Decision::Pass;
        }
        match self.check(head, &call) {
            Ok(None) => Decision::Pass,
            Ok(Some(tenant)) => {
                // Policies behind this one judge what the agent is told.
                let named = tenant.get().map(Box::from);
                head.extensions.insert(call.with_tenant(named));
                head.extensions.insert(tenant);
                Decision::Pass
            }
            Err(error) => Decision::Refuse(error),
        }
    }
}
