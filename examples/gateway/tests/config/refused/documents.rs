//! Documents, kinds and metadata.

use agentgateway::config::{File, load};

use super::check::{refuses, refuses_rule};
use crate::{BACKEND, GATEWAY, TO_WEB, backend, load_text, route, said};

/// Fault C01: unknown fields, wrong types, dangling references, port clashes, no YAML at all, keys given twice, large files: all problems in one run, each with file, object, field and the nearest name.
#[test]
fn names_a_misspelled_field_and_what_was_meant() {
    let misspelled = route(&format!("{{{TO_WEB}}}")).replace("rules:", "rulse: []\n  rules:");
    refuses(
        &[&misspelled],
        &[
            "document 4, HTTPRoute apps/web: spec.rulse: unknown field \"rulse\"; did you mean \"rules\"?",
        ],
    );
    refuses_rule(
        &format!("{{pathh: x, {TO_WEB}}}"),
        ".pathh: unknown field \"pathh\"; known are \"name\", \"matches\", \"filters\", \
         \"backendRefs\", \"timeouts\"",
    );
}

/// Fault C01: unknown fields, wrong types, dangling references, port clashes, no YAML at all, keys given twice, large files: all problems in one run, each with file, object, field and the nearest name.
#[test]
fn tells_all_problems_of_all_documents() {
    let rules = "{macthes: [], backendRefs: []}, {retry: {}, backendRefs: [{name: s, port: 0}]}";
    let second = backend("{a2a: {host: 'http://x', prot: 1}}");
    refuses(
        &[&route(rules), &second],
        &[
            "document 4, HTTPRoute apps/web: spec.rules[0].backendRefs: must have one item, found 0",
            "document 4, HTTPRoute apps/web: spec.rules[0].macthes: unknown field \"macthes\"; did you mean \"matches\"?",
            "document 4, HTTPRoute apps/web: spec.rules[1].backendRefs[0].port: must be a whole number from 1 to 65535, found 0",
            "document 4, HTTPRoute apps/web: spec.rules[1].retry: field \"retry\" is not supported yet",
            "document 5, AgentgatewayBackend apps/it: spec.a2a: field \"port\" is required",
            "document 5, AgentgatewayBackend apps/it: spec.a2a.host: \"http://x\" is not a host; write a name or an address alone, without scheme, port and path",
            "document 5, AgentgatewayBackend apps/it: spec.a2a.prot: unknown field \"prot\"; did you mean \"port\"?",
        ],
    );
}

#[test]
fn names_kinds_that_are_unknown_not_yet_served_or_of_another_version() {
    let document = |version: &str, kind: &str| {
        format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x, namespace: n}}")
    };
    let hint = "take it out of what this gateway reads";
    for kind in [
        "AgentgatewayPolicy",
        "AgentgatewayParameters",
        "ReferenceGrant",
        "GRPCRoute",
        "ConfigMap",
    ] {
        let expected = format!("document 4, {kind} n/x: kind: {kind} is not supported yet; {hint}");
        refuses(&[&document("v1", kind)], &[&expected]);
    }
    let cases = [
        (
            "kustomize.toolkit.fluxcd.io/v1",
            "Kustomization",
            "Kustomization is not supported yet; render it first, and give the rendered manifests",
        ),
        (
            "v1",
            "List",
            "List is not supported yet; write its items as documents of their own",
        ),
        (
            "gateway.networking.k8s.io/v1",
            "HTTPRoutes",
            "unknown kind \"HTTPRoutes\" in \"gateway.networking.k8s.io/v1\"; did you mean \"HTTPRoute\"?",
        ),
        (
            "apps/v1",
            "Deployment",
            "unknown kind \"Deployment\" in \"apps/v1\"",
        ),
        (
            "gateway.networking.k8s.io/v1beta1",
            "HTTPRoute",
            "\"gateway.networking.k8s.io/v1beta1\" HTTPRoute is not supported; write apiVersion: gateway.networking.k8s.io/v1",
        ),
    ];
    for (version, kind, message) in cases {
        let expected = format!("document 4, {kind} n/x: kind: {message}");
        refuses(&[&document(version, kind)], &[&expected]);
    }
    refuses(
        &["kind: Gateway"],
        &["document 4, Gateway: field \"apiVersion\" is required"],
    );
    refuses(
        &["just text"],
        &["document 4: must be an object, found a string"],
    );
}

