use std::{sync::Arc, time::Duration};

use agentgateway_core::Body;
use bytes::Bytes;
use http::{HeaderValue, Method, Response, header as names};
use tokio::time::Instant;

use crate::wire::card::AgentCard;

/// An agent's card as it was read last, and how long ago. A clone costs two reference counts.
#[derive(Clone, Debug)]
pub struct KnownCard {
    card: Arc<AgentCard>,
    text: Bytes,
    read: Instant,
}

impl KnownCard {
    pub(super) fn new(card: AgentCard, text: Bytes) -> Self {
        Self {
            card: Arc::new(card),
            text,
            read: Instant::now(),
        }
    }

    /// What it says, as far as routing asks.
    #[must_use]
    pub fn card(&self) -> &AgentCard {
        &self.card
    }

    pub(crate) fn into_card(self) -> Arc<AgentCard> {
        self.card
    }

    /// The card as the agent wrote it: with the agent's own addresses, and not verified.
    #[must_use]
    pub const fn text(&self) -> &Bytes {
        &self.text
    }

    /// How long ago it was read.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.read.elapsed()
    }

    /// The answer to a request for it.
    pub(super) fn answer(&self, method: &Method) -> Response<Body> {
        let body = match *method {
            Method::HEAD => Bytes::new(),
            _ => self.text.clone(),
        };
        let mut answer = Response::new(Body::from(body));
        let headers = answer.headers_mut();
        let json = HeaderValue::from_static("application/json");
        headers.insert(names::CONTENT_TYPE, json);
        headers.insert(names::AGE, HeaderValue::from(self.age().as_secs()));
        answer
    }
}
