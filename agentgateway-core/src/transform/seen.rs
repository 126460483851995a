use bytes::Bytes;
#[cfg(feature = "expression")]
use http::{HeaderMap, header::CONTENT_ENCODING};
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

    /// The whole body of the message, where it was read.
    ///
    /// A request's is read by a [`PrefixLayer`](crate::body::PrefixLayer) outside, an answer's where
    /// another takes its place, or where its changes [say so](super::Changes::reading_body).
    #[must_use]
    pub fn body(&self) -> Option<&'a [u8]> {
        match self.response {
            Some(_) => self.read.map(|read| &**read),
            None => self.request_body(),
        }
    }

    fn request_body(&self) -> Option<&'a [u8]> {
        let prefix = self.request.extensions.get::<BodyPrefix>()?;
        prefix.is_whole().then(|| &**prefix.bytes())
    }

    /// What an expression may ask about. A body that is coded (compressed) is no text, and not shown.
    #[cfg(feature = "expression")]
    #[cfg_attr(docsrs, doc(cfg(feature = "expression")))]
    #[must_use]
    pub fn facts(&self) -> Facts<'a> {
        let mut facts = Facts::request(self.request);
        if let Some(body) = plain(&self.request.headers, self.request_body()) {
            facts = facts.request_body(body);
        }
        let Some(response) = self.response else {
            return facts;
        };
        facts = facts.response(response.status);
        facts = facts.response_headers(&response.headers);
        match plain(&response.headers, self.body()) {
            Some(body) => facts.response_body(body),
            None => facts,
        }
    }
}

/// A body that no coding hides.
#[cfg(feature = "expression")]
fn plain<'a>(headers: &HeaderMap, body: Option<&'a [u8]>) -> Option<&'a [u8]> {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    let is_plain = codings.all(|it| it.as_bytes().eq_ignore_ascii_case(b"identity"));
    body.filter(|_| is_plain)
}
