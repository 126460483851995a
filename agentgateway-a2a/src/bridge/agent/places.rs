use agentgateway_core::upstream::Endpoint;
use http::{Uri, request};

use crate::wire::header;

/// Where an agent's card is looked for, in this order: where configuration says, at the well-known paths below the
/// endpoint, and at those of its origin.
///
/// # Source
/// A2A v1.0, section 8.2, and v0.2.5, section 5.3: the path is the origin's; SDKs put it behind the URL that they are
/// given.
#[derive(Debug)]
pub(super) struct CardPlaces(Vec<CardPlace>);

#[derive(Debug)]
pub(super) struct CardPlace {
    path: String,
    /// In the place of the endpoint, which has a path of its own.
    origin: Option<Endpoint>,
    /// The operator has said so.
    is_told: bool,
}

// === impl CardPlaces ===

impl CardPlaces {
    pub(super) fn new(told: Vec<String>, endpoint: &Endpoint) -> Self {
        let told = told.into_iter().map(|path| CardPlace {
            path,
            origin: None,
            is_told: true,
        });
        let known = |origin: Option<Endpoint>| {
            [header::CARD_PATH, header::CARD_PATH_V0_2].map(|path| CardPlace {
                path: path.to_owned(),
                origin: origin.clone(),
                is_told: false,
            })
        };
        let origin = format!("{}://{}", endpoint.scheme(), endpoint.authority());
        let origin = origin.parse().ok().filter(|origin| origin != endpoint);
        let above = origin.map(|origin| known(Some(origin)));
        Self(
            told.chain(known(None))
                .chain(above.into_iter().flatten())
                .collect(),
        )
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &CardPlace> {
        self.0.iter()
    }

    /// Whether one of them is at this path.
    pub(super) fn are_at(&self, path: &str) -> bool {
        self.0.iter().any(|place| place.path == path)
    }

    /// Whether a request for this path has asked at all of them.
    pub(super) fn are_only_at(&self, path: &str) -> bool {
        self.0
            .iter()
            .all(|place| place.path == path && place.origin.is_none())
    }

    /// Directs a request for the card to the place that the operator has named, if any.
    pub(super) fn direct(&self, head: &mut request::Parts) {
        let told = self.0.first().filter(|place| place.is_told);
        if let Some(uri) = told.and_then(|place| place.uri()) {
            head.uri = uri;
        }
    }
}

// === impl CardPlace ===

impl CardPlace {
    /// Tells it from the others: the path, of one at the origin its URL.
    pub(super) fn name(&self) -> String {
        let origin = self.origin.as_ref();
        origin.map_or_else(
            || self.path.clone(),
            |origin| format!("{origin}{}", self.path),
        )
    }

    pub(super) fn uri(&self) -> Option<Uri> {
        self.path.parse().ok()
    }

    pub(super) fn origin(&self) -> Option<Endpoint> {
        self.origin.clone()
    }
}
