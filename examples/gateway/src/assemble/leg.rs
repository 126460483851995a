use agentgateway_core::{Body, context::Written, route::HeaderEdit};
use http::Request;

use super::{
    Stack,
    table::{Answering, HostChoice},
};

/// The last leg of a request's way: to one stack, with what is changed for it and for no other.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    pub(super) stack: Stack,
    pub(super) host: HostChoice,
    pub(super) request: HeaderEdit,
    /// What filters set in requests, where the stack forwards by a list.
    pub(super) written: Option<Written>,
}

impl Leg {
    /// To a stack that is sent its own host and nothing else.
    pub(super) fn bare(stack: Stack) -> Self {
        Self {
            stack,
            host: HostChoice::Backend,
            request: HeaderEdit::default(),
            written: None,
        }
    }

    pub(super) fn answer(&self, mut request: Request<Body>) -> Answering {
        self.host.apply(&mut request);
        self.request.apply(request.headers_mut());
        if let Some(written) = &self.written {
            request.extensions_mut().insert(written.clone());
        }
        self.stack.answer(request)
    }
}
