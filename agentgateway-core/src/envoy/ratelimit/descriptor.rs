use std::{fmt, sync::Arc};

use http::request;

use super::LimitOverride;
use crate::envoy::wire::ratelimit::{Entry, RateLimitDescriptor, RateLimitRequest};

/// What one limit of the service goes by: names and their values, in order.
///
/// Which limit that is, the service's own configuration says.
#[derive(Clone, Default)]
pub struct Descriptor {
    entries: Vec<(Arc<str>, Read<String>)>,
    cost: Option<Arc<dyn Fn(&request::Parts) -> u64 + Send + Sync>>,
    limit: Option<Read<LimitOverride>>,
    tokens: bool,
}

type Read<T> = Arc<dyn Fn(&request::Parts) -> Option<T> + Send + Sync>;

impl Descriptor {
    /// One without an entry, which is never asked about.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry whose value is read from a request. Where it has none, the descriptor is left
    /// out.
    #[must_use]
    pub fn entry(
        mut self,
        name: impl Into<Arc<str>>,
        value: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.entries.push((name.into(), Arc::new(value)));
        self
    }

    /// Adds an entry that is the same for all requests.
    #[must_use]
    pub fn constant(self, name: impl Into<Arc<str>>, value: impl Into<String>) -> Self {
        let value = value.into();
        self.entry(name, move |_| Some(value.clone()))
    }

    /// How much a request adds (`hits_addend`). Default: 1. With 0 the service is asked whether there
    /// is room, and nothing is added.
    ///
    /// Where [tokens](Self::tokens) are counted, this is what is known before the call, such as a
    /// reservation; default: 0. What is used beyond it is added after.
    #[must_use]
    pub fn cost(mut self, cost: impl Fn(&request::Parts) -> u64 + Send + Sync + 'static) -> Self {
        self.cost = Some(Arc::new(cost));
        self
    }

    /// A limit in the place of the service's own, where this function gives one. Default: none.
    #[must_use]
    pub fn limit_override(
        mut self,
        limit: impl Fn(&request::Parts) -> Option<LimitOverride> + Send + Sync + 'static,
    ) -> Self {
        self.limit = Some(Arc::new(limit));
        self
    }

    /// Counts tokens in place of requests: the service is told of them when the exchange has ended,
    /// so that they count for the requests that follow. Default: requests.
    #[must_use]
    pub const fn tokens(mut self) -> Self {
        self.tokens = true;
        self
    }

    /// `None` where an entry has no value.
    fn message(&self, head: &request::Parts) -> Option<RateLimitDescriptor> {
        let entries: Option<Vec<_>> = self
            .entries
            .iter()
            .map(|(name, read)| {
                Some(Entry {
                    key: (**name).to_owned(),
                    value: read(head)?,
                })
            })
            .collect();
        let cost = self.cost.as_ref().map(|cost| cost(head));
        Some(RateLimitDescriptor {
            entries: entries.filter(|entries| !entries.is_empty())?,
            limit: self
                .limit
                .as_ref()
                .and_then(|limit| limit(head))
                .map(LimitOverride::message),
            hits_addend: cost.or(self.tokens.then_some(0)),
        })
    }
}

impl fmt::Debug for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.entries.iter().map(|(name, _)| name);
        f.write_str(if self.tokens {
            "tokens by "
        } else {
            "requests by "
        })?;
        f.debug_list().entries(names).finish()
    }
}

/// What the service is asked of a request, and what it is told when its tokens are known.
pub(super) struct Questions {
    pub(super) before: RateLimitRequest,
    pub(super) after: Option<RateLimitRequest>,
}

/// `None` where nothing limits the request.
pub(super) fn questions(
    domain: &str,
    descriptors: &[Descriptor],
    head: &request::Parts,
) -> Option<Questions> {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for descriptor in descriptors {
        let Some(message) = descriptor.message(head) else {
            continue;
        };
        if descriptor.tokens {
            after.push(message.clone());
        }
        before.push(message);
    }
    let request = |descriptors: Vec<RateLimitDescriptor>| {
        (!descriptors.is_empty()).then(|| RateLimitRequest {
            domain: domain.to_owned(),
            hits_addend: common_cost(&descriptors),
            descriptors,
        })
    };
    Some(Questions {
        before: request(before)?,
        after: request(after),
    })
}

/// The cost that all have in common: services of old know no cost of a descriptor's own.
pub(super) fn common_cost(descriptors: &[RateLimitDescriptor]) -> u32 {
    let mut costs = descriptors.iter().map(|descriptor| descriptor.hits_addend);
    let first = costs.next().flatten();
    if costs.any(|cost| cost != first) {
        return 0;
    }
    first.map_or(0, |cost| u32::try_from(cost).unwrap_or(u32::MAX))
}
