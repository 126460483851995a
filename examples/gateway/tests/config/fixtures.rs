//! The shared fixtures, where they are at hand: a guide's manifests and one fault per file.

use std::path::{Path, PathBuf};

use agentgateway::config::{Directory, File, Source, load};

/// The folder of fixtures beside the repository; `None` skips the test.
fn shared(folder: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bases = [
        root.join("../../../shared"),
        root.join("../../../../shared"),
    ];
    let found = bases
        .iter()
        .map(|base| base.join("data/gateway-api").join(folder));
    let found = found.into_iter().find(|path| path.is_dir());
    if found.is_none() {
        eprintln!("skipped: ../shared/data/gateway-api/{folder} is absent");
    }
    found
}

/// What each faulty manifest is refused with.
const EXPECTED: &[(&str, &str)] = &[
    (
        "backend-a2a-no-port",
        "AgentgatewayBackend agents/researcher: spec.a2a: field \"port\" is required",
    ),
    (
        "backend-ai-with-mcp-policy",
        "spec.policies.mcp: field \"mcp\" is not supported yet",
    ),
    (
        "backend-mcp-selector-and-static",
        "spec.mcp.targets[1]: exactly one of \"selector\", \"static\" must be set, found 2",
    ),
    (
        "backend-two-kinds",
        "spec: exactly one of \"ai\", \"static\", \"dynamicForwardProxy\", \"mcp\", \"aws\", \"a2a\" must be set, found 2",
    ),
    (
        "gateway-bad-from",
        "spec.listeners[0].allowedRoutes.namespaces.from: \"Any\" is not one of \"Same\", \"All\", \"Selector\"",
    ),
    (
        "gateway-duplicate-listener",
        "spec.listeners[1].port: the combination of port, protocol and hostname must be unique, and port 8080 is that of listener \"a2a\"",
    ),
    (
        "gateway-parametersref-namespace",
        "spec.infrastructure.parametersRef.namespace: unknown field \"namespace\"",
    ),
    (
        "params-daemonset-overlay",
        "AgentgatewayParameters is not supported yet",
    ),
    (
        "params-shutdown-min-gt-max",
        "AgentgatewayParameters is not supported yet",
    ),
    (
        "policy-both-targets",
        "AgentgatewayPolicy is not supported yet",
    ),
    ("policy-empty", "AgentgatewayPolicy is not supported yet"),
    (
        "policy-frontend-on-route",
        "AgentgatewayPolicy is not supported yet",
    ),
    (
        "policy-targetref-namespace",
        "AgentgatewayPolicy is not supported yet",
    ),
    (
        "policy-tracing-path-grpc",
        "AgentgatewayPolicy is not supported yet",
    ),
    (
        "policy-tracing-service-no-port",
        "AgentgatewayPolicy is not supported yet",
    ),
    (
        "policy-tracing-url-and-backendref",
        "AgentgatewayPolicy is not supported yet",
    ),
    (
        "policy-unknown-field",
        "AgentgatewayPolicy is not supported yet",
    ),
    (
        "referencegrant-empty-from",
        "ReferenceGrant is not supported yet",
    ),
    (
        "route-parentrefs-not-distinct",
        "spec.parentRefs[1]: refers to Gateway agentgateway-system/agentgateway-proxy a second time; give each of these references a sectionName of its own",
    ),
    (
        "route-relative-path",
        "spec.rules[0].matches[0].path.value: \"v1\" must start with \"/\", as \"/v1\" does",
    ),
    (
        "route-rewrite-two-matches",
        "spec.rules[0]: a rule with ReplacePrefixMatch must have exactly one match, a PathPrefix",
    ),
    (
        "route-service-no-port",
        "spec.rules[0].backendRefs[0]: field \"port\" is required for a Service",
    ),
];

/// Fault C01: unknown fields, wrong types, dangling references, port clashes, no YAML at all, keys given twice, large files: all problems in one run, each with file, object, field and the nearest name.
#[test]
fn every_faulty_manifest_is_refused_by_name() {
    let Some(folder) = shared("manifests-invalid") else {
        return;
    };
    let files = Directory::new(folder).read().unwrap();
    assert_eq!(files.len(), EXPECTED.len(), "a fixture has no expectation");
    for file in files {
        let report = load([file.clone()].as_slice()).expect_err(file.name());
        let stem = file.name().trim_end_matches(".yaml");
        let (_, expected) = EXPECTED.iter().find(|(name, _)| *name == stem).expect(stem);
        assert!(report.to_string().contains(expected), "{stem}:\n{report}");
    }
}

#[test]
fn the_rendered_guide_is_refused_with_all_that_is_not_supported() {
    let Some(folder) = shared("manifests-rendered") else {
        return;
    };
    let report = load(&Directory::new(folder)).unwrap_err();
    let messages = [
        "Gateway agentgateway-system/agentgateway-proxy: spec.infrastructure.parametersRef: \"AgentgatewayParameters\" is not supported yet",
        "AgentgatewayParameters agentgateway-system/agentgateway-proxy-params: kind: AgentgatewayParameters is not supported yet",
        "AgentgatewayPolicy agentgateway-system/otel-tracing: kind: AgentgatewayPolicy is not supported yet",
        "ReferenceGrant opentelemetry/agentgateway-to-otel: kind: ReferenceGrant is not supported yet",
        "AgentgatewayBackend tools/mcp-tools: spec.mcp.targets: several targets are not supported yet, found 2",
        "AgentgatewayBackend tools/mcp-tools: spec.mcp.targets[0].selector: field \"selector\" is not supported yet",
        "AgentgatewayBackend tools/mcp-tools: spec.mcp.failureMode: \"FailOpen\" is not supported yet",
        "AgentgatewayBackend llm/models: spec.ai.groups: several groups are not supported yet, found 2",
    ];
    let text = report.to_string();
    for message in messages {
        assert!(text.contains(message), "no {message:?} in\n{text}");
    }
    assert_eq!(report.problems.len(), messages.len(), "{text}");
}

#[test]
fn the_guide_as_it_is_written_asks_to_be_rendered() {
    let Some(folder) = shared("manifests") else {
        return;
    };
    let report = load(&Directory::new(folder)).unwrap_err().to_string();
    assert!(
        report.contains("kustomization.yaml: a kustomization is not supported yet"),
        "{report}"
    );
    assert!(
        report.contains("holds a ${variable}, and substitution is not supported yet"),
        "{report}"
    );
}

#[test]
fn the_conformance_manifests_are_loaded_or_refused_and_nothing_else() {
    let Some(folder) = shared("conformance") else {
        return;
    };
    for file in Directory::new(folder).read().unwrap() {
        let name = file.name().to_owned();
        if let Err(report) = load([File::new(name.as_str(), file.text())].as_slice()) {
            assert!(
                report
                    .problems
                    .iter()
                    .all(|problem| !problem.message.is_empty()),
                "{name}"
            );
        }
    }
}
