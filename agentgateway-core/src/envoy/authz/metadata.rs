use std::{fmt, sync::Arc};

use serde_json::{Map, Value};

/// What an authorization service has said of a request besides its verdict, in the request's
/// extensions.
///
/// Written by [`ExtAuthz`](super::ExtAuthz) where the service says anything: `dynamic_metadata` over
/// gRPC, what [`response_metadata`](super::HttpService::response_metadata) makes of an answer over
/// HTTP. `Debug` shows the names alone.
#[derive(Clone)]
pub struct Metadata(Arc<Map<String, Value>>);

impl Metadata {
    pub(crate) fn new(members: Map<String, Value>) -> Self {
        Self(Arc::new(members))
    }

    /// What was said.
    #[must_use]
    pub fn members(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
