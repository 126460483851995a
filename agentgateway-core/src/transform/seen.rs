use bytes::Bytes;
use http::{request, response};

use crate::body::BodyPrefix;
#[cfg(feature = "expression")]
use crate::expression::Facts;

/// What a function of a transformation sees: the message as it came.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    request: &'a request::Parts,
    response: Option<&'a response::Parts>,
    read: Option<&'a Bytes>,
}

impl<'a> Seen<'a> {
    pub(super) const fn request_alone(request: &'a request::Parts) -> Self {
        Self {
            request,
            response: None,
            read: None,
        }
    }

    pub(super) const fn answered(
        request: &'a request::Parts,
        response: &'a response::Parts,
        read: Option<&'a Bytes>,
    ) -> Self {
        Self {
            request,
            response: Some(response),
            read,
        }
    }

    /// The head of the request: as it came, and for changes of the answer, as it went on.
    #[must_use]
    pub const fn request(&self) -> &'a request::Parts {
        self.request
    }

    /// The head of the answer, for changes of it.
    #[must_use]
    pub const fn response(&self) -> Option<&'a response::Parts> {
        self.response
    }

    /// The whole body that is to be replaced, where it was read.
    ///
    /// A request's is read by a [`PrefixLayer`](crate::body::PrefixLayer) outside. An answer's is shown
    /// to the function that makes the new body alone.
    #[must_use]
    pub fn body(&self) -> Option<&'a [u8]> {
        if self.response.is_some() {
            return self.read.map(|read| &**read);
        }
        let prefix = self.request.extensions.get::<BodyPrefix>()?;
        prefix.is_whole().then(|| &**prefix.bytes())
    }

    /// What an expression may ask about.
    #[cfg(feature = "expression")]
    #[cfg_attr(docsrs, doc(cfg(feature = "expression")))]
    #[must_use]
    pub fn facts(&self) -> Facts<'a> {
        let facts = Facts::request(self.request);
        match self.response {
            Some(response) => facts.response(response.status),
            None => facts,
        }
    }
}
