use std::{convert::Infallible, sync::Arc};

use agentgateway_core::{Body, route::Cors};
use http::{HeaderValue, Request, Response, header::ORIGIN};
use tower::service_fn;
use tracing::Span;

use super::{Reason, Refusal, Stack, Table, astray::lost};

/// What a listener decides about a request before a rule is chosen.
#[derive(Clone, Debug, Default)]
pub(in crate::assemble) struct Gate {
    /// Which pages may call: it answers preflights, and rules have no say.
    pub(in crate::assemble) cors: Option<Arc<Cors>>,
    /// What is asked, around [`onward`]; `None` where nobody is.
    pub(in crate::assemble) asked: Option<Refusal>,
    /// Why it refuses everything.
    pub(in crate::assemble) reason: Option<Arc<Reason>>,
}

impl Gate {
    /// Says why everything is refused, where that is so.
    pub(super) fn tell(&self, span: &Span, listener: &str) {
        if let Some(reason) = &self.reason {
            reason.tell(span, listener, "");
        }
    }

    pub(super) fn pages(&self, request: &Request<Body>) -> Option<Pages> {
        let cors = self.cors.as_ref().map(Arc::clone)?;
        let origin = request.headers().get(ORIGIN).cloned();
        Some(Pages { cors, origin })
    }
}

/// Which pages may read an answer.
pub(super) struct Pages {
    cors: Arc<Cors>,
    origin: Option<HeaderValue>,
}

impl Pages {
    pub(super) fn apply(&self, response: &mut Response<Body>) {
        self.cors
            .apply(self.origin.as_ref(), response.headers_mut());
    }
}

/// In a request's extensions: the table, and the place of the listener in it, that choose its rule.
#[derive(Clone)]
pub(super) struct Onward(pub(super) Table, pub(super) usize);

/// Chooses a rule of the listener that a request has come to, when it has passed the gate.
pub(in crate::assemble) fn onward() -> Stack {
    Stack::new(service_fn(|mut request: Request<Body>| async move {
        let chosen = request.extensions_mut().remove();
        match chosen {
            Some(Onward(table, at)) => table.route(at, request).await,
            // No gate lets a request pass that has not come by the table.
            None => Ok::<_, Infallible>(lost()),
        }
    }))
}
