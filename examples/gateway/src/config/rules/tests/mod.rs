//! Each rule with a document that breaks it; and the published sets of manifests.

mod policies;
mod published;

use std::fs;
use std::path::{Path, PathBuf};

use crate::config::File;
use crate::config::object::decode;
use crate::config::yaml::parse;

/// What is wrong with a text.
fn faults(name: &str, text: &str) -> Vec<String> {
    let (documents, syntax) = parse(&File::new(name, text));
    let (_, problems) = decode(&documents);
    let problems = syntax.iter().chain(&problems);
    problems.map(ToString::to_string).collect()
}

/// A document of a kind with this spec, in one line.
fn document(kind: &str, spec: &str) -> String {
    let version = if kind.starts_with("Agent") {
        "agentgateway.dev/v1alpha1"
    } else {
        "gateway.networking.k8s.io/v1"
    };
    format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {spec}\n")
}

/// One fault, of this field and with these words.
#[track_caller]
fn breaks(kind: &str, spec: &str, path: &str, words: &str) {
    let found = faults("f.yaml", &document(kind, spec));
    let wanted = format!("{kind} default/x: {path}: {words}");
    assert!(
        found.len() == 1 && found[0].contains(&wanted),
        "{spec}\nwanted {wanted}\nfound {found:#?}"
    );
}

#[track_caller]
fn holds(kind: &str, spec: &str) {
    assert_eq!(faults("f.yaml", &document(kind, spec)), [""; 0], "{spec}");
}

fn gateway(listeners: &str) -> String {
    format!("{{gatewayClassName: c, listeners: [{listeners}]}}")
}

/// Fault C01: two listeners that clash, and TLS where there is none, are refused with the words of the CRD and their place.
#[test]
fn rules_of_gateways() {
    let broken = |listeners: &str, path: &str, words: &str| {
        breaks("Gateway", &gateway(listeners), path, words);
    };
    broken(
        "{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: HTTP}",
        "spec.listeners[1]",
        "Combination of port, protocol and hostname must be unique",
    );
    broken(
        "{name: a, port: 80, protocol: HTTP}, {name: a, port: 81, protocol: HTTP}",
        "spec.listeners[1]",
        "name \"a\" is given twice",
    );
    broken(
        "{name: a, port: 80, protocol: HTTP, tls: {certificateRefs: [{name: s}]}}",
        "spec.listeners[0].tls",
        "tls must not be specified for protocols",
    );
    broken(
        "{name: a, port: 80, protocol: HTTPS, tls: {mode: Passthrough}}",
        "spec.listeners[0].tls.mode",
        "tls mode must be Terminate",
    );
    broken(
        "{name: a, port: 80, protocol: TLS}",
        "spec.listeners[0].tls",
        "tls mode must be set for protocol TLS",
    );
    broken(
        "{name: a, port: 80, protocol: TCP, hostname: a.b}",
        "spec.listeners[0].hostname",
        "hostname must not be specified for protocols ['TCP', 'UDP']",
    );
    broken(
        "{name: a, port: 80, protocol: HTTPS, tls: {}}",
        "spec.listeners[0].tls",
        "certificateRefs or options must be specified",
    );
    holds(
        "Gateway",
        &gateway(
            "{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: HTTP, hostname: a.b}",
        ),
    );
    let one = "gatewayClassName: c, listeners: [{name: a, port: 80, protocol: HTTP}]";
    breaks(
        "Gateway",
        &format!("{{{one}, addresses: [{{value: 10.0.0.1}}, {{value: 10.0.0.1}}]}}"),
        "spec.addresses[1].value",
        "IPAddress values must be unique",
    );
    breaks(
        "Gateway",
        &format!("{{{one}, addresses: [{{type: Hostname, value: A_b}}]}}"),
        "spec.addresses[0].value",
        "Hostname value must be empty or contain only valid characters",
    );
    breaks(
        "Gateway",
        &format!("{{{one}, infrastructure: {{labels: {{-a: b}}}}}}"),
        "spec.infrastructure.labels.-a",
        "Label keys must be in the form",
    );
}

