//! What conditions say, each by itself: who is meant, where, and what to do.

use super::attaching::{CLASS, with};
use super::support::{EDGE, WEB, compiled, conditions, gateway, message, route, statuses};
use crate::config::resource::Reference;

#[test]
fn a_backend_that_is_denied_a_reference_says_which_grant_would_do() {
    let server = "apiVersion: v1\nkind: Service\nmetadata: {name: tools, namespace: web}\nspec: \
        {ports: [{port: 80, appProtocol: agentgateway.dev/mcp}]}\n";
    let own = "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayBackend\n\
        metadata: {name: x, namespace: infra}\nspec: {mcp: {targets: [{name: t, selector: \
        {services: {}, namespaces: {}}}]}}\n";
    let set = statuses(&compiled(&[server, own]));
    let own = Reference::new("agentgateway.dev", "AgentgatewayBackend", "infra", "x");
    let said = message(&set, &own, "", "Accepted");
    assert_eq!(conditions(&set, &own), ["Accepted=False/Invalid"]);
    assert!(
        said.contains("no ReferenceGrant in namespace web allows it"),
        "{said}"
    );
    let grant =
        "; this would:\napiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant";
    assert!(said.contains(grant), "{said}");
}

#[test]
fn a_fault_that_comes_again_is_told_once_with_its_places() {
    let rule = "  - backendRefs: [{name: z, port: 80}, {name: a, port: 80}]\n";
    let text = |rules: usize| {
        format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
             metadata: {{name: r, namespace: web}}\nspec:\n  \
             parentRefs: [{{name: edge, namespace: infra}}]\n  rules:\n{}",
            rule.repeat(rules)
        )
    };
    let said = |rules| {
        let set = statuses(&compiled(&[EDGE, WEB, &text(rules)]));
        message(&set, &route("web", "r"), "edge", "ResolvedRefs")
    };
    let first = "Service web/z not found; did you mean \"a\"?";
    assert_eq!(said(1), first);
    let at = |rule| format!("spec.rules[{rule}].backendRefs[0]");
    assert_eq!(said(2), format!("{first} ({}, {})", at(0), at(1)));
    assert!(
        said(8).ends_with(&format!("{} and 3 more)", at(4))),
        "{}",
        said(8)
    );
}

#[test]
fn a_listener_says_what_is_wrong_with_its_gateway() {
    let listener = "  - {name: l, port: 80, protocol: HTTP}\n";
    let text = with(listener);
    let programmed = |text: &str| {
        let set = statuses(&compiled(&[CLASS, text]));
        message(&set, &gateway("infra", "g"), "l", "Programmed")
    };
    let nowhere = text.replace(
        "  listeners:",
        "  addresses: [{value: nowhere}]\n  listeners:",
    );
    assert_eq!(programmed(&nowhere), "the Gateway cannot listen on nowhere");
    let unknown = nowhere.replace("{value: nowhere}", "{type: Hostname, value: a.com}");
    assert_eq!(programmed(&unknown), "the Gateway is not accepted");
    let address = text.replace("port: 80,", "port: 80, hostname: 10.0.0.1,");
    assert!(programmed(&address).starts_with("\"10.0.0.1\" is no hostname"));
}
