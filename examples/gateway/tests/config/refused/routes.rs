//! Routes and the Services they lead to.

use super::check::{refuses, refuses_rule};
use crate::{BACKEND, GATEWAY, TO_WEB, joined, load_text, route, route_with};

#[test]
fn refuses_a_route_that_no_listener_takes() {
    let rules = format!("{{{TO_WEB}}}");
    let cases = [
        (
            "{name: egde, namespace: infra}",
            "spec.parentRefs[0]: Gateway infra/egde is not found; did you mean \"edge\"?",
        ),
        (
            "{name: edge}",
            "spec.parentRefs[0]: Gateway apps/edge is not found; there is one in namespace \"infra\"",
        ),
        (
            "{name: edge, namespace: infra, sectionName: htpp}",
            "spec.parentRefs[0]: Gateway infra/edge has no listener of name \"htpp\"; did you mean \"http\"?",
        ),
        (
            "{name: edge, namespace: infra, port: 1}",
            "spec.parentRefs[0]: Gateway infra/edge has no listener on port 1; its listeners are \"http\"",
        ),
        (
            "{kind: Service, name: edge, namespace: infra}",
            "spec.parentRefs[0].kind: \"Service\" is not supported yet",
        ),
        (
            "{name: edge, namespace: infra, section: http}",
            "spec.parentRefs[0].section: unknown field \"section\"; known are \"group\", \"kind\", \"name\", \"namespace\", \"sectionName\", \"port\"",
        ),
    ];
    for (parent, expected) in cases {
        let expected = format!("document 4, HTTPRoute apps/web: {expected}");
        refuses(&[&route_with(parent, &rules)], &[&expected]);
    }
    let strict = GATEWAY.replace("from: All", "from: Same");
    let report = load_text(&joined(&[&strict, BACKEND, &route(&rules)]))
        .unwrap_err()
        .to_string();
    assert_eq!(
        report,
        "m.yaml, document 4, HTTPRoute apps/web: spec.parentRefs[0]: Gateway infra/edge allows no routes of namespace \"apps\" here; set allowedRoutes.namespaces.from: All on its listener"
    );
    let hosted = GATEWAY.replace("port: 8080", "port: 8080, hostname: a.com");
    let route = route(&rules).replace("  rules:", "  hostnames: [b.com]\n  rules:");
    let report = load_text(&joined(&[&hosted, BACKEND, &route]))
        .unwrap_err()
        .to_string();
    assert!(
        report.ends_with(
            "spec.hostnames: no hostname in common with the listeners of spec.parentRefs[0]"
        ),
        "{report}"
    );
}

#[test]
fn refuses_matches_and_filters_that_are_not_served() {
    let rule = |matches: &str| format!("{{matches: [{matches}], {TO_WEB}}}");
    let cases = [
        (
            "{headers: []}",
            ".matches[0].headers: field \"headers\" is not supported yet",
        ),
        (
            "{method: GET}",
            ".matches[0].method: field \"method\" is not supported yet",
        ),
        (
            "{queryParams: []}",
            ".matches[0].queryParams: field \"queryParams\" is not supported yet",
        ),
        (
            "{path: {type: RegularExpression, value: /a}}",
            ".matches[0].path.type: \"RegularExpression\" is not supported yet",
        ),
        (
            "{path: {type: Prefix, value: /a}}",
            ".matches[0].path.type: \"Prefix\" is not one of \"PathPrefix\", \"Exact\", \"RegularExpression\"",
        ),
        (
            "{path: {value: a}}",
            ".matches[0].path.value: \"a\" must start with \"/\", as \"/a\" does",
        ),
        (
            "{path: {value: /a//b}}",
            ".matches[0].path.value: \"/a//b\" must not contain \"//\"",
        ),
        (
            "{path: {value: /a/..}}",
            ".matches[0].path.value: \"/a/..\" must not end with \"/..\"",
        ),
        (
            "{path: {value: '/a?b'}}",
            ".matches[0].path.value: \"/a?b\" has a character that a path must percent-encode",
        ),
        (
            "{path: {value: '/a%2'}}",
            ".matches[0].path.value: \"/a%2\" has a character that a path must percent-encode",
        ),
    ];
    for (matches, expected) in cases {
        refuses_rule(&rule(matches), expected);
    }
    for filter in [
        "RequestHeaderModifier",
        "RequestRedirect",
        "RequestMirror",
        "CORS",
        "ExtensionRef",
    ] {
        let expected = format!(".filters[0].type: \"{filter}\" is not supported yet");
        refuses_rule(
            &format!("{{filters: [{{type: {filter}}}], {TO_WEB}}}"),
            &expected,
        );
    }
}

