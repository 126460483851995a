use agentgateway_core::telemetry::TraceContext;

use super::{Described, EnvironmentSampler, Rule, rule::takes};
use crate::{
    expression::Facts,
    telemetry::{TracingPolicy, stats::ExportStats},
};

/// Which requests are traced.
#[derive(Clone, Debug)]
pub(crate) struct Sampling {
    random: Rule,
    client: Client,
    pub(crate) random_described: Described,
    pub(crate) client_described: Described,
}

/// What holds for a request that comes with a trace.
#[derive(Clone, Debug)]
enum Client {
    /// What the client recorded is recorded.
    Honoured,
    /// A rule, whatever the client did.
    Ruled(Rule),
}

/// What becomes of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It is traced, in this trace.
    Sampled(u128),
    /// It is not, and what is behind should know: the trace that it would have been.
    Unsampled(u128),
    /// It is not traced, and its headers say so already, or need not.
    Untouched,
}

impl Sampling {
    /// As the environment says.
    pub(crate) fn environment(named: Option<&(EnvironmentSampler, String)>) -> Self {
        let (sampler, origin) = match named {
            Some((sampler, origin)) => (*sampler, origin.clone()),
            None => (EnvironmentSampler::default(), "default".to_owned()),
        };
        let described = Described {
            text: sampler.text(),
            origin,
        };
        let random = Rule::Share(sampler.share);
        Self {
            client: if sampler.parent_based {
                Client::Honoured
            } else {
                Client::Ruled(random.clone())
            },
            random,
            random_described: described.clone(),
            client_described: described,
        }
    }

    /// As a policy says, over the environment.
    pub(crate) fn policy(
        policy: &TracingPolicy,
        named: Option<&(EnvironmentSampler, String)>,
    ) -> Self {
        let environment = Self::environment(named);
        let described = |text: &str, field: &str| Described {
            text: text.to_owned(),
            origin: format!("policy {} {field}", policy.origin),
        };
        let usual = |text: &str| Described {
            text: text.to_owned(),
            origin: "default".to_owned(),
        };
        let (random, random_described) = match (&policy.random_sampling, named) {
            (Some(asked), _) => (Rule::of(asked), described(asked.text(), "randomSampling")),
            (None, Some(_)) => (environment.random, environment.random_described),
            (None, None) => (Rule::Share(0.0), usual("off: randomSampling is not set")),
        };
        let silent = policy.random_sampling.is_none() && named.is_some();
        let (client, client_described) = match &policy.client_sampling {
            Some(asked) => (
                Client::Ruled(Rule::of(asked)),
                described(asked.text(), "clientSampling"),
            ),
            None if silent => (environment.client, environment.client_described),
            None => (Client::Honoured, usual("as the client recorded")),
        };
        Self {
            random,
            client,
            random_described,
            client_described,
        }
    }

    /// Decides on a request. `fresh` makes the id of a new trace.
    pub(crate) fn decide(
        &self,
        parent: Option<&TraceContext>,
        facts: &Facts<'_>,
        fresh: impl FnOnce() -> u128,
        stats: &ExportStats,
    ) -> Decision {
        let share = |rule: &Rule| {
            rule.share(facts).unwrap_or_else(|()| {
                stats.expression_errors.inc();
                0.0
            })
        };
        let Some(parent) = parent else {
            let share = share(&self.random);
            // Nothing of this gateway's is in any trace: what is behind decides for itself.
            if share <= 0.0 {
                return Decision::Untouched;
            }
            let trace = fresh();
            return if takes(share, trace) {
                Decision::Sampled(trace)
            } else {
                Decision::Unsampled(trace)
            };
        };
        let trace = parent.trace_id();
        let sampled = match &self.client {
            Client::Honoured => parent.is_sampled(),
            Client::Ruled(rule) => takes(share(rule), trace),
        };
        match (sampled, parent.is_sampled()) {
            (true, _) => Decision::Sampled(trace),
            (false, true) => Decision::Unsampled(trace),
            (false, false) => Decision::Untouched,
        }
    }

    /// Decides on a trace that a message names, not the request's headers; `outer` is what was
    /// decided on the request. A rule that asks about the request follows that.
    pub(crate) fn decide_inner(&self, trace_id: u128, sampled: bool, outer: bool) -> bool {
        match &self.client {
            Client::Honoured => sampled,
            Client::Ruled(Rule::Share(share)) => takes(*share, trace_id),
            Client::Ruled(Rule::Asked(_)) => outer,
        }
    }
}
