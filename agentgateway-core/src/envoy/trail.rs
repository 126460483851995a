use http::{HeaderMap, request};
use tracing::Span;

use crate::telemetry::{Propagation, TraceContext};

/// Where a call belongs in the trace of the request that it is made for.
#[derive(Clone, Debug)]
pub(super) struct Trail {
    propagation: Option<Propagation>,
    context: Option<TraceContext>,
}

impl Trail {
    /// The call is a child of the current span, where that is propagated; else of the client's.
    pub(super) fn of(head: &request::Parts) -> Self {
        let propagation = head.extensions.get::<Propagation>().cloned();
        let own = propagation
            .as_ref()
            .and_then(|propagation| propagation.context(&Span::current()));
        Self {
            context: own.or_else(|| TraceContext::from_headers(&head.headers)),
            propagation,
        }
    }

    /// Writes it into the call: as fields, and for a client that opens a span of its own.
    pub(super) fn write(self, headers: &mut HeaderMap, extensions: &mut http::Extensions) {
        if let Some(context) = self.context {
            context.write(headers);
        }
        if let Some(propagation) = self.propagation {
            extensions.insert(propagation);
        }
    }
}
