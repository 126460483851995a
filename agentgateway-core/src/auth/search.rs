use std::sync::Arc;

use http::request;

use super::{Mode, Rejection, Verdict, authentication::Inner, challenge};
use crate::{
    context::Principal,
    error::{Error, ErrorKind},
    policy::{Decision, Resume},
};

/// The methods of a policy, asked in turn about one request.
pub(super) struct Search {
    policy: Arc<Inner>,
    /// The place of the method that is asked.
    at: usize,
    /// The first method that has refused its credential.
    rejected: Option<(usize, Rejection)>,
    /// The first that could not judge.
    unavailable: Option<(usize, Error)>,
}

impl Search {
    pub(super) const fn new(policy: Arc<Inner>) -> Self {
        Self {
            policy,
            at: 0,
            rejected: None,
            unavailable: None,
        }
    }

    /// Goes on, with the verdict that was waited for.
    pub(super) fn run(mut self, waited: Option<Verdict>, head: &mut request::Parts) -> Decision {
        let mut waited = waited;
        while let Some(method) = self.policy.methods.get(self.at) {
            let verdict = waited.take();
            match verdict.unwrap_or_else(|| method.authenticate(head)) {
                Verdict::Absent => {}
                Verdict::Valid(principal) => return self.found(principal, head),
                Verdict::Invalid(why) => {
                    self.rejected.get_or_insert((self.at, why));
                }
                Verdict::Unavailable(why) => {
                    self.unavailable.get_or_insert((self.at, why));
                }
                Verdict::Ask(judging) => {
                    return Decision::ask(async move {
                        let verdict = judging.await;
                        Resume::with(move |head| self.run(Some(verdict), head))
                    });
                }
            }
            self.at += 1;
        }
        self.unknown(head)
    }

    fn found(&self, principal: Principal, head: &mut request::Parts) -> Decision {
        principal.insert(&mut head.extensions);
        self.pass(head)
    }

    /// No method knows who calls.
    fn unknown(mut self, head: &mut request::Parts) -> Decision {
        if self.policy.mode == Mode::Permissive {
            return self.pass(head);
        }
        // Who cannot be judged may be known: that is no reason for a new credential.
        if let Some((at, error)) = self.unavailable.take() {
            let rule = self.rule(at, "unavailable");
            return Decision::Refuse(error.with_decided_by(rule));
        }
        if let Some((at, rejection)) = self.rejected.take() {
            return Decision::Refuse(self.refused(at, &rejection));
        }
        match self.policy.mode {
            Mode::Strict => Decision::Refuse(self.missing()),
            Mode::Optional | Mode::Permissive => self.pass(head),
        }
    }

    /// The request goes on without any credential that a method here would take for its own; that
    /// of the method which was asked last, and found it valid, is kept.
    fn pass(&self, head: &mut request::Parts) -> Decision {
        if self.policy.forward {
            return Decision::Pass;
        }
        let methods = &self.policy.methods;
        if let Some(credential) = methods.get(self.at).and_then(|method| method.take(head)) {
            credential.insert(&mut head.extensions);
        }
        for method in methods {
            method.take(head);
        }
        Decision::Pass
    }

    fn refused(&self, at: usize, rejection: &Rejection) -> Error {
        let message = rejection.message().to_owned();
        let error = Error::new(ErrorKind::Unauthenticated, message);
        self.challenged(error, Some((at, rejection)))
            .with_decided_by(self.rule(at, rejection.rule()))
    }

    fn missing(&self) -> Error {
        let error = Error::new(ErrorKind::Unauthenticated, "a credential is required");
        let rule = format!("{} missing", self.policy.name);
        self.challenged(error, None).with_decided_by(rule)
    }

    fn challenged(&self, error: Error, refused: Option<(usize, &Rejection)>) -> Error {
        let methods = self.policy.methods.iter().enumerate();
        let challenges = methods.filter_map(|(at, method)| {
            let why = refused.filter(|(refused, _)| *refused == at);
            Some((method.challenge()?, why.map(|(_, why)| why)))
        });
        match challenge::header(challenges) {
            Some(value) => error.with_challenge(value),
            None => error,
        }
    }

    fn rule(&self, at: usize, rule: &str) -> String {
        let method = self.policy.methods.get(at);
        let method = method.map_or("", |method| method.name());
        format!("{} {method} {rule}", self.policy.name)
    }
}
