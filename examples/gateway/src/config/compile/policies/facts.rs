//! The conditions of policies.

use std::collections::{BTreeMap, BTreeSet};

use super::one::Policy;
use super::table::{Policies, Target, targets};
use crate::config::compile::fault::{
    Notes, explained, joined, not_implemented, note_not_implemented,
};
use crate::config::compile::lookup::{AGENTGATEWAY, GATEWAY, kind_name};
use crate::config::compile::{
    AncestorFacts, AncestorRef, Claim, Context, Fault, GatewayFacts, PolicyFacts, Severity,
};
use crate::config::object::Object;
use crate::config::resource::Reference;
use crate::config::suggest::did_you_mean;

/// How many ancestors a status may have.
const MAX_ANCESTORS: usize = 16;

/// From what is targeted to the Gateways that it has an effect on.
#[derive(Debug)]
pub(in crate::config::compile) struct Ancestry<'a> {
    pub(in crate::config::compile) gateways: &'a BTreeMap<Reference, GatewayFacts>,
    /// The Gateways of routes and backends.
    pub(in crate::config::compile) of: BTreeMap<Reference, BTreeSet<Reference>>,
}

/// What is known of all policies.
pub(in crate::config::compile) fn facts(
    context: &Context<'_>,
    policies: &Policies<'_>,
    ancestry: &Ancestry<'_>,
    notes: &mut Notes,
) -> BTreeMap<Reference, PolicyFacts> {
    let mut found = BTreeMap::new();
    for policy in &policies.all {
        note_not_implemented(notes, policy.object);
        for fault in &policy.invalid {
            notes.error(policy.object, "Accepted", fault);
        }
        for fault in &policy.unresolved {
            notes.error(policy.object, "ResolvedRefs", fault);
        }
        for fault in &policy.doubts {
            notes.add(Severity::Warning, policy.object, "Accepted", fault);
        }
        let generation = policy.object.generation;
        let ancestors = ancestors(context, policies, policy, ancestry, notes);
        let facts = PolicyFacts {
            generation,
            ancestors,
        };
        found.insert(policy.object.reference.clone(), facts);
    }
    found
}

fn ancestors(
    context: &Context<'_>,
    policies: &Policies<'_>,
    policy: &Policy<'_>,
    ancestry: &Ancestry<'_>,
    notes: &mut Notes,
) -> Vec<AncestorFacts> {
    let mut by_gateway: BTreeMap<Reference, Vec<Target>> = BTreeMap::new();
    let mut pending = Vec::new();
    let named = targets(context, policy);
    if named.is_empty() {
        let message = "no object has the labels of the targetSelectors";
        let fault = Fault::new("spec.targetSelectors", "Pending", message);
        notes.error(policy.object, "Attached", &fault);
        pending.push(fault);
    }
    for (path, target) in named {
        match gateways(context, policy.object, &target, &path, ancestry) {
            Ok(gateways) => {
                for gateway in gateways {
                    by_gateway.entry(gateway).or_default().push(target.clone());
                }
            }
            Err(fault) => {
                notes.error(policy.object, "Attached", &fault);
                pending.push(fault);
            }
        }
    }
    let accepted = accepted(policy);
    let mut found: Vec<_> = by_gateway
        .iter()
        .map(|(gateway, targets)| AncestorFacts {
            ancestor: AncestorRef::gateway(gateway),
            claims: vec![
                accepted.clone(),
                attached(policies, policy, (gateway, targets), &accepted, notes),
                resolved(policy),
            ],
        })
        .collect();
    let left_out = found.len().saturating_sub(MAX_ANCESTORS - 1);
    if found.len() > MAX_ANCESTORS || (!pending.is_empty() && left_out > 0) {
        found.truncate(MAX_ANCESTORS - 1);
        found.push(summary(&accepted, &pending, policy, left_out));
    } else if !pending.is_empty() {
        found.push(summary(&accepted, &pending, policy, 0));
    }
    found
}

