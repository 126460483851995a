//! What is refused, and in which words.

use agentgateway::config::{File, load};

use crate::{BACKEND, GATEWAY, TO_WEB, backend, joined, load_text, route, route_with, said};

/// Asserts that these documents, beside a valid Gateway and backend, are refused in these words.
#[track_caller]
fn refuses(documents: &[&str], expected: &[&str]) {
    assert_eq!(said(documents), expected);
}

/// The same for the rules of a route, which is document 4.
#[track_caller]
fn refuses_rule(rule: &str, expected: &str) {
    let expected = format!("document 4, HTTPRoute apps/web: spec.rules[0]{expected}");
    refuses(&[&route(rule)], &[&expected]);
}

/// The same for the spec of an AgentgatewayBackend, which is document 4.
#[track_caller]
fn refuses_backend(spec: &str, expected: &str) {
    let expected = format!("document 4, AgentgatewayBackend apps/it: {expected}");
    refuses(&[&backend(spec)], &[&expected]);
}

/// The same for a Gateway changed in one place.
#[track_caller]
fn refuses_gateway(from: &str, to: &str, expected: &[&str]) {
    assert!(GATEWAY.contains(from), "{from}");
    let report = load_text(&GATEWAY.replace(from, to)).expect_err("must be refused");
    let told: Vec<_> = report.problems.iter().map(ToString::to_string).collect();
    assert_eq!(told, expected);
}

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
    let report = load_text("a: [\n---\nb: 1\n").unwrap_err().to_string();
    assert!(
        report.contains("m.yaml, document 1: is not valid YAML: "),
        "{report}"
    );
    assert!(report.contains("line"), "{report}");
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
fn refuses_gateways() {
    let at = "m.yaml, document 2, Gateway infra/edge: spec";
    let told = |text: &str| format!("{at}{text}");
    let cases = [
        ("gatewayClassName: agentgateway", "gatewayClassName: agentgatway", told(".gatewayClassName: GatewayClass \"agentgatway\" is not found; did you mean \"agentgateway\"?")),
        ("protocol: HTTP", "protocol: HTTPS", told(".listeners[0].protocol: \"HTTPS\" is not supported yet")),
        ("protocol: HTTP", "protocol: http", told(".listeners[0].protocol: \"http\" is not one of \"HTTP\", \"HTTPS\", \"TLS\", \"TCP\", \"UDP\"; did you mean \"HTTP\"?")),
        ("port: 8080", "port: '8080'", told(".listeners[0].port: must be a whole number, found a string; write it without quotes")),
        ("port: 8080", "port: 65536", told(".listeners[0].port: must be a whole number from 1 to 65535, found 65536")),
        ("port: 8080", "port: 80, tls: {}", told(".listeners[0].tls: field \"tls\" is not supported yet")),
        ("port: 8080", "port: 80, hostname: 'a.com:80'", told(".listeners[0].hostname: \"a.com:80\" is not a hostname; write it in lower case without port, as in \"example.com\" or \"*.example.com\"")),
        ("from: All", "from: Selector", told(".listeners[0].allowedRoutes.namespaces.from: \"Selector\" is not supported yet")),
        ("{from: All}", "{from: All}, kinds: [{kind: GRPCRoute}]", told(".listeners[0].allowedRoutes.kinds[0].kind: \"GRPCRoute\" is not supported yet")),
        ("  listeners:", "  addresses: []\n  listeners:", told(".addresses: field \"addresses\" is not supported yet")),
        ("  listeners:", "  infrastructure: {parametersRef: {group: agentgateway.dev, kind: AgentgatewayParameters, name: p}}\n  listeners:", told(".infrastructure.parametersRef: \"AgentgatewayParameters\" is not supported yet; leave parametersRef out")),
        ("agentgateway.dev/agentgateway", "example.com/other", "m.yaml, document 1, GatewayClass agentgateway: spec.controllerName: \"example.com/other\" is another controller's; this gateway is \"agentgateway.dev/agentgateway\"".to_owned()),
    ];
    for (from, to, expected) in cases {
        refuses_gateway(from, to, &[&expected]);
    }
    let none = GATEWAY
        .split("  - {")
        .next()
        .unwrap()
        .replace("listeners:", "listeners: []");
    let report = load_text(&none).unwrap_err().to_string();
    assert_eq!(report, told(".listeners: must have 1 to 64 items, found 0"));
}

#[test]
fn refuses_two_listeners_on_one_port() {
    let more = |listener: &str| format!("{GATEWAY}  - {{{listener}}}\n");
    let at = "m.yaml, document 2, Gateway infra/edge: spec.listeners[1]";
    let cases = [
        (
            "name: b, port: 8080, protocol: HTTP",
            ".port: the combination of port, protocol and hostname must be unique, and port 8080 is that of listener \"http\" of Gateway infra/edge",
        ),
        (
            "name: b, port: 8080, protocol: HTTP, hostname: a.com",
            ".port: two listeners on port 8080 are not supported yet; the first is listener \"http\" of Gateway infra/edge",
        ),
        (
            "name: http, port: 81, protocol: HTTP",
            ".name: a second listener \"http\"",
        ),
    ];
    for (listener, expected) in cases {
        let report = load_text(&more(listener)).unwrap_err().to_string();
        assert_eq!(report, format!("{at}{expected}"));
    }
}

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
