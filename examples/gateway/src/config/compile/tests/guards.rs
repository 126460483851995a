//! Fields that guard access and are not implemented close what they are for.

use super::policies::{GATEWAY, HTTP, LISTENER, ROUTE, RULE, SERVICE, TO_SERVICE, on};
use super::support::{EDGE, compiled, conditions, message, policy, route, rules, shares, statuses};
use crate::config::compile::{Compiled, Severity};
use crate::config::resource::Reference;

const GUARD: &str = "traffic: {extProc: {url: 'http://a'}}";
const MCP: &str = "backend: {mcp: {guardrails: {processors: [{methods: {'*': Full}, remote: {url: 'http://a'}}]}}}";

/// What answers the rules of the listener `http`.
fn answers(texts: &[&str]) -> Vec<Vec<String>> {
    let found = rules(&compiled(texts), "http");
    found.iter().map(shares).collect()
}

fn errors(compiled: &Compiled) -> Vec<String> {
    let all = compiled.facts.diagnoses().iter();
    let errors = all.filter(|one| one.severity == Severity::Error);
    errors.map(ToString::to_string).collect()
}

/// Fault C01: a field that guards access and is not implemented leaves nothing open: what it is for answers 500, and condition and check say so.
#[test]
fn a_guard_that_is_not_implemented_closes_its_target() {
    let guards = [GUARD, "backend: {tls: {certificateSource: SPIFFE}}"];
    for guard in guards {
        let text = on("p", HTTP, guard);
        let found = compiled(&[EDGE, ROUTE, SERVICE, &text]);
        let all = rules(&found, "http");
        for rule in &all {
            assert!(shares(rule)[0].starts_with("500"), "{guard}: {rule:?}");
        }
        let field = guard.split(['{', ':']).nth(2).unwrap().trim();
        let told = errors(&found).join("\n");
        assert!(
            told.contains(field) && told.contains("answers 500"),
            "{told}"
        );
        let set = statuses(&found);
        let of = policy("infra", "p");
        assert_eq!(
            conditions(&set, &of)[..2],
            [
                "edge Accepted=False/NotImplemented",
                "edge Attached=True/Attached"
            ]
        );
        let said = message(&set, &of, "edge", "Accepted");
        assert!(
            said.contains("implemented or removed") && said.contains(field),
            "{said}"
        );
    }
}

#[test]
fn it_closes_no_more_than_its_target_and_nothing_opens_it_again() {
    let open = vec!["s:1".to_owned()];
    let closed = vec!["500".to_owned()];
    let over = |target: &str| answers(&[EDGE, ROUTE, SERVICE, &on("p", target, GUARD)]);
    assert_eq!(over(RULE), [open, closed.clone()]);
    for target in [HTTP, LISTENER, GATEWAY] {
        assert_eq!(over(target), [closed.clone(), closed.clone()], "{target}");
    }
    // Another policy, nearer or older, that says nothing of it.
    let gateway = on("p", GATEWAY, GUARD);
    let route = on("a", HTTP, "traffic: {timeouts: {request: 1s}}");
    let older = on("a", GATEWAY, "traffic: {timeouts: {request: 1s}}");
    for other in [route, older] {
        let found = answers(&[EDGE, ROUTE, SERVICE, &gateway, &other]);
        assert_eq!(found, [closed.clone(), closed.clone()]);
    }
    // What a connection has not sent yet cannot say who may open it.
    let frontend =
        "frontend: {networkAuthorization: {policy: {matchExpressions: ['jwt.sub == \"a\"']}}}";
    let port = "{group: gateway.networking.k8s.io, kind: Gateway, name: edge, port: 80}";
    for target in [GATEWAY, port] {
        let found = answers(&[EDGE, ROUTE, SERVICE, &on("p", target, frontend)]);
        assert_eq!(found, [closed.clone(), closed.clone()]);
    }
}

#[test]
fn a_redirect_is_closed_too() {
    let redirect = ROUTE.replace(
        "{name: one, backendRefs: [{name: s, port: 80}]}",
        "{name: one, filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]}",
    );
    let found = answers(&[EDGE, &redirect, SERVICE, &on("p", GATEWAY, GUARD)]);
    assert_eq!(found[0], ["500"]);
}

