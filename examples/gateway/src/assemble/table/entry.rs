use std::sync::Arc;

use agentgateway_core::{
    Body,
    context::{MountPath, RouteName},
    route::{Cors, HeaderEdit, PathMatch, Redirect, Rewrite, Weighted},
};
use http::Request;

use super::{Answering, Reason, Stack, stack::Waits};
use crate::assemble::{leg::Leg, mirror::Target};

/// One match of one rule: what is the same for each of its requests.
#[derive(Clone, Debug)]
pub(in crate::assemble) struct Entry {
    pub(in crate::assemble) rule: Arc<RuleStack>,
    /// The prefix that is taken off.
    pub(in crate::assemble) mount: MountPath,
    /// Whether hostnames lead here, and not every host.
    pub(in crate::assemble) is_named: bool,
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
    /// What the rule makes of the path; a backend may make something else of it. The path alone:
    /// the host is told to the client of upstreams.
    pub(in crate::assemble) rewrite: Option<Rewrite>,
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
    pub(in crate::assemble) response: HeaderEdit,
    pub(in crate::assemble) action: ShareAction,
}

/// How a share is answered.
#[derive(Debug)]
pub(in crate::assemble) enum ShareAction {
    /// The client is sent elsewhere, if those say yes who are asked first.
    Redirect(Redirect, Option<Stack>),
    /// By a backend.
    Forward(Forward),
    /// With an error, for this reason.
    Refuse(Stack, Reason),
}

/// A backend, and what becomes of the path on the way to it.
#[derive(Debug)]
pub(in crate::assemble) struct Forward {
    pub(in crate::assemble) rewrite: Option<Rewrite>,
    pub(in crate::assemble) to: Whither,
}

/// Where a request goes when its rule has made its changes.
#[derive(Debug)]
pub(in crate::assemble) enum Whither {
    Backend(Leg),
    /// The same, but copies leave from within the stack before the leg begins.
    Copied(Stack),
}

impl Share {
    /// A share that changes nothing.
    pub(in crate::assemble) fn bare(action: ShareAction) -> Self {
        Self {
            backend: Box::default(),
            response: HeaderEdit::default(),
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
            rewrite: None,
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

    /// Sends a request on to a backend, and says until when nobody there tells of it.
    pub(super) fn forward(
        &self,
        mut request: Request<Body>,
        forward: &Forward,
        matched: &PathMatch,
    ) -> (Answering, Waits) {
        self.request.apply(request.headers_mut());
        let own = forward.rewrite.as_ref();
        match &forward.to {
            Whither::Backend(leg) => {
                rewrite(own, &mut request, matched);
                let waits = leg.stack.waits(&mut request);
                (leg.answer(request), waits)
            }
            Whither::Copied(stack) => {
                let mut target = Request::new(());
                target.uri_mut().clone_from(request.uri());
                rewrite(own, &mut target, matched);
                let (target, ()) = target.into_parts();
                request.extensions_mut().insert(Target(target.uri));
                rewrite(self.rewrite.as_ref(), &mut request, matched);
                let waits = stack.waits(&mut request);
                (stack.answer(request), waits)
            }
        }
    }
}

fn rewrite<B>(rewrite: Option<&Rewrite>, request: &mut Request<B>, matched: &PathMatch) {
    if let Some(rewrite) = rewrite {
        rewrite.apply(request, matched);
    }
}
