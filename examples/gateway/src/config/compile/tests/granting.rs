//! Grants, near misses and suggestions.

use super::support::{
    EDGE, WEB, compiled, conditions, message, objects, policy, route, rules, shares, statuses,
    store,
};
use crate::config::compile::explain_ref;
use crate::config::object::{Generations, Store};
use crate::config::resource::{GrantFrom, Reference};

const ROUTE: &str = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
    metadata: {name: r, namespace: infra}\nspec:\n  parentRefs: [{name: edge}]\n  rules:\n  \
    - backendRefs:\n    - {name: a, namespace: web, port: 80, weight: 3}\n    \
    - {name: b, namespace: web, port: 80, weight: 1}\n";

const GRANT: &str = "apiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\n\
    metadata: {name: g, namespace: web}\nspec:\n  \
    from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: infra}]\n  \
    to: [{group: \"\", kind: Service, name: a}]\n";

fn from(kind: &str) -> GrantFrom {
    serde_json::from_value(serde_json::json!({
        "group": "gateway.networking.k8s.io", "kind": kind, "namespace": "infra",
    }))
    .unwrap()
}

fn service(name: &str) -> Reference {
    Reference::new("", "Service", "web", name)
}

#[test]
fn a_share_without_a_grant_answers_500_and_is_named() {
    let found = compiled(&[EDGE, WEB, ROUTE, GRANT]);
    assert_eq!(shares(&rules(&found, "http")[0]), ["a:3", "500:1"]);
    let set = statuses(&found);
    let all = conditions(&set, &route("infra", "r"));
    assert_eq!(
        all,
        [
            "edge Accepted=True/Accepted",
            "edge ResolvedRefs=False/RefNotPermitted"
        ]
    );
    assert_eq!(
        message(&set, &route("infra", "r"), "edge", "ResolvedRefs"),
        "Service web/b may not be referred to by HTTPRoute of namespace infra: no ReferenceGrant \
         in namespace web allows it; ReferenceGrant web/g would but for spec.to[0].name: is \"a\" \
         and would have to be \"b\"; this would:\napiVersion: \
         gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\nmetadata:\n  name: \
         infra-to-b\n  namespace: web\nspec:\n  from:\n  - group: \
         gateway.networking.k8s.io\n    kind: HTTPRoute\n    namespace: infra\n  to:\n  - group: \
         \"\"\n    kind: Service\n    name: b\n"
    );
}

/// Fault C06: what a reload takes away is gone at once: without its grant a share answers 500.
#[test]
fn a_removed_grant_is_revoked_in_the_same_run() {
    let every = GRANT.replace(", name: a", "");
    let found = compiled(&[EDGE, WEB, ROUTE, &every]);
    assert_eq!(shares(&rules(&found, "http")[0]), ["a:3", "b:1"]);
    let found = compiled(&[EDGE, WEB, ROUTE]);
    assert_eq!(shares(&rules(&found, "http")[0]), ["500:3", "500:1"]);
    let all = conditions(&statuses(&found), &route("infra", "r"));
    assert_eq!(all[1], "edge ResolvedRefs=False/RefNotPermitted");
}

#[test]
fn each_field_that_is_off_is_named() {
    let cases = [
        ("kind: HTTPRoute", "kind: Gateway", "spec.from[0].kind"),
        (
            "group: gateway.networking.k8s.io, kind: H",
            "group: gateway.networking.k8s, kind: H",
            "spec.from[0].group",
        ),
        (
            "namespace: infra}]",
            "namespace: inra}]",
            "spec.from[0].namespace",
        ),
        ("kind: Service", "kind: Secret", "spec.to[0].kind"),
        ("group: \"\"", "group: core", "spec.to[0].group"),
        ("name: a}", "name: aa}", "spec.to[0].name"),
        ("namespace: web", "namespace: infra", "metadata.namespace"),
    ];
    for (right, wrong, path) in cases {
        let grant = GRANT.replace(right, wrong);
        let found = explain_ref(&store(&[WEB, &grant]), &from("HTTPRoute"), &service("a"));
        assert!(!found.allowed);
        let paths: Vec<_> = found.near_misses.iter().map(|it| &*it.path).collect();
        assert_eq!(paths, [path]);
    }
    let source = GRANT.replace("namespace: web", "namespace: infra");
    let found = explain_ref(&store(&[WEB, &source]), &from("HTTPRoute"), &service("a"));
    assert!(
        found.to_string().contains("not that of who refers"),
        "{found}"
    );
}

/// Thousands of denied references under hundreds of grants: all grants are asked for some of them.
#[test]
fn nearest_grants_are_looked_for_within_a_bound() {
    let routes: Vec<String> = (0..300)
        .map(|at| {
            ROUTE
                .replace("name: r,", &format!("name: r{at:03},"))
                .replace("name: a,", &format!("name: a{at:03},"))
                .replace("name: b,", "name: a,")
        })
        .collect();
    let found = compiled(&[EDGE, WEB, GRANT, &routes.join("---\n")]);
    let set = statuses(&found);
    let said = |name: &str| message(&set, &route("infra", name), "edge", "ResolvedRefs");
    for (name, near) in [("r000", true), ("r255", true), ("r299", false)] {
        let said = said(name);
        assert_eq!(said.contains("web/g would but for"), near, "{said}");
        assert!(said.contains("this would:\napiVersion"), "{said}");
    }
}

