//! What is found, and what is not.

use super::{Lint, Severity, dependencies, health_checks};
use crate::config::File;
use crate::config::yaml::{Document, parse};

fn documents(text: &str) -> Vec<Document> {
    let (documents, problems) = parse(&File::new("f.yaml", text));
    assert_eq!(problems, []);
    documents
}

fn depends(pairs: &[(&str, &[&str])]) -> Vec<Lint> {
    let text: Vec<_> = pairs
        .iter()
        .map(|(name, on)| {
            let on: Vec<_> = on.iter().map(|name| format!("{{name: {name}}}")).collect();
            format!(
                "kind: Kustomization\nmetadata: {{name: {name}, namespace: f}}\nspec: {{dependsOn: \
                 [{}]}}\n",
                on.join(", ")
            )
        })
        .collect();
    let documents = documents(&text.join("---\n"));
    dependencies(&documents.iter().collect::<Vec<_>>())
}

#[test]
fn dependencies_on_oneself_or_in_a_circle_are_errors() {
    let lints = depends(&[("a", &["a"])]);
    assert_eq!(lints[0].severity, Severity::Error);
    assert!(lints[0].message.contains("depends on itself"));
    let lints = depends(&[("a", &["b"]), ("b", &["c", "d"]), ("c", &["a"]), ("d", &[])]);
    assert_eq!(lints.len(), 1, "{lints:?}");
    assert_eq!(
        lints[0].to_string(),
        "error: f.yaml:3:20, Kustomization f/a: spec.dependsOn[0]: depends on itself in a circle (a → b → c → \
         a), so Flux never applies it"
    );
    assert_eq!(
        depends(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])]),
        []
    );
}

#[test]
fn dependencies_on_what_is_not_here_are_notes() {
    let lints = depends(&[("apps", &["infar"]), ("infra", &[])]);
    assert_eq!(lints[0].severity, Severity::Note);
    assert!(
        lints[0]
            .message
            .contains("f/infar, which nothing here defines")
    );
    assert_eq!(lints[0].remedy.as_deref(), Some("did you mean \"infra\"?"));
}

const GATEWAY: &str = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: proxy, \
                       namespace: gw}\n";

fn health(spec: &str) -> Vec<Lint> {
    let text = format!("kind: Kustomization\nmetadata: {{name: k, namespace: f}}\nspec:\n{spec}");
    health_checks(&documents(&text)[0], &documents(GATEWAY), true)
}

fn check(kind: &str, name: &str, namespace: &str) -> String {
    format!(
        "  healthChecks:\n  - {{apiVersion: gateway.networking.k8s.io/v1, kind: {kind}, name: {name}, \
         namespace: {namespace}}}\n"
    )
}

#[test]
fn a_gateway_check_without_expressions_does_nothing_and_the_block_to_add_is_printed() {
    let lints = health(&check("Gateway", "proxy", "gw"));
    assert_eq!(lints.len(), 1);
    assert_eq!(lints[0].severity, Severity::Warning);
    assert!(
        lints[0]
            .message
            .contains("waits for nothing without healthCheckExprs")
    );
    assert_eq!(lints[0].place.path, "spec.healthChecks[0]");
    let remedy = lints[0].remedy.clone().unwrap();
    let block = remedy.strip_prefix("add to spec:\n").unwrap();
    // The block is YAML, names the kind, and satisfies the check when it is added.
    let expressions = documents(&format!("spec:\n{block}"));
    let first = &expressions[0]
        .root
        .path(&["spec", "healthCheckExprs"])
        .unwrap()
        .items()[0];
    for field in ["current", "failed", "inProgress"] {
        assert!(
            first
                .get(field)
                .unwrap()
                .as_str()
                .unwrap()
                .contains("status.conditions")
        );
    }
    let spec = format!("{}{block}\n", check("Gateway", "proxy", "gw"));
    assert_eq!(health(&spec), []);
    assert_eq!(health("  wait: true\n").len(), 1);
    assert_eq!(health(&format!("  wait: true\n{block}\n")), []);
    assert_eq!(health("  wait: false\n"), []);
}

#[test]
fn a_check_of_what_is_not_applied_names_what_is_near() {
    let remedy = |lints: &[Lint]| {
        let lint = lints
            .iter()
            .find(|lint| lint.message.contains("not among"))
            .unwrap();
        (lint.severity, lint.remedy.clone())
    };
    let near = |text: &str| (Severity::Warning, Some(text.to_owned()));
    let lints = health(&check("Gateway", "proxi", "gw"));
    assert_eq!(remedy(&lints), near("did you mean \"proxy\"?"));
    let lints = health(&check("Gateway", "proxy", "apps"));
    assert_eq!(remedy(&lints), near("it is in the namespace \"gw\""));
    let lints = health(&check("HTTPRoute", "far", "apps"));
    assert_eq!(remedy(&lints), (Severity::Note, None));
    let deployment =
        check("Deployment", "x", "y").replace("gateway.networking.k8s.io/v1", "apps/v1");
    assert_eq!(health(&deployment).len(), 1);
}

#[test]
fn findings_are_json() {
    let lints = depends(&[("a", &["a"])]);
    let json = serde_json::to_value(&lints[0]).unwrap();
    assert_eq!(json["severity"], "error");
    assert_eq!(json["place"]["line"], 3);
}