#[test]
fn rules_of_routes() {
    let twice = "sectionName must be specified when parentRefs includes 2 or more";
    for kind in ["HTTPRoute", "GRPCRoute"] {
        breaks(
            kind,
            "{parentRefs: [{name: g}, {name: g}]}",
            "spec.parentRefs[1]",
            twice,
        );
        breaks(
            kind,
            "{parentRefs: [{name: g, sectionName: a}, {name: g}]}",
            "spec.parentRefs[1]",
            twice,
        );
        breaks(
            kind,
            "{parentRefs: [{name: g, sectionName: a}, {name: g, sectionName: a}]}",
            "spec.parentRefs[1].sectionName",
            "sectionName must be unique when",
        );
        holds(
            kind,
            "{parentRefs: [{name: g, sectionName: a}, {name: g, sectionName: b}, {name: h}]}",
        );
        breaks(
            kind,
            "{rules: [{backendRefs: [{name: s}]}]}",
            "spec.rules[0].backendRefs[0]",
            "Must have port for Service reference",
        );
        breaks(
            kind,
            "{rules: [{filters: [{type: RequestMirror}]}]}",
            "spec.rules[0].filters[0]",
            "filter.requestMirror must be specified for RequestMirror filter.type",
        );
    }
    breaks(
        "GRPCRoute",
        "{rules: [{matches: [{method: {}}]}]}",
        "spec.rules[0].matches[0].method",
        "One or both of 'service' or 'method' must be specified",
    );
    breaks(
        "GRPCRoute",
        "{rules: [{matches: [{method: {service: a/b}}]}]}",
        "spec.rules[0].matches[0].method.service",
        "service must only contain valid characters",
    );
    let matches = "{}, ".repeat(64);
    breaks(
        "HTTPRoute",
        &format!("{{rules: [{{matches: [{matches}]}}, {{matches: [{matches}]}}, {{}}]}}"),
        "spec.rules",
        "While 16 rules and 64 matches per rule are allowed",
    );
}

#[test]
fn rules_of_paths() {
    let path = |value: &str, words: &str| {
        let spec = format!("{{rules: [{{matches: [{{path: {{value: \"{value}\"}}}}]}}]}}");
        let found = faults("f.yaml", &document("HTTPRoute", &spec));
        let told = found.iter().any(|fault| {
            fault.contains("spec.rules[0].matches[0].path.value: ") && fault.contains(words)
        });
        assert!(told, "{value} {found:?}");
    };
    path("a", "value must be an absolute path and start with '/'");
    path("/a//b", "must not contain '//'");
    path("/a/./b", "must not contain '/./'");
    path("/a/../b", "must not contain '/../'");
    path("/a%2fb", "must not contain '%2f'");
    path("/a%2Fb", "must not contain '%2F'");
    path("/a#b", "must not contain '#'");
    path("/a/..", "must not end with '/..'");
    path("/a/.", "must not end with '/.'");
    path("/a b", "must only contain valid characters");
    path("/a%2", "must only contain valid characters");
    holds(
        "HTTPRoute",
        "{rules: [{matches: [{path: {value: /a%20b}}, {path: {type: RegularExpression, value: a.*}}]}]}",
    );
}

#[test]
fn rules_of_filters() {
    let filters = |filters: &str, path: &str, words: &str| {
        breaks(
            "HTTPRoute",
            &format!("{{rules: [{{filters: [{filters}]}}]}}"),
            path,
            words,
        );
    };
    filters(
        "{type: CORS, cors: {}}, {type: CORS, cors: {}}",
        "spec.rules[0].filters[1]",
        "CORS filter cannot be repeated",
    );
    filters(
        "{type: CORS, cors: {}, urlRewrite: {}}",
        "spec.rules[0].filters[0].urlRewrite",
        "filter.urlRewrite must be nil if the filter.type is not URLRewrite",
    );
    filters(
        "{type: CORS, cors: {allowOrigins: ['*', 'https://a.b']}}",
        "spec.rules[0].filters[0].cors.allowOrigins",
        "AllowOrigins cannot contain '*' alongside other origins",
    );
    filters(
        "{type: RequestRedirect, requestRedirect: {}}, {type: URLRewrite, urlRewrite: {}}",
        "spec.rules[0].filters",
        "May specify either httpRouteFilterRequestRedirect or",
    );
    filters(
        "{type: RequestMirror, requestMirror: {backendRef: {name: s, port: 1}, percent: 1, fraction: {numerator: 1}}}",
        "spec.rules[0].filters[0].requestMirror",
        "Only one of percent or fraction",
    );
    filters(
        "{type: RequestMirror, requestMirror: {backendRef: {name: s, port: 1}, fraction: {numerator: 101}}}",
        "spec.rules[0].filters[0].requestMirror.fraction",
        "numerator must be less than or equal to denominator",
    );
    filters(
        "{type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath}}}",
        "spec.rules[0].filters[0].urlRewrite.path",
        "replaceFullPath must be specified when type is set to 'ReplaceFullPath'",
    );
    let redirect = "{type: RequestRedirect, requestRedirect: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}";
    breaks(
        "HTTPRoute",
        &format!("{{rules: [{{filters: [{redirect}], backendRefs: [{{name: s, port: 1}}]}}]}}"),
        "spec.rules[0].filters[0]",
        "RequestRedirect filter must not be used together with backendRefs",
    );
    breaks(
        "HTTPRoute",
        &format!("{{rules: [{{filters: [{redirect}], matches: [{{path: {{type: Exact}}}}]}}]}}"),
        "spec.rules[0].filters[0]",
        "When using RequestRedirect filter with path.replacePrefixMatch, exactly one",
    );
    holds(
        "HTTPRoute",
        &format!("{{rules: [{{filters: [{redirect}]}}]}}"),
    );
    breaks(
        "HTTPRoute",
        "{rules: [{timeouts: {request: 1s, backendRequest: 2s}}]}",
        "spec.rules[0].timeouts.backendRequest",
        "backendRequest timeout cannot be longer than request timeout",
    );
    holds(
        "HTTPRoute",
        "{rules: [{timeouts: {request: 0s, backendRequest: 2s}}]}",
    );
}

