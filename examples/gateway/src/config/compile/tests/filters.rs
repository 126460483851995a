//! What rules and policies may change, and what they may not.

use super::support::{
    EDGE, WEB, compiled, conditions, message, policy, route, rules, shares, statuses,
};

/// A route `web/r` of one rule with these filters, to Service `a`.
fn with(filters: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
         metadata: {{name: r, namespace: web}}\nspec:\n  \
         parentRefs: [{{name: edge, namespace: infra}}]\n  rules:\n  \
         - filters: [{filters}]\n    backendRefs: [{{name: a, port: 80}}]\n"
    )
}

/// How a change of this header is written, in each of three ways.
fn edits(name: &str) -> [String; 3] {
    [
        format!("{{set: [{{name: {name}, value: \"1\"}}]}}"),
        format!("{{add: [{{name: {name}, value: \"1\"}}]}}"),
        format!("{{remove: [{name}]}}"),
    ]
}

const REQUEST: &str = "RequestHeaderModifier, requestHeaderModifier";
const RESPONSE: &str = "ResponseHeaderModifier, responseHeaderModifier";

/// The condition of a route with such a filter, and its message.
fn judged(filter: &str, edit: &str) -> (String, String) {
    let text = with(&format!("{{type: {filter}: {edit}}}"));
    let found = compiled(&[EDGE, WEB, &text]);
    let set = statuses(&found);
    let refused = shares(&rules(&found, "http")[0]) == ["500"];
    let condition = conditions(&set, &route("web", "r")).remove(0);
    assert_eq!(refused, condition.contains("=False/"), "{condition}");
    let message = message(&set, &route("web", "r"), "edge", "Accepted");
    (condition, message)
}

#[test]
fn headers_that_frame_messages_are_nobodys_to_modify() {
    for name in [
        "Content-Length",
        "transfer-encoding",
        "Connection",
        "TE",
        "Trailer",
    ] {
        for edit in edits(name) {
            for filter in [REQUEST, RESPONSE] {
                let (condition, message) = judged(filter, &edit);
                assert_eq!(condition, "edge Accepted=False/UnsupportedValue", "{edit}");
                assert!(
                    message.contains(&format!("header {name} frames")),
                    "{message}"
                );
            }
        }
    }
    let (condition, _) = judged(RESPONSE, &edits("X-Own")[0]);
    assert_eq!(condition, "edge Accepted=True/Accepted");
}

#[test]
fn the_host_is_changed_by_a_rewrite_and_by_no_header() {
    for edit in edits("host") {
        let (condition, message) = judged(REQUEST, &edit);
        assert_eq!(condition, "edge Accepted=False/UnsupportedValue", "{edit}");
        assert!(message.contains("hostname of a URLRewrite"), "{message}");
    }
}

#[test]
fn a_policy_is_held_to_the_same_names() {
    for (side, name) in [("request", "Host"), ("response", "Content-Length")] {
        let [edit, ..] = edits(name);
        let text = format!(
            "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayPolicy\n\
             metadata: {{name: p, namespace: infra}}\nspec:\n  \
             targetRefs: [{{group: gateway.networking.k8s.io, kind: Gateway, name: edge}}]\n  \
             traffic: {{headerModifiers: {{{side}: {edit}}}}}\n"
        );
        let found = compiled(&[EDGE, WEB, &with(""), &text]);
        let all = conditions(&statuses(&found), &policy("infra", "p"));
        assert!(all[0].starts_with("edge Accepted=False/"), "{all:?}");
        let filters = &rules(&found, "http")[0].filters;
        assert!(filters.request.set.is_empty() && filters.response.set.is_empty());
    }
}

#[test]
fn a_mirror_of_what_is_redirected_is_told_to_have_no_effect() {
    let mirror = "{type: RequestMirror, requestMirror: {backendRef: {name: b, port: 80}}}";
    let redirect = "{type: RequestRedirect, requestRedirect: {hostname: x.com}}";
    let whole = with(&format!("{mirror}, {redirect}"))
        .replace("    backendRefs: [{name: a, port: 80}]\n", "");
    let share = with(mirror).replace(
        "{name: a, port: 80}]",
        &format!("{{name: a, port: 80, filters: [{redirect}]}}]"),
    );
    for (text, path) in [
        (&whole, "spec.rules[0].filters"),
        (&share, "spec.rules[0].backendRefs[0].filters"),
    ] {
        let found = compiled(&[EDGE, WEB, text]);
        let set = statuses(&found);
        assert_eq!(
            conditions(&set, &route("web", "r"))[0],
            "edge Accepted=True/Accepted"
        );
        assert_eq!(
            message(&set, &route("web", "r"), "edge", "Accepted"),
            "the route is attached; RequestMirror has no effect where rule 0 redirects"
        );
        let [diagnosis] = found.facts.diagnoses() else {
            panic!("{:?}", found.facts.diagnoses())
        };
        assert_eq!(diagnosis.path, path);
    }
    let found = compiled(&[EDGE, WEB, &with(mirror)]);
    assert_eq!(found.facts.diagnoses(), []);
}