#[test]
fn refuses_rewrites_that_are_not_served() {
    let prefix = "path: {type: ReplacePrefixMatch, replacePrefixMatch: /}";
    let rule = |rewrite: &str| {
        format!("{{filters: [{{type: URLRewrite, urlRewrite: {{{rewrite}}}}}], {TO_WEB}}}")
    };
    let at = ".filters[0].urlRewrite";
    let cases = [
        (
            format!("hostname: a.com, {prefix}"),
            format!("{at}.hostname: field \"hostname\" is not supported yet"),
        ),
        (
            "path: {type: ReplaceFullPath}".to_owned(),
            format!("{at}.path.type: \"ReplaceFullPath\" is not supported yet"),
        ),
        (
            "path: {type: ReplacePrefixMatch}".to_owned(),
            format!("{at}.path: field \"replacePrefixMatch\" is required"),
        ),
        (
            "path: {type: ReplacePrefixMatch, replacePrefixMatch: x}".to_owned(),
            format!("{at}.path.replacePrefixMatch: \"x\" must start with \"/\", as \"/x\" does"),
        ),
    ];
    for (rewrite, expected) in cases {
        refuses_rule(&rule(&rewrite), &expected);
    }
    let filter = format!("{{type: URLRewrite, urlRewrite: {{{prefix}}}}}");
    refuses_rule(
        &format!(
            "{{matches: [{{path: {{type: Exact, value: /a}}}}], filters: [{filter}], {TO_WEB}}}"
        ),
        ": a rule with ReplacePrefixMatch must have exactly one match, a PathPrefix; split the rule",
    );
    refuses_rule(
        &format!("{{filters: [{filter}, {filter}], {TO_WEB}}}"),
        ".filters[1]: a second URLRewrite in one rule",
    );
}

#[test]
fn refuses_backend_references() {
    let web = "{group: agentgateway.dev, kind: AgentgatewayBackend, name: web}";
    let changed = |from: &str, to: &str| web.replace(from, to);
    let cases = [
        (
            format!("{web}, {web}"),
            "s: several backendRefs are not supported yet, found 2; give one",
        ),
        (
            changed("name: web", "name: wbe"),
            "s[0]: AgentgatewayBackend apps/wbe is not found; did you mean \"web\"?",
        ),
        (
            changed("name: web", "name: web, weight: 0"),
            "s[0].weight: a weight of 0 on the only backend leaves none to answer",
        ),
        (
            changed("name: web", "name: web, filters: []"),
            "s[0].filters: field \"filters\" is not supported yet",
        ),
        (
            changed("group: agentgateway.dev, ", ""),
            "s[0]: AgentgatewayBackend is of no core group; add group: agentgateway.dev",
        ),
        (
            "{group: x.io, kind: Pool, name: web}".to_owned(),
            "s[0]: a backend of group \"x.io\" and kind \"Pool\" is not supported; give kind Service, or group agentgateway.dev and kind AgentgatewayBackend",
        ),
        (
            changed("name: web", "name: web, namespace: data"),
            "s[0].namespace: a route in namespace \"apps\" may use a backend in namespace \"data\" only by a ReferenceGrant in \"data\", and ReferenceGrant is not supported yet; move the backend to namespace \"apps\", or the route to \"data\"",
        ),
        (
            "{name: svc}".to_owned(),
            "s[0]: field \"port\" is required for a Service",
        ),
        (
            "{name: svc, port: 80}".to_owned(),
            "s[0]: Service apps/svc is not found",
        ),
    ];
    for (reference, expected) in cases {
        let rule = format!("{{backendRefs: [{reference}]}}");
        refuses_rule(&rule, &format!(".backendRef{expected}"));
    }
    refuses_rule(
        &format!("{{timeouts: {{request: 5s}}, {TO_WEB}}}"),
        ".timeouts.request: a timeout of \"5s\" is not supported yet; only \"0s\", no timeout, is",
    );
    refuses_rule("{}", ": field \"backendRefs\" is required");
}

#[test]
fn refuses_services_that_cannot_be_reached_as_they_are() {
    let service = |spec: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: svc, namespace: apps}}\nspec: {spec}"
        )
    };
    let cases = [
        (
            "{ports: [{port: 81}, {port: 82}]}",
            "Service apps/svc has no port 80, it has 81, 82",
        ),
        (
            "{type: ExternalName, ports: [{port: 80}]}",
            "Service apps/svc of type ExternalName is not supported",
        ),
        (
            "{clusterIP: None, ports: [{port: 80, targetPort: 81}]}",
            "headless Service apps/svc with another targetPort is not supported yet",
        ),
        (
            "{ports: [{port: 80, appProtocol: agentgateway.dev/mcp-sse}]}",
            "appProtocol \"agentgateway.dev/mcp-sse\" of port 80 of Service apps/svc is not supported yet",
        ),
        (
            "{ports: [{port: 80, appProtocol: kubernetes.io/h2c}]}",
            "appProtocol \"kubernetes.io/h2c\" of port 80 of Service apps/svc is not supported yet",
        ),
    ];
    let route = route("{backendRefs: [{name: svc, port: 80}]}");
    for (spec, message) in cases {
        let expected =
            format!("document 5, HTTPRoute apps/web: spec.rules[0].backendRefs[0]: {message}");
        refuses(&[&service(spec), &route], &[&expected]);
    }
}
