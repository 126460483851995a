use agentgateway_core::{
    Body,
    route::{Hostname, RedirectScheme, Router},
};
use http::{Request, header::CONTENT_TYPE};

use super::{Entry, Gate, Place, Stack};

/// The rules of one listener.
#[derive(Clone, Debug)]
pub(in crate::assemble) struct ListenerTable {
    pub(in crate::assemble) hostname: Option<Hostname>,
    pub(in crate::assemble) place: Place,
    /// The scheme and the port that a redirect keeps where no trusted proxy names others.
    pub(in crate::assemble) origin: (RedirectScheme, u16),
    /// What decides before a rule is chosen.
    pub(in crate::assemble) gate: Gate,
    pub(in crate::assemble) router: Router<Entry>,
    /// What answers where no rule takes a request,
    pub(in crate::assemble) nowhere: Refusal,
    /// and where none can be taken.
    pub(in crate::assemble) overloaded: Refusal,
}

/// What refuses a request, as the clients of a listener read it.
#[derive(Clone, Debug)]
pub(in crate::assemble) struct Refusal {
    pub(in crate::assemble) usual: Stack,
    pub(in crate::assemble) grpc: Stack,
}

impl Refusal {
    pub(super) fn of(&self, request: &Request<Body>) -> &Stack {
        if is_grpc(request) {
            &self.grpc
        } else {
            &self.usual
        }
    }
}

/// Whether a request is a call of gRPC.
pub(super) fn is_grpc(request: &Request<Body>) -> bool {
    let kind = request.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
}