#[test]
fn rules_of_backends() {
    let server = |fields: &str| {
        format!("{{mcp: {{targets: [{{name: a, static: {{host: h, port: 1, {fields}}}}}]}}}}")
    };
    breaks(
        "AgentgatewayBackend",
        &server("protocol: SSE, era: Modern"),
        "spec.mcp.targets[0].static.era",
        "SSE is a transport of revisions before 2026-07-28",
    );
    holds("AgentgatewayBackend", &server("protocol: SSE, era: Legacy"));
    holds("AgentgatewayBackend", &server("era: Modern"));
    let backend = |spec: &str, path: &str, words: &str| {
        breaks("AgentgatewayBackend", spec, path, words);
    };
    backend("{}", "spec", "exactly one of the fields in [ai static");
    backend(
        "{static: {host: a}}",
        "spec.static",
        "must specify either unixPath or both host and port",
    );
    backend(
        "{static: {host: a, port: 1, unixPath: /b}}",
        "spec.static",
        "unixPath and host/port are mutually exclusive",
    );
    backend(
        "{static: {host: a, port: 1}, policies: {}}",
        "spec.policies",
        "at least one of the fields in [ai auth",
    );
    backend(
        "{static: {host: a, port: 1}, policies: {ai: {modelAliases: {}}}}",
        "spec.policies.ai",
        "AI policies require AI backend",
    );
    backend(
        "{static: {host: a, port: 1}, policies: {tcp: {connectTimeout: 1ms}}}",
        "spec.policies.tcp.connectTimeout",
        "connectTimeout must be at least 100ms",
    );
    backend(
        "{static: {host: a, port: 1}, policies: {auth: {key: k, secretRef: {name: s}}}}",
        "spec.policies.auth.secretRef",
        "at most one of the fields in [key secretRef",
    );
    backend(
        "{static: {host: a, port: 1}, policies: {auth: {}}}",
        "spec.policies.auth",
        "must specify credentials",
    );
    backend(
        "{ai: {}}",
        "spec.ai",
        "exactly one of the fields in [provider groups]",
    );
    backend(
        "{ai: {provider: {}}}",
        "spec.ai.provider",
        "exactly one of the fields in [openai",
    );
    backend(
        "{ai: {provider: {openai: {}, host: a}}}",
        "spec.ai.provider",
        "both host and port must be set together",
    );
    backend(
        "{ai: {provider: {openai: {}, name: a}}}",
        "spec.ai.provider.name",
        "unknown field \"name\"",
    );
    backend(
        "{ai: {groups: [{providers: [{openai: {}}]}]}}",
        "spec.ai.groups[0].providers[0].name",
        "is required",
    );
    backend(
        "{ai: {groups: [{providers: [{name: a, openai: {}}, {name: a, openai: {}}]}]}}",
        "spec.ai.groups[0].providers[1].name",
        "provider names must be unique within a group",
    );
    backend(
        "{ai: {provider: {custom: {formats: [{type: Messages}]}}}}",
        "spec.ai.provider",
        "custom providers must specify exactly one of backendRef or host and port",
    );
    backend(
        "{mcp: {targets: [{name: a}]}}",
        "spec.mcp.targets[0]",
        "exactly one of the fields in [selector static]",
    );
    backend(
        "{mcp: {targets: [{name: a, selector: {}}]}}",
        "spec.mcp.targets[0].selector",
        "at least one of the fields in [namespaces services]",
    );
    backend(
        "{mcp: {targets: [{name: a, static: {host: h}}]}}",
        "spec.mcp.targets[0].static.port",
        "is required",
    );
    holds(
        "AgentgatewayBackend",
        "{mcp: {targets: [{name: a, static: {backendRef: {group: gateway.agentgateway.dev, kind: LocalProcess, name: p}}}]}}",
    );
}
