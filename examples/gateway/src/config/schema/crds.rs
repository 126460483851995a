//! The types against the CRDs that they are written after.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::shape::{Shape, shape_of};
use crate::config::File;
use crate::config::object::field::member;
use crate::config::object::kinds::KINDS;
use crate::config::yaml::parse;

/// Where the types differ from the CRDs, and are meant to.
///
/// Of a type that stands in several places, a field that one of them has not is refused by a rule
/// or has no effect; a LocalProcess is our own; fields of the experimental channel are known; Flux
/// is read leniently; a quantity's bounds are those of its rule; an operator that is none is a
/// fault here at once. What is marked as an extension says so itself, and is none of the CRD's.
const MEANT: &[&str] = &[
    "AgentgatewayBackend.ai.groups[].providers[].anthropic.moderation: here alone",
    "AgentgatewayBackend.ai.groups[].providers[].custom.backendRef.namespace: here alone",
    "AgentgatewayBackend.ai.groups[].providers[].gemini.moderation: here alone",
    "AgentgatewayBackend.ai.groups[].providers[].policies.extAuth: here alone",
    "AgentgatewayBackend.ai.groups[].providers[].policies.mcp: here alone",
    "AgentgatewayBackend.ai.groups[].providers[]: required",
    "AgentgatewayBackend.ai.provider.anthropic.moderation: here alone",
    "AgentgatewayBackend.ai.provider.custom.backendRef.namespace: here alone",
    "AgentgatewayBackend.ai.provider.gemini.moderation: here alone",
    "AgentgatewayBackend.ai.provider.name: here alone",
    "AgentgatewayBackend.ai.provider.policies: here alone",
    "AgentgatewayBackend.mcp.targets[].selector.namespaces.matchExpressions[].operator: values",
    "AgentgatewayBackend.mcp.targets[].selector.services.matchExpressions[].operator: values",
    "AgentgatewayBackend.mcp.targets[].static.backendRef.group: here alone",
    "AgentgatewayBackend.mcp.targets[].static.backendRef.kind: here alone",
    "AgentgatewayBackend.mcp.targets[].static.backendRef.name: length",
    "AgentgatewayBackend.mcp.targets[].static.backendRef: required",
    "AgentgatewayBackend.mcp.targets[].static: required",
    "AgentgatewayBackend.policies.extAuth.forwardBody.maxSize: range",
    "AgentgatewayParameters.env[].valueFrom.resourceFieldRef.divisor: range",
    "AgentgatewayPolicy.backend.extAuth.forwardBody.maxSize: range",
    "AgentgatewayPolicy.frontend.http.http2ConnectionWindowSize: range",
    "AgentgatewayPolicy.frontend.http.http2FrameSize: range",
    "AgentgatewayPolicy.frontend.http.http2MaxHeaderSize: range",
    "AgentgatewayPolicy.frontend.http.http2WindowSize: range",
    "AgentgatewayPolicy.frontend.http.maxBufferSize: range",
    "AgentgatewayPolicy.traffic.buffer.request.maxBytes: range",
    "AgentgatewayPolicy.traffic.buffer.response.maxBytes: range",
    "AgentgatewayPolicy.traffic.extAuth.conditional[].policy.forwardBody.maxSize: range",
    "AgentgatewayPolicy.traffic.extAuth.forwardBody.maxSize: range",
    "GRPCRoute.rules[].sessionPersistence: here alone",
    "GRPCRoute.useDefaultGateways: here alone",
    "Gateway.allowedListeners.namespaces.selector.matchExpressions[].operator: values",
    "Gateway.defaultScope: here alone",
    "Gateway.listeners[].allowedRoutes.namespaces.selector.matchExpressions[].operator: values",
    "HTTPRoute.rules[].backendRefs[].filters[].externalAuth: here alone",
    "HTTPRoute.rules[].backendRefs[].filters[].type: values",
    "HTTPRoute.rules[].filters[].externalAuth: here alone",
    "HTTPRoute.rules[].filters[].type: values",
    "HTTPRoute.rules[].retry: here alone",
    "HTTPRoute.rules[].sessionPersistence: here alone",
    "HTTPRoute.rules[].timeouts.backendRequest: length",
    "HTTPRoute.rules[].timeouts.request: length",
    "HTTPRoute.useDefaultGateways: here alone",
];

