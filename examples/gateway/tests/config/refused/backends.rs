//! Backends, providers and their keys.

use agentgateway::config::{File, Store, compile, decode};

use super::check::refuses_backend;
use crate::{GATEWAY, backend, joined, route, said};

#[test]
fn refuses_backends() {
    let cases = [
        (
            "{}",
            "spec: exactly one of \"ai\", \"static\", \"dynamicForwardProxy\", \"mcp\", \"aws\", \"a2a\" must be set, found 0",
        ),
        ("{aws: {}}", "spec.aws: field \"aws\" is not supported yet"),
        (
            "{static: {unixPath: /x, host: h, port: 1}}",
            "spec.static.unixPath: field \"unixPath\" is not supported yet",
        ),
        (
            "{static: {host: h, port: 1}, policies: {}}",
            "spec.policies: policies of a backend of kind \"static\" are not supported yet",
        ),
        (
            "{a2a: {host: '', port: 1}}",
            "spec.a2a.host: must have 1 to 256 characters, found 0",
        ),
        (
            "{mcp: {targets: []}}",
            "spec.mcp.targets: must have one item, found 0",
        ),
        (
            "{mcp: {targets: [{name: a, selector: {}}]}}",
            "spec.mcp.targets[0].selector: field \"selector\" is not supported yet",
        ),
        (
            "{mcp: {targets: [{name: a, static: {host: h, port: 1}}, {name: b, static: {host: h, port: 1}}]}}",
            "spec.mcp.targets: several targets are not supported yet, found 2; give one",
        ),
        (
            "{mcp: {targets: [{name: a, static: {host: h, port: 1, protocol: SSE}}]}}",
            "spec.mcp.targets[0].static.protocol: \"SSE\" is not supported yet",
        ),
        (
            "{mcp: {targets: [{name: a, static: {host: h, port: 1, path: mcp}}]}}",
            "spec.mcp.targets[0].static.path: \"mcp\" must start with \"/\", as \"/mcp\" does",
        ),
        (
            "{mcp: {prefixMode: Always, targets: [{name: a, static: {host: h, port: 1}}]}}",
            "spec.mcp.prefixMode: \"Always\" is not supported yet",
        ),
        (
            "{mcp: {sessionRouting: Stateless, targets: [{name: a, static: {host: h, port: 1}}]}}",
            "spec.mcp.sessionRouting: \"Stateless\" is not supported yet",
        ),
    ];
    for (spec, expected) in cases {
        refuses_backend(spec, expected);
    }
}

#[test]
fn refuses_providers() {
    let cases = [
        (
            "",
            "spec.ai.provider: exactly one of \"openai\", \"azureopenai\", \"azure\", \"anthropic\", \"gemini\", \"vertexai\", \"bedrock\", \"custom\" must be set, found 0",
        ),
        (
            "bedrock: {}",
            "spec.ai.provider.bedrock: field \"bedrock\" is not supported yet",
        ),
        (
            "openai: {modle: m}",
            "spec.ai.provider.openai.modle: unknown field \"modle\"; did you mean \"model\"?",
        ),
        (
            "openai: {moderation: {}}",
            "spec.ai.provider.openai.moderation: field \"moderation\" is not supported yet",
        ),
        (
            "openai: {}, host: h",
            "spec.ai.provider: \"host\" and \"port\" must be set together",
        ),
        (
            "openai: {}, host: h, port: 443",
            "spec.ai.provider: would send requests to port 443 in clear text; add policies with tls: {}",
        ),
        (
            "openai: {}, path: /x",
            "spec.ai.provider.path: field \"path\" is not supported yet",
        ),
        (
            "openai: {}, host: h, port: 1, pathPrefix: /x",
            "spec.ai.provider.pathPrefix: field \"pathPrefix\" is not supported yet",
        ),
        (
            "custom: {formats: [{type: Completions}]}",
            "spec.ai.provider: a custom provider must have \"host\" and \"port\"",
        ),
        (
            "custom: {formats: [{type: Chat}]}, host: h, port: 1",
            "spec.ai.provider.custom.formats[0].type: \"Chat\" is not one of \"Completions\", \"Messages\", \"Responses\", \"Embeddings\", \"AnthropicTokenCount\", \"Realtime\", \"Rerank\"",
        ),
        (
            "custom: {formats: [{type: Rerank}]}, host: h, port: 1",
            "spec.ai.provider.custom.formats[0].type: \"Rerank\" is not supported yet",
        ),
    ];
    for (provider, expected) in cases {
        refuses_backend(&format!("{{ai: {{provider: {{{provider}}}}}}}"), expected);
    }
    let one = "{name: p, openai: {}}";
    refuses_backend(
        &format!("{{ai: {{groups: [{{providers: [{one}, {one}]}}]}}}}"),
        "spec.ai.groups[0].providers: several providers are not supported yet, found 2; give one",
    );
    refuses_backend(
        &format!("{{ai: {{groups: [{{providers: [{one}]}}, {{providers: [{one}]}}]}}}}"),
        "spec.ai.groups: several groups are not supported yet, found 2; give one",
    );
    refuses_backend(
        "{ai: {provider: {openai: {}}}, policies: {auth: {passthrough: {}, key: k}}}",
        "spec.policies.auth.passthrough: field \"passthrough\" is not supported yet",
    );
}

