use agentgateway_core::{
    Body,
    route::{Hostname, RedirectScheme, Router},
};
use http::{Request, header::CONTENT_TYPE};

use super::{Entry, Place, Stack};

/// The rules of one listener.
#[derive(Clone, Debug)]
pub(in crate::assemble) struct ListenerTable {
    pub(in crate::assemble) hostname: Option<Hostname>,
    pub(in crate::assemble) place: Place,
    /// The scheme and the port that a redirect keeps where no trusted proxy names others.
    pub(in crate::assemble) origin: (RedirectScheme, u16),
    pub(in crate::assemble) router: Router<Entry>,
    /// What answers where no rule takes a request, and the same for gRPC.
    pub(in crate::assemble) nowhere: Stack,
    pub(in crate::assemble) nowhere_grpc: Stack,
}

impl ListenerTable {
    pub(super) fn nowhere(&self, request: &Request<Body>) -> &Stack {
        if is_grpc(request) {
            &self.nowhere_grpc
        } else {
            &self.nowhere
        }
    }
}

/// Whether a request is a call of gRPC.
pub(super) fn is_grpc(request: &Request<Body>) -> bool {
    let kind = request.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
}