/// What stands for targets that are not there, and for Gateways beyond the fifteenth.
fn summary(
    accepted: &Claim,
    pending: &[Fault],
    policy: &Policy<'_>,
    left_out: usize,
) -> AncestorFacts {
    let attached = match pending {
        [] => Claim::yes("Attached", "Attached", "the policy is attached"),
        faults => {
            let message = format!("Policy is not attached: {}", joined(faults));
            Claim::no("Attached", "Pending", message)
        }
    };
    let mut claims = vec![accepted.clone(), attached, resolved(policy)];
    if left_out > 0 {
        let message = format!("{left_out} more Gateways are not listed");
        claims.push(Claim::yes("StatusSummarized", "StatusSummary", message));
    }
    AncestorFacts {
        ancestor: AncestorRef::summary(),
        claims,
    }
}

/// The Gateways that a policy has an effect on through a target; none when it is not ours.
///
/// # Errors
/// The target is not there, with what was probably meant.
fn gateways(
    context: &Context<'_>,
    policy: &Object,
    target: &Target,
    path: &str,
    ancestry: &Ancestry<'_>,
) -> Result<BTreeSet<Reference>, Fault> {
    let wanted = &target.reference;
    let pending = |message: String| Fault::new(path, "Pending", message);
    let Some(object) = context.store.get(wanted) else {
        return Err(pending(missing(context, policy, wanted)));
    };
    match (wanted.group.as_str(), wanted.kind.as_str()) {
        (GATEWAY, "Gateway") => match ancestry.gateways.get(wanted) {
            None => Ok(BTreeSet::new()),
            Some(facts) => listener(facts, target)
                .map(|()| BTreeSet::from([wanted.clone()]))
                .map_err(|message| pending(format!("{wanted} {message}"))),
        },
        (GATEWAY, "HTTPRoute" | "GRPCRoute") => {
            rule(object, target).map_err(|message| pending(format!("{wanted} {message}")))?;
            let found = ancestry.of.get(wanted).cloned().unwrap_or_default();
            let lost = || {
                pending(format!(
                    "{wanted} is attached to no Gateway of this controller"
                ))
            };
            if found.is_empty() {
                Err(lost())
            } else {
                Ok(found)
            }
        }
        ("", "Service") | (AGENTGATEWAY, "AgentgatewayBackend") => {
            part(object, target).map_err(|message| pending(format!("{wanted} {message}")))?;
            let found = ancestry.of.get(wanted).cloned().unwrap_or_default();
            let lost = || pending(format!("no attached route leads to {wanted}"));
            if found.is_empty() {
                Err(lost())
            } else {
                Ok(found)
            }
        }
        (group, kind) => Err(pending(format!(
            "policies cannot target {} here",
            kind_name(group, kind)
        ))),
    }
}

fn missing(context: &Context<'_>, policy: &Object, wanted: &Reference) -> String {
    let mut message = format!(
        "targetRef {}/{} not found in namespace {}",
        wanted.kind, wanted.name, policy.reference.namespace
    );
    if let Some(hint) = context.near_miss(wanted) {
        let hint = match hint.strip_prefix("it exists in namespace ") {
            Some(elsewhere) => {
                format!("exists in {elsewhere}; targetRefs cannot cross namespaces")
            }
            None => hint,
        };
        message.push_str(&format!(" ({hint})"));
    }
    message
}

fn listener(facts: &GatewayFacts, target: &Target) -> Result<(), String> {
    if let Some(name) = &target.section {
        let names = || {
            facts
                .listeners
                .iter()
                .map(|listener| listener.name.as_str())
        };
        if !names().any(|known| known == name) {
            let hint = did_you_mean(name, names());
            let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            return Err(format!("has no listener {name}{hint}"));
        }
    }
    match target.port {
        Some(port) if facts.listeners.iter().all(|it| it.port != port) => {
            Err(format!("has no listener on port {port}"))
        }
        _ => Ok(()),
    }
}

fn rule(object: &Object, target: &Target) -> Result<(), String> {
    let Some(name) = &target.section else {
        return Ok(());
    };
    let http = object
        .spec
        .http_route()
        .into_iter()
        .flat_map(|it| &it.rules);
    let http = http.filter_map(|rule| rule.name.as_deref());
    let grpc = object
        .spec
        .grpc_route()
        .into_iter()
        .flat_map(|it| &it.rules);
    let names: Vec<&str> = http
        .chain(grpc.filter_map(|rule| rule.name.as_deref()))
        .collect();
    named(name, names, "rule named")
}