/// Fault C11: keys in messages and `Debug` outputs: never.
#[test]
fn refuses_missing_keys_and_never_shows_a_secret() {
    const CANARY: &str = "sk-canary";
    let spec = "{ai: {provider: {openai: {}}}, policies: {auth: {secretRef: {name: s}}}}";
    let secret = |content: &str| {
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: s, namespace: apps}}\n{content}")
    };
    let at_ref = "AgentgatewayBackend apps/it: spec.policies.auth.secretRef: ";
    let cases = [
        (format!("stringData: {{authorization: {CANARY}}}"), format!("{at_ref}Secret apps/s has no key \"Authorization\"; did you mean \"authorization\"?")),
        (format!("stringData: {{Authorization: \"{CANARY}\\u0001\"}}"), format!("{at_ref}key \"Authorization\" of Secret apps/s holds a character that a credential in a header cannot have")),
        ("stringData: {Authorization: ' '}".to_owned(), format!("{at_ref}key \"Authorization\" of Secret apps/s holds no credential")),
        (format!("data: {{Authorization: {CANARY}}}"), "Secret apps/s: data.Authorization: is not base64 of UTF-8 text; write plain text under stringData".to_owned()),
        (format!("stringData: {{Authorization: [{CANARY}]}}"), "Secret apps/s: stringData.Authorization: must be a string, found a list".to_owned()),
        (format!("stringData: {{Authorization: \"{CANARY}${{X}}\"}}"), "Secret apps/s: stringData.Authorization: holds a ${variable}, and substitution is not supported yet; render the manifests first".to_owned()),
        (format!("stringdata: {{Authorization: {CANARY}}}"), "Secret apps/s: stringdata: unknown field \"stringdata\"; did you mean \"stringData\"?".to_owned()),
        (format!("stringData: {{Authorization: !!int {CANARY}}}"), "is not valid YAML: a value does not fit its tag".to_owned()),
    ];
    for (content, expected) in cases {
        let told = said(&[&backend(spec), &secret(&content)]);
        assert!(
            told.iter().any(|text| text.ends_with(&expected)),
            "{expected}\n{told:#?}"
        );
        assert!(!format!("{told:?}").contains(CANARY), "{told:?}");
    }
    assert_eq!(
        said(&[&backend(spec)]),
        [format!("document 4, {at_ref}Secret apps/s is not found")]
    );
    let inline = backend("{ai: {provider: {openai: {}}}, policies: {auth: {key: 'sk canary'}}}");
    let told = said(&[&inline]).join("\n");
    assert!(told.ends_with(
        "spec.policies.auth.key: holds a character that a credential in a header cannot have"
    ));
    assert!(!told.contains("canary"));
}

/// Fault C11: keys in messages and `Debug` outputs: never.
#[test]
fn shows_no_secret_in_the_debug_of_any_stage() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: apps}\n\
                  stringData: {Authorization: sk-canary}";
    let inline = "{ai: {provider: {openai: {}}}, policies: {auth: {key: sk-canary}}}";
    let to_it = "{backendRefs: [{group: agentgateway.dev, kind: AgentgatewayBackend, name: it}]}";
    let text = joined(&[GATEWAY, secret, &backend(inline), &route(to_it)]);
    let files = [File::new("m.yaml", text)];
    let (objects, report) = decode(&files);
    assert!(report.is_empty(), "{report}");
    let shown = format!("{files:?} {objects:?}");
    let (store, _) = Store::new(objects);
    let (snapshot, report) = compile(&store);
    assert!(report.is_empty(), "{report}");
    let shown = format!("{shown} {store:?} {snapshot:?}");
    assert!(
        shown.contains("[redacted]") && !shown.contains("canary"),
        "{shown}"
    );
    let userinfo = backend("{a2a: {host: 'http://me:canary@x', port: 1}}");
    assert!(!said(&[&userinfo]).join("\n").contains("canary"));
}
