//! What comes of a verdict.

use std::sync::Arc;

use http::request;

use super::{
    Metadata,
    cache::Key,
    policy::Inner,
    verdict::{Allowed, AnswerEdits, Denied, Verdict},
};
use crate::{
    context::{AuthMethod, Principal, Written},
    envoy::{Failure, fields},
    error::Error,
    policy::{Decision, FailureMode},
};

const REFUSED: &str = "the request is not authorized";

impl Inner {
    pub(super) fn kept(&self, key: Option<&Key>) -> Option<Arc<Verdict>> {
        self.cache.as_ref()?.find(key?)
    }

    /// A verdict that was kept decides again.
    pub(super) fn again(&self, verdict: &Verdict, head: &mut request::Parts) -> Decision {
        self.counters.cached.add();
        match self.apply(verdict, head) {
            Ok(decision) => decision,
            Err(failure) => self.failed(failure, None, head),
        }
    }

    pub(super) fn conclude(
        &self,
        answer: Result<Verdict, Failure>,
        key: Option<Key>,
        head: &mut request::Parts,
    ) -> Decision {
        let verdict = match answer {
            Ok(Verdict::Failed(words)) => {
                let failure = Failure::Status(format!("HTTP {}", words.status.as_u16()));
                return self.failed(failure, Some(words), head);
            }
            Ok(verdict) => Arc::new(self.service.complete(verdict, head)),
            Err(failure) => return self.failed(failure, None, head),
        };
        match self.apply(&verdict, head) {
            Ok(decision) => {
                if let (Some(cache), Some(key)) = (&self.cache, key) {
                    cache.keep(key, &verdict, head);
                }
                decision
            }
            Err(failure) => self.failed(failure, None, head),
        }
    }

    fn apply(&self, verdict: &Verdict, head: &mut request::Parts) -> Result<Decision, Failure> {
        match verdict {
            Verdict::Allowed(allowed) => {
                let decision = self.allow(allowed, head)?;
                self.counters.allowed.add();
                Ok(decision)
            }
            Verdict::Denied(denied) | Verdict::Failed(denied) => {
                self.counters.denied.add();
                Ok(self.deny(denied, head))
            }
        }
    }

    fn allow(&self, allowed: &Allowed, head: &mut request::Parts) -> Result<Decision, Failure> {
        let target = allowed.parameters.apply(&head.uri);
        let target = target.map_err(|_| Failure::Invalid("it makes the target too long"))?;
        if let Some(target) = target {
            head.uri = target;
        }
        edit(allowed, head);
        self.tell(allowed, head);
        if allowed.answer.is_empty() {
            return Ok(Decision::Pass);
        }
        let edits = AnswerEdits(allowed.answer.clone());
        Ok(Decision::Follow(Box::new(edits)))
    }

    /// Writes what is known of the request by the service's word.
    fn tell(&self, allowed: &Allowed, head: &mut request::Parts) {
        // What another has said is not this one's word.
        let before = head.extensions.remove::<Metadata>();
        let before = before.filter(|_| self.adds);
        if allowed.metadata.is_empty() {
            if let Some(before) = before {
                head.extensions.insert(before);
            }
            return;
        }
        let name = allowed.metadata.get(&*self.principal);
        let name = name.and_then(|name| name.as_str());
        let is_free = !self.adds || head.extensions.get::<Principal>().is_none();
        if let Some(name) = name.filter(|name| is_free && !name.is_empty()) {
            Principal::new(AuthMethod::External, name)
                .with_claims(allowed.metadata.clone())
                .insert(&mut head.extensions);
        }
        let mut told = allowed.metadata.clone();
        for (name, value) in before.iter().flat_map(|before| before.members()) {
            told.insert(name.clone(), value.clone());
        }
        head.extensions.insert(Metadata::new(told));
    }

    fn deny(&self, denied: &Denied, head: &request::Parts) -> Decision {
        let redirected = self.service.redirected(denied.status, head);
        if self.refuses_by_error && redirected.is_none() {
            if let Some(error) = denied.error(REFUSED) {
                return Decision::Refuse(error);
            }
        }
        let response = redirected.unwrap_or_else(|| denied.response());
        tracing::info!(
            target: "agentgateway_core::envoy",
            policy = &*self.name,
            status = response.status().as_u16(),
            principal = head.extensions.get::<Principal>().map(Principal::name),
            "answered as the authorization service says"
        );
        Decision::answer(response)
    }

    /// `words` are the service's own.
    fn failed(
        &self,
        failure: Failure,
        words: Option<Denied>,
        head: &mut request::Parts,
    ) -> Decision {
        self.counters.failures.add(&failure, self.failure_mode);
        tracing::warn!(
            target: "agentgateway_core::envoy",
            policy = &*self.name,
            reason = failure.as_str(),
            mode = ?self.failure_mode,
            error = &failure as &dyn std::error::Error,
            "the authorization service gave no word"
        );
        match self.failure_mode {
            FailureMode::Open => {
                for name in self
                    .service
                    .own_fields()
                    .iter()
                    .filter(|name| fields::is_free(name))
                {
                    head.headers.remove(name);
                }
                Decision::Pass
            }
            FailureMode::Closed => match words {
                Some(words) => self.deny(&words, head),
                None => {
                    let message = "the request cannot be authorized now";
                    Decision::Refuse(Error::new(self.failure_kind, message).with_source(failure))
                }
            },
        }
    }
}

/// Changes the fields of a request, and notes what is written: who forwards by a list would drop it.
fn edit(allowed: &Allowed, head: &mut request::Parts) {
    if allowed.set.is_empty() && allowed.remove.is_empty() {
        return;
    }
    let known = head.extensions.remove::<Written>();
    let mut written = known.unwrap_or_default();
    for edit in &allowed.set {
        edit.note(&head.headers, &mut written);
        edit.apply(&mut head.headers);
    }
    for name in &allowed.remove {
        head.headers.remove(name);
    }
    written.retain(&head.headers);
    if !written.is_empty() {
        head.extensions.insert(written);
    }
}
