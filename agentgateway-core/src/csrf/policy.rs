use http::{HeaderName, HeaderValue, Method, header, request, uri::Authority};

use super::origin::{InvalidOrigin, Origin};
use crate::{
    error::{Error, ErrorKind},
    policy::{Decision, Policy},
};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses what a browser sends for a foreign page; see the [module](super).
#[derive(Clone, Debug, Default)]
pub struct Csrf {
    allowed: Vec<Origin>,
}

impl Csrf {
    /// Lets pages of the request's own origin call, and no others.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            allowed: Vec::new(),
        }
    }

    /// Lets pages of this origin call too: scheme, host, and a port where it is not the scheme's own.
    ///
    /// # Errors
    /// [`InvalidOrigin`] for what is none, such as one with a path.
    pub fn allow_origin(mut self, origin: &str) -> Result<Self, InvalidOrigin> {
        self.allowed.push(Origin::parse(origin)?);
        Ok(self)
    }

    fn allows(&self, head: &request::Parts) -> bool {
        if [Method::GET, Method::HEAD, Method::OPTIONS].contains(&head.method) {
            return true;
        }
        let origin = match only(head, &header::ORIGIN) {
            Field::One(value) => value
                .to_str()
                .ok()
                .and_then(|text| Origin::parse(text).ok()),
            Field::None | Field::Many => None,
        };
        if origin
            .as_ref()
            .is_some_and(|from| self.allowed.contains(from))
        {
            return true;
        }
        match only(head, &SEC_FETCH_SITE) {
            Field::One(site) => *site == "same-origin" || *site == "none",
            Field::Many => false,
            Field::None if head.headers.contains_key(header::ORIGIN) => {
                let host = host(head);
                host.is_some_and(|host| origin.is_some_and(|from| from.is_at(&host)))
            }
            Field::None => true,
        }
    }
}

impl Policy for Csrf {
    fn name(&self) -> &str {
        "csrf"
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        if self.allows(head) {
            return Decision::Pass;
        }
        let words = "pages of this origin may not call here";
        Decision::Refuse(Error::new(ErrorKind::Forbidden, words))
    }
}

/// A field that is there once, or not.
enum Field<'a> {
    None,
    One(&'a HeaderValue),
    Many,
}

fn only<'a>(head: &'a request::Parts, name: &HeaderName) -> Field<'a> {
    let mut values = head.headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Field::None,
        (Some(value), None) => Field::One(value),
        (Some(_), Some(_)) => Field::Many,
    }
}

/// The host that the request is for.
fn host(head: &request::Parts) -> Option<Authority> {
    let named = head.uri.authority().cloned();
    named.or_else(|| match only(head, &header::HOST) {
        Field::One(host) => host.to_str().ok()?.parse().ok(),
        Field::None | Field::Many => None,
    })
}
