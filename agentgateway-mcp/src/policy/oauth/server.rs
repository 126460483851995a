use agentgateway_core::{
    Error, ErrorKind,
    auth::{
        Authenticate, Authentication, Challenge, Location, Mode, Verdict,
        jwt::{Issuer, Jwt},
    },
    context::Credential,
    policy::{Decision, Policy},
};
use http::request;

use super::{ProtectedResource, ResourceMetadata};

/// The parameter of a query that holds a token where RFC 6750, 2.3 is followed. MCP forbids it.
const PARAMETER: &str = "access_token";

/// The policy by which an MCP server is a resource server of OAuth 2.1; see the [module](super).
#[derive(Clone, Debug)]
pub struct ResourceServer {
    resource: ProtectedResource,
    metadata: ResourceMetadata,
    authentication: Authentication,
    bearer: Location,
    query: Location,
}

impl ResourceServer {
    /// Takes tokens that these issuers have signed for this resource: whatever audiences an issuer was
    /// made with, those of the resource take their place.
    #[must_use]
    pub fn new(resource: ProtectedResource, issuers: impl IntoIterator<Item = Issuer>) -> Self {
        let issuers = issuers.into_iter().map(|issuer| resource.bound(issuer));
        let method = Jwt::new(issuers.collect::<Vec<_>>());
        Self::judged_by(resource, method)
    }

    /// Leaves it to another method what a token says, such as one that asks the issuer (RFC 7662).
    ///
    /// It must take tokens that are meant for this resource, and no others; and find them in
    /// `Authorization: Bearer`. Its own challenge gives way to that of the resource.
    #[must_use]
    pub fn judged_by(resource: ProtectedResource, method: impl Authenticate) -> Self {
        let method = Challenged {
            challenge: resource.challenge(),
            method,
        };
        Self {
            metadata: ResourceMetadata::new(resource.clone()),
            resource,
            authentication: Authentication::new(method),
            bearer: Location::bearer(),
            query: Location::query(PARAMETER),
        }
    }

    /// What becomes of those who are not known. Default: [`Mode::Strict`].
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.authentication = self.authentication.mode(mode);
        self
    }

    /// What errors and logs call the policy. Default: `authentication`.
    #[must_use]
    pub fn named(mut self, name: impl Into<Box<str>>) -> Self {
        self.authentication = self.authentication.named(name);
        self
    }

    /// Refuses a request that names its token as MCP does not let it be named: it is malformed,
    /// whatever the token is.
    fn malformed(&self, head: &request::Parts) -> Option<Error> {
        let message = if !matches!(self.query.find(head), Ok(None)) {
            "send the token in the header Authorization, not in the URL"
        } else if self.bearer.find(head).is_err() {
            "the header Authorization is there twice, or is no text"
        } else {
            return None;
        };
        let challenge = self.resource.challenge();
        let challenge = challenge
            .parameter("error", "invalid_request")
            .parameter("error_description", message);
        let rule = format!("{} malformed", self.authentication.name());
        let error = Error::new(ErrorKind::InvalidRequest, message).with_decided_by(rule);
        Some(match challenge.to_value() {
            Some(value) => error.with_challenge(value),
            None => error,
        })
    }
}

impl Policy for ResourceServer {
    fn name(&self) -> &str {
        self.authentication.name()
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        if let Some(response) = self.metadata.answer(head) {
            return Decision::answer(response);
        }
        if let Some(error) = self.malformed(head) {
            return Decision::Refuse(error);
        }
        self.authentication.decide(head)
    }
}

/// A method whose refusals say where tokens are had.
struct Challenged<A> {
    challenge: Challenge,
    method: A,
}

impl<A: Authenticate> Authenticate for Challenged<A> {
    fn name(&self) -> &str {
        self.method.name()
    }

    fn authenticate(&self, head: &request::Parts) -> Verdict {
        self.method.authenticate(head)
    }

    fn take(&self, head: &mut request::Parts) -> Option<Credential> {
        self.method.take(head)
    }

    fn challenge(&self) -> Option<Challenge> {
        Some(self.challenge.clone())
    }
}
