use std::{fmt, sync::Arc};

use http::{HeaderName, HeaderValue, request, response};

use super::UuidV7;
use crate::{
    context::RequestId,
    forwarded::{self, Networks},
    policy::{Decision, Follow, Policy},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const UPSTREAM_REQUEST_ID: HeaderName = HeaderName::from_static("x-upstream-request-id");

/// Gives each request an id; see the [module](super).
#[derive(Clone)]
pub struct RequestIds {
    trusted: Networks,
    make: Make,
}

type Make = Arc<dyn Fn(&request::Parts) -> RequestId + Send + Sync>;

impl RequestIds {
    /// Makes a [`UuidV7`] for each request, and takes nobody's word.
    #[must_use]
    pub fn new() -> Self {
        let uuid = UuidV7::new();
        Self {
            trusted: Networks::default(),
            make: Arc::new(move |_| uuid.make()),
        }
    }

    /// Takes the ids of peers in these networks. Default: nobody's.
    ///
    /// The peer is who sent the request, whoever the client is: the proxy before this one.
    #[must_use]
    pub fn trusting(mut self, trusted: Networks) -> Self {
        self.trusted = trusted;
        self
    }

    /// Makes ids so. Default: a [`UuidV7`].
    #[must_use]
    pub fn made_by(
        mut self,
        make: impl Fn(&request::Parts) -> RequestId + Send + Sync + 'static,
    ) -> Self {
        self.make = Arc::new(make);
        self
    }

    /// The id that a trusted peer has given.
    fn given(&self, head: &request::Parts) -> Option<RequestId> {
        let mut fields = head.headers.get_all(REQUEST_ID).iter();
        let (first, second) = (fields.next()?, fields.next());
        let peer = forwarded::peer(&head.extensions)?;
        let believed = second.is_none() && self.trusted.contain(peer);
        believed.then(|| RequestId::from_value(first))?
    }
}

impl Default for RequestIds {
    fn default() -> Self {
        Self::new()
    }
}

impl Policy for RequestIds {
    fn name(&self) -> &str {
        "request-id"
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        let id = self.given(head).unwrap_or_else(|| (self.make)(head));
        head.headers.insert(REQUEST_ID, id.value().clone());
        head.extensions.insert(id.clone());
        Decision::Follow(Box::new(Echo(id)))
    }
}

impl fmt::Debug for RequestIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestIds")
            .field("trusted", &self.trusted)
            .finish_non_exhaustive()
    }
}

/// Tells the id in the answer.
struct Echo(RequestId);

impl Follow for Echo {
    fn head(&mut self, head: &mut response::Parts) {
        let own: &HeaderValue = self.0.value();
        let services = head.headers.insert(REQUEST_ID, own.clone());
        if let Some(services) = services.filter(|services| services != own) {
            head.headers.insert(UPSTREAM_REQUEST_ID, services);
        }
    }
}