/// Fault C01: a guard that cannot be understood leaves nothing open either.
#[test]
fn a_guard_with_a_fault_closes_its_target() {
    for guard in [
        "traffic: {authorization: {policy: {matchExpressions: ['mcp.toool == \"a\"']}}}",
        "traffic: {jwtAuthentication: {providers: [{issuer: a, jwks: {inline: '{}'}}]}}",
        "traffic: {basicAuthentication: {users: ['a']}}",
        "traffic: {apiKeyAuthentication: {secretRef: {name: a}}}",
    ] {
        let found = compiled(&[EDGE, ROUTE, SERVICE, &on("p", HTTP, guard)]);
        for rule in &rules(&found, "http") {
            assert_eq!(shares(rule), ["500"], "{guard}: {rule:?}");
        }
        let field = guard.split(['{', ':']).nth(2).unwrap().trim();
        let told = errors(&found).join("\n");
        assert!(told.contains(field), "{told}");
        let set = statuses(&found);
        let of = policy("infra", "p");
        let said =
            message(&set, &of, "edge", "Accepted") + &message(&set, &of, "edge", "ResolvedRefs");
        assert!(said.contains("500"), "{said}");
    }
}

#[test]
fn a_guard_of_one_protocol_closes_the_backends_that_speak_it() {
    let mcp = SERVICE.replace(
        "{port: 80}",
        "{port: 80, appProtocol: agentgateway.dev/mcp}",
    );
    for target in [GATEWAY, HTTP] {
        let text = on("p", target, MCP);
        assert_eq!(answers(&[EDGE, ROUTE, SERVICE, &text])[0], ["s:1"]);
        assert_eq!(answers(&[EDGE, ROUTE, &mcp, &text])[0], ["500:1"]);
    }
}

#[test]
fn a_service_is_closed_by_port_or_whole() {
    let guard = "backend: {tls: {certificateSource: SPIFFE}}";
    let named = SERVICE.replace("{port: 80}", "{name: web, port: 80}");
    let section =
        |port: &str| format!("{{group: \"\", kind: Service, name: s, sectionName: \"{port}\"}}");
    assert_eq!(
        answers(&[EDGE, ROUTE, &named, &on("p", TO_SERVICE, guard)])[0],
        ["500:1"]
    );
    assert_eq!(
        answers(&[EDGE, ROUTE, &named, &on("p", &section("80"), guard)])[0],
        ["500:1"]
    );
    assert_eq!(
        answers(&[EDGE, ROUTE, &named, &on("p", &section("81"), guard)])[0],
        ["s:1"]
    );
}

#[test]
fn a_backend_with_a_guard_of_its_own_is_not_served() {
    let backend = "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayBackend\n\
        metadata: {name: x, namespace: infra}\n\
        spec: {mcp: {targets: [{name: a, static: {host: h, port: 1}}]}, policies: {mcp: {guardrails: {processors: [{methods: {'*': Full}, remote: {url: 'http://a'}}]}}}}\n";
    let to = ROUTE.replace(
        "{name: s, port: 80}",
        "{group: agentgateway.dev, kind: AgentgatewayBackend, name: x}",
    );
    let found = compiled(&[EDGE, &to, backend]);
    assert_eq!(shares(&rules(&found, "http")[0]), ["500:1"]);
    let set = statuses(&found);
    let of = Reference::new("agentgateway.dev", "AgentgatewayBackend", "infra", "x");
    assert_eq!(conditions(&set, &of), ["Accepted=False/NotImplemented"]);
    let all = conditions(&set, &route("infra", "r"));
    assert!(
        all.iter()
            .any(|one| one.contains("ResolvedRefs=False/UnsupportedProtocol")),
        "{all:?}"
    );
    // By a policy on a part of it, as by one on all of it.
    let plain = backend.replace(
        ", policies: {mcp: {guardrails: {processors: [{methods: {'*': Full}, remote: {url: 'http://a'}}]}}}",
        "",
    );
    let target = "{group: agentgateway.dev, kind: AgentgatewayBackend, name: x}";
    assert_eq!(answers(&[EDGE, &to, &plain])[0], ["x:1"]);
    assert_eq!(
        answers(&[EDGE, &to, &plain, &on("p", target, MCP)])[0],
        ["500:1"]
    );
}