fn differences(ours: &Shape, crd: &Shape, path: &str, out: &mut BTreeSet<String>) {
    if ours.types.is_empty() {
        return;
    }
    let mut differs = |what: &str, same: bool| {
        if !same {
            out.insert(format!("{path}: {what}"));
        }
    };
    let sorted = |values: &[serde_json::Value]| {
        let values: BTreeSet<_> = values.iter().map(ToString::to_string).collect();
        values
    };
    let names = |names: &[String]| names.iter().cloned().collect::<BTreeSet<_>>();
    let given = |bounds: super::shape::Bounds| (bounds.min.filter(|min| *min != 0), bounds.max);
    let own =
        crd.range.max == Some(i128::from(i32::MAX)) || crd.range.max == Some(i128::from(i64::MAX));
    // An integer of the CRD without a greatest value is one of 32 bits here.
    let max = crd
        .range
        .max
        .or(ours.range.max.filter(|max| *max == i128::from(u32::MAX)));
    let theirs = super::shape::Bounds { max, ..crd.range };
    differs("length", given(ours.length) == given(crd.length));
    differs("count", given(ours.count) == given(crd.count));
    differs(
        "range",
        own || !ours.values.is_empty() || given(ours.range) == given(theirs),
    );
    differs("values", sorted(&ours.values) == sorted(&crd.values));
    differs("keys", ours.keys == crd.keys && ours.set == crd.set);
    differs("required", names(&ours.required) == names(&crd.required));
    differs("pattern", ours.pattern.is_some() == crd.pattern.is_some());
    for (name, theirs) in &crd.members {
        match ours.members.get(name) {
            Some(member_of) if member_of.extension => {
                out.insert(format!("{}: no extension", member(path, name)));
            }
            Some(member_of) => differences(member_of, theirs, &member(path, name), out),
            None if ours.also.contains(name) => {}
            None => {
                out.insert(format!("{}: not here", member(path, name)));
            }
        }
    }
    for (name, member_of) in &ours.members {
        if !crd.members.contains_key(name) && !member_of.extension {
            out.insert(format!("{}: here alone", member(path, name)));
        }
    }
    if let (Some(ours), Some(theirs)) = (&ours.items, &crd.items) {
        differences(ours, theirs, &format!("{path}[]"), out);
    }
}

#[test]
fn the_types_agree_with_the_crds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut roots = root
        .ancestors()
        .map(|root| root.join("../shared/data/gateway-api/crds"));
    let Some(root) = roots.find(|root| root.is_dir()) else {
        eprintln!("skipped: ../shared/data/gateway-api/crds is not there");
        return;
    };
    let (mut found, mut compared) = (BTreeSet::new(), 0);
    for file in fs::read_dir(root).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for document in parse(&File::new("crd.yaml", text)).0 {
            let crd = document.root.to_json();
            let text = |path: &str| {
                crd.pointer(path)
                    .and_then(|text| text.as_str())
                    .unwrap_or_default()
            };
            let (group, name) = (text("/spec/group"), text("/spec/names/kind"));
            let kind = KINDS
                .iter()
                .find(|kind| kind.group == group && kind.name == name);
            let spec = "/spec/versions/0/schema/openAPIV3Schema/properties/spec";
            if let (Some(kind), Some(spec)) = (kind, crd.pointer(spec)) {
                let ours = &shape_of(kind).members["spec"];
                differences(ours, &Shape::read(spec), name, &mut found);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 9);
    let found: Vec<_> = found.iter().map(String::as_str).collect();
    assert_eq!(found, MEANT);
}
