use std::sync::Arc;

use bytes::Bytes;
use http::{Extensions, Response, request};

use super::{Asking, Decision, Followers, Policy, Resume};
use crate::{
    body::End,
    context::{Principal, Trail},
    error::Error,
};

/// Policies that decide in their order.
pub(super) type Policies = Arc<[Arc<dyn Policy>]>;

/// One request on its way through the policies.
#[derive(Debug)]
pub(super) struct Run {
    head: request::Parts,
    /// The place of the policy that is to decide.
    next: usize,
    followers: Followers,
}

/// Where a run that has stopped has come to.
pub(super) enum Step {
    /// The request goes no further.
    Over(Result<Response<Bytes>, Error>, Followers),
    /// The word of the policy at this place is waited for.
    Asking(Asking, Run),
}

impl Run {
    pub(super) fn new(head: request::Parts) -> Self {
        Self {
            head,
            next: 0,
            followers: Followers::default(),
        }
    }

    /// Decides as far as it can be decided now; `None` when every policy lets the request pass.
    ///
    /// By reference: a head is large, and most pass.
    pub(super) fn go(&mut self, policies: &Policies) -> Option<Stop> {
        while let Some(policy) = policies.get(self.next) {
            let decision = policy.decide(&mut self.head);
            if let Some(stop) = self.follow(&**policy, decision) {
                return Some(stop);
            }
            self.next += 1;
        }
        None
    }

    /// The word that was waited for is there.
    pub(super) fn resume(&mut self, policies: &Policies, resume: Resume) -> Option<Stop> {
        let decision = resume.decide(&mut self.head);
        let policy = policies.get(self.next)?;
        if let Some(stop) = self.follow(&**policy, decision) {
            return Some(stop);
        }
        self.next += 1;
        self.go(policies)
    }

    /// What goes on to the service, and who follows.
    pub(super) fn passed(self) -> (request::Parts, Followers) {
        Trail::tell_caller(&self.head.extensions);
        (self.head, self.followers)
    }

    /// `None` when the next policy is to decide.
    fn follow(&mut self, policy: &dyn Policy, decision: Decision) -> Option<Stop> {
        match decision {
            Decision::Pass => None,
            Decision::Follow(follow) => {
                self.followers.push(follow);
                None
            }
            Decision::Refuse(error) => {
                let error = match error.decided_by() {
                    Some(_) => error,
                    None => error.with_decided_by(policy.name()),
                };
                self.tell(policy, &error);
                Some(Stop::Refused(error))
            }
            Decision::Answer(response) => Some(Stop::Answered(response)),
            Decision::Ask(asking) => Some(Stop::Asking(asking)),
        }
    }

    fn tell(&self, policy: &dyn Policy, error: &Error) {
        tell_refused(policy.name(), None, error, &self.head.extensions);
    }
}

const MAX_ITEM_CHARS: usize = 128;

/// Writes down that a policy has refused a request with these extensions, as [`PolicyLayer`] does: for who
/// refuses in another way. `item` is what was asked for, as the caller named it: it is quoted, and cut behind
/// 128 characters. The rule is the error's [`decided_by`](Error::decided_by).
///
/// [`PolicyLayer`]: super::PolicyLayer
pub fn tell_refused(policy: &str, item: Option<&str>, error: &Error, extensions: &Extensions) {
    let item = item.map(|item| item.chars().take(MAX_ITEM_CHARS).collect::<String>());
    tracing::info!(
        target: "agentgateway_core::policy",
        policy,
        item = item.as_deref().map(tracing::field::debug),
        rule = error.decided_by().map(|rule| &**rule),
        kind = error.kind().as_str(),
        principal = extensions.get::<Principal>().map(Principal::name),
        "refused"
    );
}

/// Why a run does not go on now.
pub(super) enum Stop {
    Refused(Error),
    Answered(Box<Response<Bytes>>),
    Asking(Asking),
}

impl Stop {
    pub(super) fn with(self, run: Run) -> Step {
        Trail::tell_caller(&run.head.extensions);
        match self {
            Self::Refused(error) => {
                let mut followers = run.followers;
                followers.end(End::Failed(&error));
                Step::Over(Err(error), followers)
            }
            Self::Answered(response) => Step::Over(Ok(*response), run.followers),
            Self::Asking(asking) => Step::Asking(asking, run),
        }
    }
}