/// A grant of another namespace is at work there: nobody is told to change it.
#[test]
fn a_grant_that_works_elsewhere_is_no_near_miss() {
    let works = GRANT
        .replace("namespace: web", "namespace: aaa")
        .replace(", name: a", "");
    let typo = GRANT.replace("kind: HTTPRoute", "kind: HTTPRout");
    let found = compiled(&[EDGE, WEB, ROUTE, &works, &typo]);
    let text = message(
        &statuses(&found),
        &route("infra", "r"),
        "edge",
        "ResolvedRefs",
    );
    assert!(
        text.contains("ReferenceGrant web/g would but for spec.from[0].kind"),
        "{text}"
    );
    assert!(!text.contains("aaa"), "{text}");
    let misplaced = GRANT.replace("namespace: web", "namespace: infra");
    let misplaced = misplaced.replace("name: g,", "name: b,");
    let all = [WEB, &works, &misplaced, &typo];
    let found = explain_ref(&store(&all), &from("HTTPRoute"), &service("a"));
    let grants: Vec<_> = found.near_misses.iter().map(|it| &*it.grant.name).collect();
    assert_eq!(grants, ["g", "b"]);
    let found = explain_ref(&store(&[WEB, &works]), &from("HTTPRoute"), &service("a"));
    assert_eq!(found.near_misses, []);
}

#[test]
fn a_misspelt_namespace_is_told_before_any_grant() {
    let slip = ROUTE.replace("namespace: web", "namespace: wbe");
    let found = compiled(&[EDGE, WEB, &slip]);
    let set = statuses(&found);
    let all = conditions(&set, &route("infra", "r"));
    assert_eq!(all[1], "edge ResolvedRefs=False/RefNotPermitted");
    let text = message(&set, &route("infra", "r"), "edge", "ResolvedRefs");
    assert_eq!(
        text,
        "Service wbe/a not found, nor anything else in namespace wbe; it exists in namespace web; \
         Service wbe/b not found, nor anything else in namespace wbe; it exists in namespace web"
    );
    // With something in it, the namespace is one, and its grant is what is missing.
    let there = WEB
        .replace("namespace: web", "namespace: wbe")
        .replace("name: a", "name: x");
    let found = compiled(&[EDGE, WEB, &there, &slip]);
    let text = message(
        &statuses(&found),
        &route("infra", "r"),
        "edge",
        "ResolvedRefs",
    );
    assert!(
        text.contains("no ReferenceGrant in namespace wbe"),
        "{text}"
    );
}

/// The same for policies: the collector of a misspelt namespace.
#[test]
fn a_misspelt_namespace_in_a_policy_is_told_before_any_grant() {
    let text = "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayPolicy\n\
        metadata: {name: p, namespace: infra}\nspec:\n  targetRefs: [{group: \
        gateway.networking.k8s.io, kind: Gateway, name: edge}]\n  frontend: {tracing: {backendRef: \
        {name: a, namespace: wbe, port: 80}}}\n";
    let found = compiled(&[EDGE, WEB, text]);
    let text = message(
        &statuses(&found),
        &policy("infra", "p"),
        "edge",
        "ResolvedRefs",
    );
    let expected = "not found, nor anything else in namespace wbe; it exists in namespace web";
    assert!(
        text.contains(expected) && !text.contains("kind: ReferenceGrant"),
        "{text}"
    );
}

#[test]
fn what_is_suggested_allows_it() {
    let (from, to) = (from("GRPCRoute"), service("a"));
    let found = explain_ref(&store(&[WEB]), &from, &to);
    let grant = found.suggested_grant.unwrap();
    assert_eq!(
        grant,
        "apiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\nmetadata:\n  \
         name: infra-to-a\n  namespace: web\nspec:\n  from:\n  - group: \
         gateway.networking.k8s.io\n    kind: GRPCRoute\n    namespace: infra\n  to:\n  - group: \
         \"\"\n    kind: Service\n    name: a\n"
    );
    let found = explain_ref(&store(&[WEB, &grant]), &from, &to);
    assert!(found.allowed && found.exists);
    assert_eq!(found.granted_by.unwrap().name, "infra-to-a");
}

#[test]
fn explains_what_is_not_there() {
    let found = explain_ref(&store(&[WEB, GRANT]), &from("HTTPRoute"), &service("aa"));
    assert!(!found.allowed && !found.exists);
    let text = found.to_string();
    assert!(
        text.contains("Service web/aa does not exist; did you mean \"a\"?"),
        "{text}"
    );
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["nearMisses"][0]["path"], "spec.to[0].name");
}

#[test]
fn both_versions_of_grants_are_read() {
    let first = GRANT.replace("v1beta1", "v1");
    let (store, _) = Store::new(objects(&[WEB, &first]), &Generations::default());
    assert!(explain_ref(&store, &from("HTTPRoute"), &service("a")).allowed);
}
