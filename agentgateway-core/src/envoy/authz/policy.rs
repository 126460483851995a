use std::{fmt, sync::Arc};

use http::request;

use super::{GrpcService, HttpService, VerdictCache, service::Service};
use crate::{
    envoy::{
        FailureCounts,
        counts::{Counter, FailureCounters},
    },
    error::ErrorKind,
    policy::{Decision, FailureMode, Policy, Resume},
};

/// Asks an authorization service about each request. Clones are one policy.
///
/// See the [module](super) for what it does.
#[derive(Clone)]
pub struct ExtAuthz(Arc<Inner>);

#[derive(Clone)]
pub(super) struct Inner {
    pub(super) name: Arc<str>,
    pub(super) service: Service,
    pub(super) failure_mode: FailureMode,
    pub(super) failure_kind: ErrorKind,
    pub(super) refuses_by_error: bool,
    pub(super) principal: Arc<str>,
    pub(super) adds: bool,
    pub(super) cache: Option<VerdictCache>,
    pub(super) counters: Arc<Counters>,
}

/// What an [`ExtAuthz`] has done since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Requests that were allowed.
    pub allowed: u64,
    /// Requests that were denied.
    pub denied: u64,
    /// Of these: by a verdict that was kept.
    pub cached: u64,
    /// Requests about which the service gave no word.
    pub failures: FailureCounts,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) allowed: Counter,
    pub(super) denied: Counter,
    pub(super) cached: Counter,
    pub(super) failures: FailureCounters,
}

impl ExtAuthz {
    /// Asks by gRPC.
    #[must_use]
    pub fn grpc(service: GrpcService) -> Self {
        Self::new(Service::Grpc(Arc::new(service)))
    }

    /// Asks by plain HTTP.
    #[must_use]
    pub fn http(service: HttpService) -> Self {
        Self::new(Service::Http(Arc::new(service)))
    }

    fn new(service: Service) -> Self {
        Self(Arc::new(Inner {
            name: "ext_authz".into(),
            service,
            failure_mode: FailureMode::Closed,
            failure_kind: ErrorKind::Forbidden,
            refuses_by_error: false,
            principal: "sub".into(),
            adds: false,
            cache: None,
            counters: Arc::default(),
        }))
    }

    /// What errors and logs call the policy. Default: `ext_authz`.
    #[must_use]
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.change().name = name.into();
        self
    }

    /// What becomes of a request when the service gives no word. Default: it is refused.
    #[must_use]
    pub fn failure_mode(mut self, mode: FailureMode) -> Self {
        self.change().failure_mode = mode;
        self
    }

    /// What a client is told that is refused so, unless the service says that itself. Default:
    /// `Forbidden` (403).
    #[must_use]
    pub fn failure_kind(mut self, kind: ErrorKind) -> Self {
        self.change().failure_kind = kind;
        self
    }

    /// Says a refusal in the form of the client's protocol: by an error of the kind that the service's
    /// status means, with its fields and without its body. Default: the client is sent the service's
    /// answer.
    ///
    /// A redirection is sent in any case.
    #[must_use]
    pub fn refuse_by_error(mut self, yes: bool) -> Self {
        self.change().refuses_by_error = yes;
        self
    }

    /// The member of what the service says of a request ([`Metadata`](super::Metadata)) that names the
    /// caller. Default: `sub`. Where it is a text, a
    /// [`Principal`](crate::context::Principal) is written, whose claims are the metadata.
    #[must_use]
    pub fn principal(mut self, member: impl Into<Arc<str>>) -> Self {
        self.change().principal = member.into();
        self
    }

    /// Leaves what is known of a request already, and adds to it: [metadata](super::Metadata) under names
    /// that have none, and a caller where nobody is known. For a service that is asked behind another
    /// one, whose word it must not change. Default: what this one says takes the place.
    #[must_use]
    pub fn add_to_known(mut self, yes: bool) -> Self {
        self.change().adds = yes;
        self
    }

    /// Uses verdicts again. Default: the service is asked about every request.
    #[must_use]
    pub fn cache(mut self, cache: VerdictCache) -> Self {
        self.change().cache = Some(cache);
        self
    }

    /// What it has done.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let counters = &self.0.counters;
        Counts {
            allowed: counters.allowed.read(),
            denied: counters.denied.read(),
            cached: counters.cached.read(),
            failures: counters.failures.read(),
        }
    }

    fn change(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }
}

impl Policy for ExtAuthz {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        let inner = &self.0;
        let key = inner.cache.as_ref().and_then(|cache| cache.key(head));
        if let Some(verdict) = inner.kept(key.as_ref()) {
            return inner.again(&verdict, head);
        }
        let question = match inner.service.question(head) {
            Ok(question) => question,
            Err(error) => {
                inner.counters.denied.add();
                return Decision::Refuse(error);
            }
        };
        let inner = Arc::clone(inner);
        Decision::ask(async move {
            let answer = inner.service.ask(question).await;
            Resume::with(move |head| inner.conclude(answer, key, head))
        })
    }
}

impl fmt::Debug for ExtAuthz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtAuthz")
            .field("name", &self.0.name)
            .field("service", &self.0.service)
            .field("failure_mode", &self.0.failure_mode)
            .field("cache", &self.0.cache)
            .finish_non_exhaustive()
    }
}