#[test]
fn refuses_kustomization_files_by_name() {
    for name in [
        "kustomization.yaml",
        "sub/kustomization.yml",
        "Kustomization",
    ] {
        let files = [
            File::new(name, "resources: [a.yaml]"),
            File::new("g.yaml", GATEWAY),
        ];
        let report = load(files.as_slice()).unwrap_err().to_string();
        let expected = "a kustomization is not supported yet; render it first, and give the rendered manifests";
        assert_eq!(report, format!("{name}: {expected}"));
    }
}

/// Fault C01: unknown fields, wrong types, dangling references, port clashes, no YAML at all, keys given twice, large files: all problems in one run, each with file, object, field and the nearest name.
#[test]
fn refuses_what_is_no_yaml_or_json_and_reads_on_after_a_key_given_twice() {
    let report = load_text(&format!("a: 1\na: 2\n---\nkind: 7\n---\n{GATEWAY}")).unwrap_err();
    let told: Vec<_> = report.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "m.yaml, document 1: is not valid YAML: duplicate entry with key \"a\"",
            "m.yaml, document 2: field \"apiVersion\" is required",
            "m.yaml, document 2: kind: must be a string, found a number; put it in quotes",
        ]
    );
    // What this document was cannot be told, so no route is told that its Gateway is missing.
    let report = load_text(&format!("{}\n---\na: [\n", route("{}"))).unwrap_err();
    let told: Vec<_> = report.problems.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[1].starts_with("m.yaml, document 2: is not valid YAML: "),
        "{told:?}"
    );
    assert!(told[1].contains("line"), "{told:?}");
    let report = load([File::new("m.json", "{\"a\":")].as_slice())
        .unwrap_err()
        .to_string();
    assert!(
        report.contains("m.json, document 1: is not valid JSON: EOF while parsing"),
        "{report}"
    );
}

#[test]
fn refuses_a_second_definition_and_an_empty_set() {
    refuses(
        &[BACKEND],
        &[
            "document 4, AgentgatewayBackend apps/web: is defined a second time; the first is in m.yaml, document 3",
        ],
    );
    let report = load_text("").unwrap_err().to_string();
    assert_eq!(
        report,
        "there is no Gateway, so there is nothing to listen on"
    );
}

#[test]
fn refuses_bad_metadata() {
    let namespace =
        |metadata: &str| format!("apiVersion: v1\nkind: Namespace\nmetadata: {metadata}");
    let cases = [
        (
            "{name: Apps}",
            "document 4, Namespace Apps: metadata.name: \"Apps\" is not a name; use lower case letters, digits, \"-\" and \".\"",
        ),
        (
            "{name: a, namespace: b}",
            "document 4, Namespace b/a: metadata.namespace: a Namespace has no namespace",
        ),
        (
            "{name: a, lables: {}}",
            "document 4, Namespace a: metadata.lables: unknown field \"lables\"; did you mean \"labels\"?",
        ),
        (
            "{name: a, labels: {x: true}}",
            "document 4, Namespace a: metadata.labels.x: must be a string, found true or false; put it in quotes",
        ),
        (
            "{name: a, creationTimestamp: yesterday}",
            "document 4, Namespace a: metadata.creationTimestamp: must be a time of the form \"2026-01-31T12:00:00Z\"",
        ),
        (
            "{generateName: a-}",
            "document 4, Namespace: metadata: field \"name\" is required",
        ),
    ];
    for (metadata, expected) in cases {
        assert_eq!(said(&[&namespace(metadata)])[0], expected);
    }
}

#[test]
fn blames_no_reference_for_what_could_not_be_decoded() {
    let broken = backend("{a2a: {host: h}}");
    let route =
        route("{backendRefs: [{group: agentgateway.dev, kind: AgentgatewayBackend, name: it}]}");
    refuses(
        &[&broken, &route],
        &["document 4, AgentgatewayBackend apps/it: spec.a2a: field \"port\" is required"],
    );
}
