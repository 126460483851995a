//! Rules as a listener serves them: with the policies of all levels.

use std::sync::Arc;

use agentgateway_core::route::{HeaderEdit, Hostname};
use http::HeaderName;

use super::policies::{Layer, Policies, Traffic};
use super::routes::{RouteDraft, RuleDraft};
use super::settings::fill_backend;
use crate::config::snapshot::{Action, BackendSettings, Filters, Outcome, Rule, WeightedBackend};

/// The rules of a route on one listener, in their order.
pub(super) fn rules(
    draft: &RouteDraft<'_>,
    hostnames: &[Hostname],
    listener: &Layer,
    policies: &Policies<'_>,
) -> Vec<Rule> {
    let route = &draft.view.object.reference;
    let rules = draft.rules.iter().map(|(index, rule)| {
        let mut layer = policies.rule(route, rule.name.as_deref());
        layer.over(listener);
        let mut found = Rule::new(route.clone(), *index, action(rule, &layer));
        found.name.clone_from(&rule.name);
        found.hostnames = hostnames.to_vec();
        found.matches.clone_from(&rule.matches);
        found.filters = filters(&rule.filters, &layer.traffic);
        guard_copies(&mut found.filters, &layer);
        let mut decided = layer.traffic.policies.clone();
        // The rule's own word beats that of policies.
        decided.retry = rule.retry.clone().or(decided.retry);
        found.policies = Arc::new(decided);
        found.timeouts = rule.timeouts;
        let request = found.timeouts.request;
        found.timeouts.request = request.or(layer.traffic.request_timeout);
        found
    });
    rules.collect()
}

/// What answers, with what the policies of Gateway, listener, route and rule say of backends.
fn action(rule: &RuleDraft, layer: &Layer) -> Action {
    if let Some(reason) = layer.closed.requests() {
        return Action::Invalid(reason);
    }
    let Action::Forward(backends) = &rule.action else {
        return rule.action.clone();
    };
    if layer.backend == BackendSettings::default() && layer.closed.is_empty() {
        return rule.action.clone();
    }
    let with = |backend: &WeightedBackend| {
        let mut found = backend.clone();
        found.outcome = filled(&backend.outcome, &layer.backend, layer);
        guard_copies(&mut found.filters, layer);
        found
    };
    Action::Forward(backends.iter().map(with).collect())
}

/// What a reference led to, with these settings under its own, unless policies close it.
fn filled(outcome: &Outcome, under: &BackendSettings, layer: &Layer) -> Outcome {
    let Outcome::Backend(backend) = outcome else {
        return outcome.clone();
    };
    let mut backend = backend.as_ref().clone();
    fill_backend(&mut backend, under);
    match layer.closed.backend(&backend.kind) {
        Some(reason) => Outcome::Invalid(reason),
        None => Outcome::Backend(Arc::new(backend)),
    }
}

/// What keeps requests from a backend keeps copies of them from it; nothing else of the policies is for
/// copies.
fn guard_copies(filters: &mut Filters, layer: &Layer) {
    let guards = layer.backend.policies.guards();
    if guards.is_empty() && layer.closed.is_empty() {
        return;
    }
    let under = BackendSettings {
        policies: Arc::new(guards),
        ..BackendSettings::default()
    };
    for mirror in &mut filters.mirrors {
        mirror.target = filled(&mirror.target, &under, layer);
    }
}

/// What the rule itself says beats what policies say.
fn filters(own: &Filters, traffic: &Traffic) -> Filters {
    let mut found = own.clone();
    if let Some((request, response)) = &traffic.headers {
        found.request = over(&own.request, request);
        found.response = over(&own.response, response);
    }
    found.cors = found.cors.or_else(|| traffic.cors.clone());
    found.backend_host = traffic.backend_host;
    found
}

/// One edit over another: of a header that both name, the first says all.
fn over(own: &HeaderEdit, under: &HeaderEdit) -> HeaderEdit {
    let named = |name: &HeaderName| {
        own.remove.contains(name) || own.set.iter().chain(&own.add).any(|(own, _)| own == name)
    };
    let mut found = own.clone();
    let free = under.set.iter().filter(|(name, _)| !named(name));
    found.set.extend(free.cloned());
    let free = under.add.iter().filter(|(name, _)| !named(name));
    found.add.extend(free.cloned());
    let free = under.remove.iter().filter(|name| !named(name));
    found.remove.extend(free.cloned());
    found
}
