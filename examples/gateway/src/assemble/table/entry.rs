use std::sync::Arc;

use agentgateway_core::{
    Body,
    context::{MountPath, RouteName},
    route::{Cors, HeaderEdit, PathMatch, Redirect, Rewrite, Weighted},
};
use http::Request;

use super::{HostChoice, Reason, Stack};
use crate::assemble::headers::Restored;

/// One match of one rule: what is the same for each of its requests.
#[derive(Clone, Debug)]
pub(in crate::assemble) struct Entry {
    pub(in crate::assemble) rule: Arc<RuleStack>,
    /// The prefix that is taken off.
    pub(in crate::assemble) mount: MountPath,
    /// The pattern that matched.
    pub(in crate::assemble) name: RouteName,
}

/// One rule, with all that its requests go through.
#[derive(Debug)]
pub(in crate::assemble) struct RuleStack {
    /// The route's namespace and name.
    pub(in crate::assemble) route: Box<str>,
    /// The rule's name, or its place in the route.
    pub(in crate::assemble) rule: Box<str>,
    pub(in crate::assemble) request: HeaderEdit,
    pub(in crate::assemble) response: HeaderEdit,
    pub(in crate::assemble) cors: Option<Cors>,
    /// Whether the whole of an answer is limited, from the arrival of its request on.
    pub(in crate::assemble) is_timed: bool,
    /// What answers; without a weight, `nothing` does.
    pub(in crate::assemble) shares: Weighted<Arc<Share>>,
    pub(in crate::assemble) nothing: Arc<Share>,
}

/// What answers a share of a rule's requests.
#[derive(Debug)]
pub(in crate::assemble) struct Share {
    /// The backend's kind, namespace and name; empty where there is none.
    pub(in crate::assemble) backend: Box<str>,
    pub(in crate::assemble) request: HeaderEdit,
    pub(in crate::assemble) response: HeaderEdit,
    /// The path alone: the host is told to the client of upstreams.
    pub(in crate::assemble) rewrite: Option<Rewrite>,
    /// What filters set in requests, where the stack forwards by a list.
    pub(in crate::assemble) restored: Option<Restored>,
    pub(in crate::assemble) action: ShareAction,
}

/// How a share is answered.
#[derive(Debug)]
pub(in crate::assemble) enum ShareAction {
    /// The client is sent elsewhere.
    Redirect(Redirect),
    /// By a stack, which is sent this host.
    Stack(Stack, HostChoice),
    /// With an error, for this reason.
    Refuse(Stack, Reason),
}

impl Share {
    /// A share that changes nothing.
    pub(in crate::assemble) fn bare(action: ShareAction) -> Self {
        Self {
            backend: Box::default(),
            request: HeaderEdit::default(),
            response: HeaderEdit::default(),
            rewrite: None,
            restored: None,
            action,
        }
    }
}

impl RuleStack {
    /// A rule that changes nothing and is answered so.
    pub(in crate::assemble) fn bare(route: &str, share: Share) -> Self {
        let share = Arc::new(share);
        Self {
            route: route.into(),
            rule: "0".into(),
            request: HeaderEdit::default(),
            response: HeaderEdit::default(),
            cors: None,
            is_timed: false,
            shares: Weighted::new([(Arc::clone(&share), 1)]),
            nothing: share,
        }
    }

    pub(super) fn pick(&self) -> &Arc<Share> {
        self.shares.pick().unwrap_or(&self.nothing)
    }

    /// Whether the answer is changed when it comes.
    pub(super) fn edits(&self, share: &Share) -> bool {
        let edits = |edit: &HeaderEdit| *edit != HeaderEdit::default();
        self.cors.is_some() || edits(&self.response) || edits(&share.response)
    }

    /// The request as the stack gets it.
    pub(super) fn prepare(
        &self,
        mut request: Request<Body>,
        share: &Share,
        host: &HostChoice,
        matched: &PathMatch,
    ) -> Request<Body> {
        host.apply(&mut request);
        self.request.apply(request.headers_mut());
        share.request.apply(request.headers_mut());
        if let Some(rewrite) = &share.rewrite {
            rewrite.apply(&mut request, matched);
        }
        if let Some(restored) = &share.restored {
            request.extensions_mut().insert(restored.clone());
        }
        request
    }
}