/// A part of a backend is one of its servers of MCP, or of its providers.
fn part(object: &Object, target: &Target) -> Result<(), String> {
    let (Some(name), Some(backend)) = (&target.section, object.spec.backend()) else {
        return Ok(());
    };
    let servers = || backend.mcp.iter().flat_map(|it| &it.targets);
    if servers().any(|target| target.selector.is_some()) {
        return Ok(());
    }
    let groups = backend.ai.iter().flat_map(|it| it.groups.iter().flatten());
    let providers = groups.flat_map(|group| &group.providers);
    let alone = backend.ai.iter().filter_map(|it| it.provider.as_ref());
    // One that stands alone has the name of its backend where it has none.
    let providers = providers
        .chain(alone)
        .map(|it| it.name.as_deref().unwrap_or(&object.reference.name));
    let names: Vec<&str> = servers()
        .map(|target| target.name.as_str())
        .chain(providers)
        .collect();
    named(name, names, "target or provider")
}

/// # Errors
/// The name is none of these, with what was probably meant.
fn named(name: &str, names: Vec<&str>, what: &str) -> Result<(), String> {
    if names.contains(&name) {
        return Ok(());
    }
    let hint = did_you_mean(name, names);
    let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
    Err(format!("has no {what} {name}{hint}"))
}

/// Whether all of the policy, a part of it or nothing has an effect.
fn accepted(policy: &Policy<'_>) -> Claim {
    let faults: Vec<&Fault> = policy.invalid.iter().chain(&policy.unresolved).collect();
    let unimplemented = not_implemented(policy.object);
    let texts = faults.iter().map(|fault| fault.message.clone());
    let message: Vec<String> = texts.chain(unimplemented.clone()).collect();
    let message = message.join("; ");
    if policy.object.unimplemented.iter().any(|field| field.guards) {
        return Claim::no("Accepted", "NotImplemented", message);
    }
    if faults.is_empty() {
        return match unimplemented {
            None => Claim::yes("Accepted", "Valid", "Policy accepted"),
            Some(_) => Claim::yes("Accepted", "PartiallyValid", message),
        };
    }
    if !policy.layer.closed.is_empty() {
        let message =
            format!("{message}; until this is put right, what the policy is for answers 500");
        return Claim::no("Accepted", "Invalid", message);
    }
    let denied = matches!(
        policy.layer.frontend.tracing,
        Some(crate::telemetry::TracingState::Denied { .. })
    );
    let mut effective = policy.layer.fields();
    effective.retain(|field| !(denied && *field == "frontend.tracing"));
    if effective.is_empty() {
        Claim::no("Accepted", "Invalid", message)
    } else {
        Claim::yes("Accepted", "PartiallyValid", message)
    }
}

fn attached(
    policies: &Policies<'_>,
    policy: &Policy<'_>,
    (gateway, targets): (&Reference, &[Target]),
    accepted: &Claim,
    notes: &mut Notes,
) -> Claim {
    if !accepted.holds() && !policy.layer.closed.is_empty() {
        let message = "Policy is attached, and closes what it is for";
        return Claim::yes("Attached", "Attached", message);
    }
    if !accepted.holds() {
        let message = format!("Policy is not attached: {}", accepted.message);
        return Claim::no("Attached", "Pending", message);
    }
    let lost: Vec<_> = targets
        .iter()
        .map(|target| policies.lost(policy, target, gateway))
        .collect();
    let of = policy.layer.told_fields().len();
    let texts: BTreeSet<String> = lost
        .iter()
        .flatten()
        .map(|it| format!("{} is that of {}, which {}", it.field, it.winner, it.why))
        .collect();
    if texts.is_empty() {
        return Claim::yes("Attached", "Attached", "Policy is attached");
    }
    let message = texts.into_iter().collect::<Vec<_>>().join("; ");
    let mut each = lost.iter();
    let whole = each.all(|lost| lost.iter().filter(|it| it.everywhere).count() == of);
    let claim = if whole {
        Claim::no("Attached", "Overridden", message)
    } else {
        Claim::yes("Attached", "Merged", message)
    };
    let fault = Fault::new("spec", claim.reason, &*claim.message);
    notes.add(Severity::Warning, policy.object, "Attached", &fault);
    claim
}

fn resolved(policy: &Policy<'_>) -> Claim {
    match policy.unresolved.as_slice() {
        [] => Claim::yes("ResolvedRefs", "ResolvedRefs", "all references resolve"),
        [first, ..] => Claim::no("ResolvedRefs", first.reason, explained(&policy.unresolved)),
    }
}
