//! HTTPRoutes and GRPCRoutes on one listener.

use super::attaching::{CLASS, to, with};
use super::support::{EDGE, GATEWAY, WEB, compiled, conditions, message, route, rules, statuses};
use crate::config::compile::Severity;
use crate::config::resource::Reference;

/// An old GRPCRoute `web/g` for `a.com`.
const GRPC: &str = "apiVersion: gateway.networking.k8s.io/v1\nkind: GRPCRoute\n\
    metadata: {name: g, namespace: web, creationTimestamp: \"2020-01-01T00:00:00Z\"}\nspec:\n  \
    parentRefs: [{name: edge, namespace: infra}]\n  hostnames: [a.com]\n  \
    rules: [{backendRefs: [{name: a, port: 80}], matches: [{method: {service: x.Y}}]}]\n";

fn grpc() -> Reference {
    Reference::new(GATEWAY, "GRPCRoute", "web", "g")
}

#[test]
fn routes_of_both_kinds_do_not_share_hostnames() {
    for (hostnames, wanted) in [
        ("a.com", "False/NotAllowedByListeners"),
        ("b.com", "True/Accepted"),
    ] {
        let text = to("{name: edge, namespace: infra}", hostnames);
        let found = compiled(&[EDGE, WEB, GRPC, &text]);
        let set = statuses(&found);
        let all = conditions(&set, &route("web", "r"));
        assert_eq!(all[0], format!("edge Accepted={wanted}"));
        let said = message(&set, &route("web", "r"), "edge", "Accepted");
        let named = said.starts_with("listener http has GRPCRoute web/g, which is older");
        assert_eq!(named, hostnames == "a.com", "{said}");
    }
}

/// What is not accepted keeps nobody out; its own requests are still refused.
#[test]
fn a_route_that_is_refused_takes_no_hostnames() {
    let refused = to("{name: edge, namespace: infra}", "a.com").replace(
        "rules: [{backendRefs",
        "rules: [{filters: [{type: ExtensionRef, extensionRef: {group: x, kind: Kind, name: z}}], backendRefs",
    );
    let older = refused.replace(
        "name: r,",
        "name: r, creationTimestamp: \"2019-01-01T00:00:00Z\",",
    );
    for text in [&refused, &older] {
        let found = compiled(&[EDGE, WEB, GRPC, text]);
        let set = statuses(&found);
        assert_eq!(conditions(&set, &grpc())[0], "edge Accepted=True/Accepted");
        let all = conditions(&set, &route("web", "r"));
        assert_eq!(all[0], "edge Accepted=False/UnsupportedValue");
        // The accepted route has the hostname to itself.
        let rules = rules(&found, "http");
        let kinds: Vec<_> = rules.iter().map(|rule| &*rule.route.kind).collect();
        assert_eq!(kinds, ["GRPCRoute"]);
    }
    let found = compiled(&[EDGE, WEB, &older]);
    assert_eq!(rules(&found, "http").len(), 1, "it answers 500");
}

#[test]
fn a_route_that_some_listeners_do_not_take_says_which() {
    let gateway = with(
        "  - {name: one, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}\n  \
         - {name: two, port: 81, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}\n",
    );
    let of = |text: &str, section: &str| {
        text.replace(
            "{name: edge, namespace: infra}",
            &format!("{{name: g, namespace: infra{section}}}"),
        )
    };
    let grpc = of(GRPC, ", sectionName: one");
    let text = of(&to("{name: edge, namespace: infra}", "a.com"), "");
    let found = compiled(&[CLASS, WEB, &gateway, &grpc, &text]);
    let set = statuses(&found);
    let all = conditions(&set, &route("web", "r"));
    assert_eq!(all[0], "g Accepted=True/Accepted");
    let said = message(&set, &route("web", "r"), "g", "Accepted");
    assert!(
        said.contains("attached; listener one has GRPCRoute web/g"),
        "{said}"
    );
    let [diagnosis] = found.facts.diagnoses() else {
        panic!("{:?}", found.facts.diagnoses())
    };
    assert_eq!(diagnosis.severity, Severity::Warning);
    assert_eq!(diagnosis.path, "spec.parentRefs[0]");
    let served = |listener| rules(&found, listener).len();
    assert_eq!((served("one"), served("two")), (1, 1));
}
