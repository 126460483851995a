//! What no Gateway of this controller serves is known all the same.

use super::support::{EDGE, WEB, compiled, gateway, route, statuses};
use crate::config::compile::{Compiled, Severity};
use crate::config::resource::Reference;

fn to(parents: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
         metadata: {{name: r, namespace: web}}\nspec:\n  parentRefs: [{parents}]\n  \
         rules: [{{backendRefs: [{{name: a, port: 80}}]}}]\n"
    )
}

/// The conditions of an object that nobody serves; none for one that is left to others.
fn waits(found: &Compiled, of: &Reference) -> Option<Vec<String>> {
    assert!(statuses(found).get(of).is_none() || of.kind == "HTTPRoute");
    let claims = &found.facts.strays.get(of)?.claims;
    let text = |claim: &crate::config::compile::Claim| {
        format!(
            "{}={:?}/{}: {}",
            claim.kind, claim.status, claim.reason, claim.message
        )
    };
    Some(claims.iter().map(text).collect())
}

fn errors(found: &Compiled) -> usize {
    let all = found.facts.diagnoses().iter();
    all.filter(|one| one.severity == Severity::Error).count()
}

#[test]
fn a_gateway_of_a_class_that_is_not_there_waits_and_its_routes_with_it() {
    let edge = EDGE.replace("gatewayClassName: agw", "gatewayClassName: agww");
    let found = compiled(&[&edge, WEB, &to("{name: edge, namespace: infra}")]);
    let why = "waiting for controller: GatewayClass agww not found; did you mean \"agw\"?";
    assert_eq!(
        waits(&found, &gateway("infra", "edge")).unwrap(),
        [
            format!("Accepted=Unknown/Pending: {why}"),
            format!("Programmed=Unknown/Pending: {why}")
        ]
    );
    assert_eq!(
        waits(&found, &route("web", "r")).unwrap(),
        ["Accepted=Unknown/Pending: Gateway infra/edge waits for its controller"]
    );
    assert_eq!(errors(&found), 1, "one cause is told once");
    assert_eq!(found.snapshot.gateways, []);
}

#[test]
fn what_is_another_controllers_is_left_alone_and_what_is_nearly_ours_is_not() {
    let class = |controller: &str| EDGE.replace("agentgateway.dev/agentgateway", controller);
    let route_to = to("{name: edge, namespace: infra}");
    let other = compiled(&[&class("example.com/other"), WEB, &route_to]);
    let of_class = Reference::new("gateway.networking.k8s.io", "GatewayClass", "", "agw");
    for of in [&of_class, &gateway("infra", "edge"), &route("web", "r")] {
        assert!(other.facts.strays[of].is_left(), "{of}");
    }
    assert_eq!(errors(&other), 0);
    let near = compiled(&[&class("agentgateway.dev/agentgatway"), WEB, &route_to]);
    let told = &waits(&near, &of_class).unwrap()[0];
    assert!(
        told.contains("did you mean \"agentgateway.dev/agentgateway\"?"),
        "{told}"
    );
    assert!(!near.facts.strays[&gateway("infra", "edge")].is_left());
    assert_eq!(errors(&near), 1);
}

#[test]
fn a_route_without_a_gateway_is_told_with_the_one_that_was_meant() {
    let no = "Accepted=False/NoMatchingParent: ";
    let mesh = "{name: mesh, kind: Service, group: \"\"}";
    for (parents, told) in [
        ("", "has no parentRefs, so no listener serves it".to_owned()),
        (
            "{name: edg, namespace: infra}",
            "Gateway infra/edg not found; did you mean \"edge\"?".to_owned(),
        ),
        (
            mesh,
            "Service mesh is no Gateway, and routes are served by Gateways alone".to_owned(),
        ),
    ] {
        let found = compiled(&[EDGE, WEB, &to(parents)]);
        assert_eq!(
            waits(&found, &route("web", "r")),
            Some(vec![format!("{no}{told}")]),
            "{parents}"
        );
        assert_eq!(errors(&found), 1, "{parents}");
    }
    // One parent of two that is not there, beside one that serves the route.
    let ours = "{name: edge, namespace: infra}";
    let found = compiled(&[EDGE, WEB, &to(&format!("{ours}, {{name: nowhere}}"))]);
    assert!(found.facts.routes.contains_key(&route("web", "r")));
    assert_eq!(waits(&found, &route("web", "r")).unwrap().len(), 1);
    // A mesh takes the route beside the Gateway: worth knowing, and no fault.
    let found = compiled(&[EDGE, WEB, &to(&format!("{ours}, {mesh}"))]);
    assert_eq!(waits(&found, &route("web", "r")), None);
    assert_eq!((errors(&found), found.facts.diagnoses().len()), (0, 1));
}

#[test]
fn what_else_is_wrong_with_a_route_that_waits_is_told_at_once() {
    let texts = |parent: &str| to(parent).replace("name: a, port", "name: none, port");
    let waiting = compiled(&[EDGE, WEB, &texts("{name: edgy, namespace: infra}")]);
    let all = waiting.facts.diagnoses().iter();
    let told: Vec<_> = all.map(|one| one.path.as_str()).collect();
    assert!(told.contains(&"spec.rules[0].backendRefs[0]"), "{told:?}");
    assert!(
        told.iter()
            .any(|path| path.starts_with("spec.parentRefs[0]")),
        "{told:?}"
    );
    // One that is left to another controller is not ours to judge.
    let other = EDGE.replace("agentgateway.dev/agentgateway", "example.com/other");
    let left = compiled(&[&other, WEB, &texts("{name: edge, namespace: infra}")]);
    assert_eq!(errors(&left), 0, "{:?}", left.facts.diagnoses());
}
