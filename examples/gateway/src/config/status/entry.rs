//! From facts to the status of all objects.

use super::condition::conditions;
use super::gateway::gateway;
use super::{
    AncestorStatus, BackendStatus, Bound, ClassStatus, Condition, ObjectStatus, ParentStatus,
    PolicyStatus, RouteStatus, StatusSet, SupportedFeature, Timestamp,
};
use crate::config::compile::{AncestorFacts, Facts, ParentFacts};

/// The features of Gateway API that are served beyond those that every one must, by name.
const FEATURES: &[&str] = &[
    "GRPCRoute",
    "Gateway",
    "GatewayHTTPListenerIsolation",
    "GatewayPort8080",
    "GatewayStaticAddresses",
    "HTTPRoute",
    "HTTPRoute303RedirectStatusCode",
    "HTTPRoute307RedirectStatusCode",
    "HTTPRoute308RedirectStatusCode",
    "HTTPRouteBackendProtocolH2C",
    "HTTPRouteBackendRequestHeaderModification",
    "HTTPRouteBackendTimeout",
    "HTTPRouteCORS",
    "HTTPRouteHostRewrite",
    "HTTPRouteMethodMatching",
    "HTTPRouteNamedRouteRule",
    "HTTPRouteParentRefPort",
    "HTTPRoutePathRedirect",
    "HTTPRoutePathRewrite",
    "HTTPRoutePortRedirect",
    "HTTPRouteQueryParamMatching",
    "HTTPRouteRequestMirror",
    "HTTPRouteRequestMultipleMirrors",
    "HTTPRouteRequestPercentageMirror",
    "HTTPRouteRequestTimeout",
    "HTTPRouteResponseHeaderModification",
    "HTTPRouteSchemeRedirect",
    "ReferenceGrant",
];

/// The status of all objects that are ours to judge.
///
/// `previous` gives the times of conditions whose status is the same; `now` is that of the others.
/// Given its own result, it changes nothing.
#[must_use]
pub fn status(
    facts: &Facts,
    bound: &Bound,
    previous: Option<&StatusSet>,
    now: &Timestamp,
) -> StatusSet {
    let mut set = StatusSet::default();
    judged(facts, previous, now, &mut set);
    for (reference, facts) in &facts.gateways {
        let known = match previous.and_then(|previous| previous.get(reference)) {
            Some(ObjectStatus::Gateway(last)) => Some(last),
            _ => None,
        };
        let status = ObjectStatus::Gateway(gateway(reference, facts, bound, known, now));
        set.objects.insert(reference.clone(), status);
    }
    referring(facts, previous, now, &mut set);
    set
}

/// The status of objects that stand for themselves: GatewayClasses and backends.
fn judged(facts: &Facts, previous: Option<&StatusSet>, now: &Timestamp, set: &mut StatusSet) {
    let last = |reference| previous.and_then(|previous| previous.get(reference));
    for (reference, class) in &facts.classes {
        let known = match last(reference) {
            Some(ObjectStatus::Class(last)) => last.conditions.as_slice(),
            _ => &[],
        };
        let features = FEATURES.iter().map(|name| SupportedFeature { name });
        let status = ClassStatus {
            conditions: conditions(&class.claims, class.generation, known, now),
            supported_features: features.collect(),
        };
        let status = ObjectStatus::Class(status);
        set.objects.insert(reference.clone(), status);
    }
    for (reference, backend) in &facts.backends {
        let known = match last(reference) {
            Some(ObjectStatus::Backend(last)) => last.conditions.as_slice(),
            _ => &[],
        };
        let conditions = conditions(&backend.claims, backend.generation, known, now);
        let status = ObjectStatus::Backend(BackendStatus { conditions });
        set.objects.insert(reference.clone(), status);
    }
}

/// The status of routes and policies.
fn referring(facts: &Facts, previous: Option<&StatusSet>, now: &Timestamp, set: &mut StatusSet) {
    let last = |reference| previous.and_then(|previous| previous.get(reference));
    for (reference, route) in &facts.routes {
        let known = match last(reference) {
            Some(ObjectStatus::Route(last)) => last.parents.as_slice(),
            _ => &[],
        };
        let parents = route.parents.iter();
        let parents = parents.map(|it| parent(it, &facts.controller, route.generation, known, now));
        let parents = parents.collect();
        let status = ObjectStatus::Route(RouteStatus { parents });
        set.objects.insert(reference.clone(), status);
    }
    for (reference, policy) in &facts.policies {
        let known = match last(reference) {
            Some(ObjectStatus::Policy(last)) => last.ancestors.as_slice(),
            _ => &[],
        };
        let ancestors = policy.ancestors.iter();
        let ancestors =
            ancestors.map(|it| ancestor(it, &facts.controller, policy.generation, known, now));
        let ancestors = ancestors.collect();
        let status = ObjectStatus::Policy(PolicyStatus { ancestors });
        set.objects.insert(reference.clone(), status);
    }
}

fn parent(
    facts: &ParentFacts,
    controller: &str,
    generation: i64,
    last: &[ParentStatus],
    now: &Timestamp,
) -> ParentStatus {
    let last = last.iter().find(|last| last.parent_ref == facts.parent);
    let last: &[Condition] = last.map_or(&[], |last| &last.conditions);
    ParentStatus {
        parent_ref: facts.parent.clone(),
        controller_name: controller.to_owned(),
        conditions: conditions(&facts.claims, generation, last, now),
    }
}

fn ancestor(
    facts: &AncestorFacts,
    controller: &str,
    generation: i64,
    last: &[AncestorStatus],
    now: &Timestamp,
) -> AncestorStatus {
    let last = last.iter().find(|last| last.ancestor_ref == facts.ancestor);
    let last: &[Condition] = last.map_or(&[], |last| &last.conditions);
    AncestorStatus {
        ancestor_ref: facts.ancestor.clone(),
        controller_name: controller.to_owned(),
        conditions: conditions(&facts.claims, generation, last, now),
    }
}
