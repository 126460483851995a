//! Rules of AgentgatewayPolicy.

use std::time::Duration;

use super::{Sheet, frontend, http_route, policies};
use crate::config::object::field::{item, member};
use crate::config::resource::{PolicySpec, TrafficPhase, TrafficPolicies};

const TARGETS: &[(&str, &str)] = &[
    ("", "Service"),
    ("agentgateway.dev", "AgentgatewayBackend"),
    ("gateway.networking.k8s.io", "GRPCRoute"),
    ("gateway.networking.k8s.io", "Gateway"),
    ("gateway.networking.k8s.io", "HTTPRoute"),
    ("gateway.networking.k8s.io", "ListenerSet"),
    ("inference.networking.k8s.io", "InferencePool"),
];

/// What a policy is for, by name or by labels.
#[derive(Debug)]
struct Target<'a> {
    path: String,
    group: &'a str,
    kind: &'a str,
    section: Option<&'a str>,
    port: Option<u16>,
}

pub(super) fn check(spec: &PolicySpec, sheet: &mut Sheet<'_>) {
    let lists = [by_name(spec), by_labels(spec)];
    for targets in &lists {
        list(targets, sheet);
        for target in targets {
            self::target(target, spec, sheet);
        }
    }
    sheet.fault_if(
        sheet.has("spec.strategy.inheritance")
            && (spec.traffic.is_none() || spec.frontend.is_some() || spec.backend.is_some()),
        "spec.strategy.inheritance",
        "strategy.inheritance may only be set on traffic policies",
    );
    let asks = spec.backend.as_ref().and_then(|it| it.mcp.as_ref());
    let asks = asks.is_some_and(|it| it.authentication.is_some());
    sheet.fault_if(
        asks && sheet.has("spec.traffic.jwtAuthentication"),
        "spec.traffic.jwtAuthentication",
        "traffic.jwtAuthentication may not be used with backend.mcp.authentication in the same policy",
    );
    if let Some(policies) = &spec.frontend {
        frontend::check(policies, sheet);
    }
    if let Some(traffic) = &spec.traffic {
        self::traffic(traffic, sheet);
    }
    if let Some(backend) = &spec.backend {
        policies::check(backend, "spec.backend", sheet);
    }
}

fn by_name(spec: &PolicySpec) -> Vec<Target<'_>> {
    let targets = spec.target_refs.iter().flatten().enumerate();
    let target = |(index, target)| {
        let target: &crate::config::resource::TargetRef = target;
        Target {
            path: item("spec.targetRefs", index),
            group: &target.group,
            kind: &target.kind,
            section: target.section_name.as_deref(),
            port: target.port,
        }
    };
    targets.map(target).collect()
}

fn by_labels(spec: &PolicySpec) -> Vec<Target<'_>> {
    let targets = spec.target_selectors.iter().flatten().enumerate();
    let target = |(index, target)| {
        let target: &crate::config::resource::TargetSelector = target;
        Target {
            path: item("spec.targetSelectors", index),
            group: &target.group,
            kind: &target.kind,
            section: target.section_name.as_deref(),
            port: target.port,
        }
    };
    targets.map(target).collect()
}

fn list(targets: &[Target<'_>], sheet: &mut Sheet<'_>) {
    for target in targets {
        sheet.fault_if(
            !TARGETS.contains(&(target.group, target.kind)),
            &member(&target.path, "kind"),
            "targetRefs may only reference Gateway, HTTPRoute, GRPCRoute, ListenerSet, Service, AgentgatewayBackend, or InferencePool resources",
        );
    }
    let first = targets.first().map(|target| target.kind);
    let other = targets.iter().find(|target| Some(target.kind) != first);
    if let Some(other) = other {
        let message = "Only one Kind of targetRef can be set on one policy";
        sheet.fault(&member(&other.path, "kind"), message);
    }
}

fn target(target: &Target<'_>, spec: &PolicySpec, sheet: &mut Sheet<'_>) {
    let (path, kind) = (target.path.as_str(), target.kind);
    let kind_path = member(path, "kind");
    let section_path = member(path, "sectionName");
    let phase = spec
        .traffic
        .as_ref()
        .and_then(|traffic| traffic.phase.as_ref());
    sheet.fault_if(
        phase == Some(&TrafficPhase::PreRouting) && !matches!(kind, "Gateway" | "ListenerSet"),
        &kind_path,
        "the 'traffic.phase=PreRouting' field can only target a Gateway or ListenerSet",
    );
    sheet.fault_if(
        target.port.is_some()
            && (spec.frontend.is_none() || spec.traffic.is_some() || spec.backend.is_some()),
        &member(path, "port"),
        "port may only be set on frontend-only policies (not traffic or backend)",
    );
    let whole = [
        "tcp",
        "networkAuthorization",
        "tls",
        "http",
        "proxyProtocol",
        "connect",
    ];
    let whole = whole
        .iter()
        .any(|name| sheet.has(&member("spec.frontend", name)));
    sheet.fault_if(
        whole && target.section.is_some(),
        &section_path,
        "frontend tcp, networkAuthorization, tls, http, proxyProtocol, and connect policies may only target a Gateway or port, not a listener (sectionName)",
    );
    let numeric = |section: &str| section.parse::<u16>().is_ok_and(|port| port > 0);
    sheet.fault_if(
        kind == "Service" && target.section.is_some_and(|section| !numeric(section)),
        &section_path,
        "Service sectionName must be a numeric port from 1 to 65535",
    );
    protocol_policies(target, spec, sheet);
}

/// Policies of MCP and of models go with backends that speak them.
fn protocol_policies(target: &Target<'_>, spec: &PolicySpec, sheet: &mut Sheet<'_>) {
    let Some(backend) = &spec.backend else {
        return;
    };
    let kind_path = member(&target.path, "kind");
    sheet.fault_if(
        backend.mcp.is_some() && target.kind == "Service",
        &kind_path,
        "backend.mcp may not be used with a Service target",
    );
    sheet.fault_if(
        backend.ai.is_some() && target.kind == "Service",
        &kind_path,
        "backend.ai may not be used with a Service target",
    );
    sheet.fault_if(
        backend.mcp.is_some() && target.kind == "AgentgatewayBackend" && target.section.is_some(),
        &member(&target.path, "sectionName"),
        "backend.mcp may not target an AgentgatewayBackend sectionName",
    );
}

fn traffic(traffic: &TrafficPolicies, sheet: &mut Sheet<'_>) {
    if let Some(cors) = &traffic.cors {
        http_route::cors(cors, "spec.traffic.cors", sheet);
    }
    if let Some(timeouts) = &traffic.timeouts {
        let path = "spec.traffic.timeouts";
        let request = timeouts.request.as_deref();
        sheet.at_least(
            &member(path, "request"),
            request,
            Duration::from_millis(1),
            "1ms",
        );
    }
}
