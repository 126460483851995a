//! What is served, and how.

use agentgateway::config::{Backend, Directory, Format, Provider, ProviderKind, Snapshot, load};

use crate::{BACKEND, GATEWAY, TO_WEB, backend, joined, load_text, route, route_with};

fn accepted(documents: &[&str]) -> Snapshot {
    let text = joined(&[&[GATEWAY, BACKEND], documents].concat());
    load_text(&text).unwrap_or_else(|report| panic!("refused:\n{report}"))
}

fn only_backend(spec: &str, more: &str) -> Backend {
    let reference = "backendRefs: [{group: agentgateway.dev, kind: AgentgatewayBackend, name: it}]";
    let route = route(&format!("{{{reference}}}"));
    let snapshot = accepted(&[&backend(spec), more, &route]);
    snapshot.listeners[0].routes[0].backend.clone()
}

fn provider(spec: &str, more: &str) -> Provider {
    match only_backend(spec, more) {
        Backend::Ai(provider) => provider,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_example_manifests_compile() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/manifests");
    let snapshot = load(&Directory::new(directory)).unwrap_or_else(|report| panic!("{report}"));
    let ports: Vec<_> = snapshot
        .listeners
        .iter()
        .map(|listener| listener.port)
        .collect();
    assert_eq!(ports, [8080, 9090, 9080]);
    let a2a = snapshot
        .route(8080, "localhost:8080", "/echo/v1/card")
        .unwrap();
    assert_eq!(a2a.rewritten("/echo/v1/card"), "/v1/card");
    assert!(matches!(&a2a.backend, Backend::A2a(at) if at.to_string() == "127.0.0.1:9999"));
    let mcp = snapshot.route(9090, "", "/mcp").unwrap();
    assert!(matches!(&mcp.backend, Backend::Mcp { path, .. } if path == "/mcp"));
    let llm = snapshot
        .route(9080, "localhost", "/v1/chat/completions")
        .unwrap();
    let Backend::Ai(provider) = &llm.backend else {
        panic!("{llm:?}")
    };
    assert_eq!(
        provider.key.as_ref().map(|key| key.expose()),
        Some("replace-me")
    );
    assert!(snapshot.route(9080, "localhost", "/other").is_none());
    assert!(snapshot.route(1, "localhost", "/v1").is_none());
}

#[test]
fn exact_beats_prefix_and_the_longer_prefix_wins() {
    let rule = |name: &str, kind: &str, path: &str| {
        format!("{{name: {name}, matches: [{{path: {{type: {kind}, value: {path}}}}}], {TO_WEB}}}")
    };
    let rules = [
        rule("r1", "Exact", "/match"),
        rule("r2", "Exact", "/match/exact"),
        rule("r3", "Exact", "/match/exact/one"),
        rule("r4", "PathPrefix", "/match/"),
        rule("r5", "PathPrefix", "/match/prefix/"),
        rule("r6", "PathPrefix", "/match/prefix/one"),
    ];
    let snapshot = accepted(&[&route(&rules.join(", "))]);
    let cases = [
        ("/match/exact/one", "r3"),
        ("/match/exact", "r2"),
        ("/match", "r1"),
        ("/match/prefix/one/any", "r6"),
        ("/match/prefix/any", "r5"),
        ("/match/any", "r4"),
    ];
    for (path, rule) in cases {
        assert_eq!(
            snapshot.route(8080, "h", path).unwrap().rule,
            rule,
            "{path}"
        );
    }
    assert!(snapshot.route(8080, "h", "/matched").is_none());
}

fn hosted(name: &str, meta: &str, hostnames: &str) -> String {
    route(&format!("{{{TO_WEB}}}"))
        .replace(
            "{name: web, namespace: apps}",
            &format!("{{name: {name}, namespace: apps{meta}}}"),
        )
        .replace("  rules:", &format!("  hostnames: [{hostnames}]\n  rules:"))
}

#[test]
fn the_more_specific_hostname_wins_then_age_then_name() {
    let snapshot = accepted(&[
        &hosted("any", "", ""),
        &hosted("wide", "", "'*.com'"),
        &hosted("wild", "", "'*.a.com', other.net"),
        &hosted("exact", "", "x.a.com"),
        &hosted(
            "b-old",
            ", creationTimestamp: '2026-01-01T00:00:00Z'",
            "age.net",
        ),
        &hosted(
            "a-new",
            ", creationTimestamp: '2026-02-01T00:00:00Z'",
            "age.net",
        ),
        &hosted("a-ageless", "", "age.net, name.net"),
        &hosted("b-ageless", "", "name.net"),
    ]);
    let cases = [
        ("x.a.com:8080", "apps/exact"),
        ("X.A.COM", "apps/exact"),
        ("y.a.com", "apps/wild"),
        ("a.com", "apps/wide"),
        ("other.net", "apps/wild"),
        ("nobody.net", "apps/any"),
        ("", "apps/any"),
        ("age.net", "apps/b-old"),
        ("name.net", "apps/a-ageless"),
    ];
    for (host, name) in cases {
        assert_eq!(
            snapshot.route(8080, host, "/").unwrap().name,
            name,
            "{host}"
        );
    }
}

#[test]
fn a_listener_hostname_narrows_those_of_its_routes() {
    let gateway = GATEWAY.replace("port: 8080", "port: 8080, hostname: '*.ex.com'");
    let text = |hostnames: &str| joined(&[&gateway, BACKEND, &hosted("r", "", hostnames)]);
    let snapshot = load_text(&text("test.ex.com, test.ex.net")).unwrap();
    assert!(snapshot.route(8080, "test.ex.com", "/").is_some());
    assert!(snapshot.route(8080, "test.ex.net", "/").is_none());
    let snapshot = load_text(&text("")).unwrap();
    assert!(snapshot.route(8080, "any.ex.com", "/").is_some());
    assert!(snapshot.route(8080, "ex.com", "/").is_none());
    assert_eq!(snapshot.listeners[0].hostname.as_deref(), Some("*.ex.com"));
}

#[test]
fn a_reference_without_section_reaches_every_listener() {
    let gateway = format!("{GATEWAY}  - {{name: more, port: 81, protocol: HTTP}}\n").replace(
        "81, protocol: HTTP",
        "81, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}",
    );
    let rules = format!("{{{TO_WEB}}}");
    let all = joined(&[gateway.as_str(), BACKEND, &route(&rules)]);
    let snapshot = load_text(&all).unwrap();
    assert!(
        snapshot
            .listeners
            .iter()
            .all(|listener| listener.routes.len() == 1)
    );
    let one = route_with("{name: edge, namespace: infra, port: 81}", &rules);
    let snapshot = load_text(&joined(&[gateway.as_str(), BACKEND, &one])).unwrap();
    let counts: Vec<_> = snapshot
        .listeners
        .iter()
        .map(|listener| listener.routes.len())
        .collect();
    assert_eq!(counts, [0, 1]);
}

#[test]
fn zero_timeouts_and_a_weight_are_accepted() {
    let rule = "{timeouts: {request: 0s, backendRequest: 0s}, backendRefs: [{group: \
                agentgateway.dev, kind: AgentgatewayBackend, name: web, weight: 5}]}";
    assert!(accepted(&[&route(rule)]).listeners[0].routes[0].no_timeout);
    let rule = "{backendRefs: [{group: agentgateway.dev, kind: AgentgatewayBackend, name: web}]}";
    assert!(!accepted(&[&route(rule)]).listeners[0].routes[0].no_timeout);
}

#[test]
fn a_service_is_what_its_app_protocol_says() {
    let service = "
apiVersion: v1
kind: Service
metadata: {name: svc, namespace: apps, annotations: {agentgateway.dev/mcp-path: /tools}}
spec:
  selector: {app: svc}
  ports:
  - {name: plain, port: 80, targetPort: 8080}
  - {name: agent, port: 81, appProtocol: agentgateway.dev/a2a}
  - {name: tools, port: 82, appProtocol: agentgateway.dev/mcp}
";
    let to = |port: u16| {
        let route = route(&format!("{{backendRefs: [{{name: svc, port: {port}}}]}}"));
        accepted(&[service, &route]).listeners[0].routes[0]
            .backend
            .clone()
    };
    let host = "svc.apps.svc.cluster.local";
    assert!(matches!(to(80), Backend::Static(at) if at.host == host && at.port == 80));
    assert!(matches!(to(81), Backend::A2a(at) if at.host == host && at.port == 81));
    let Backend::Mcp {
        target, path, name, ..
    } = to(82)
    else {
        panic!("no MCP")
    };
    assert_eq!(
        (target.to_string(), path.as_str()),
        (format!("{host}:82"), "/tools")
    );
    assert_eq!(name, "svc-tools");
}

#[test]
fn an_mcp_target_has_the_default_path() {
    let Backend::Mcp {
        target, path, name, ..
    } = only_backend(
        "{mcp: {targets: [{name: t, static: {host: '::1', port: 1}}]}}",
        "",
    )
    else {
        panic!("no MCP")
    };
    assert_eq!(
        (target.to_string().as_str(), path.as_str(), name.as_str()),
        ("[::1]:1", "/mcp", "t")
    );
}

#[test]
fn a_managed_provider_is_reached_at_its_public_host_with_tls() {
    let cases = [
        ("openai", ProviderKind::OpenAi, "api.openai.com:443"),
        (
            "anthropic",
            ProviderKind::Anthropic,
            "api.anthropic.com:443",
        ),
        (
            "gemini",
            ProviderKind::Gemini,
            "generativelanguage.googleapis.com:443",
        ),
    ];
    for (name, kind, endpoint) in cases {
        let provider = provider(
            &format!("{{ai: {{provider: {{{name}: {{model: m}}}}}}}}"),
            "",
        );
        assert_eq!(
            (provider.kind, provider.endpoint.to_string().as_str()),
            (kind, endpoint)
        );
        assert_eq!((provider.tls, provider.model.as_deref()), (true, Some("m")));
        assert_eq!((provider.name.as_str(), provider.key), ("it", None));
    }
}

#[test]
fn an_own_host_is_clear_text_unless_tls_is_asked_for() {
    let own = provider(
        "{ai: {provider: {openai: {}, host: 10.0.0.1, port: 8000}}}",
        "",
    );
    assert_eq!(
        (own.endpoint.to_string().as_str(), own.tls, own.model),
        ("10.0.0.1:8000", false, None)
    );
    let spec = "{ai: {provider: {openai: {}, host: h, port: 443}}, policies: {tls: {}}}";
    assert!(provider(spec, "").tls);
    let spec = "{ai: {provider: {custom: {formats: [{type: Messages}, {type: Responses}]}, host: h, \
                port: 1}}}";
    let ProviderKind::Custom { formats, .. } = provider(spec, "").kind else {
        panic!("no custom")
    };
    assert_eq!(formats, [Format::Messages, Format::Responses]);
}

#[test]
fn a_key_comes_from_data_string_data_another_key_or_inline() {
    let secret = |content: &str| {
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: s, namespace: apps}}\n{content}")
    };
    let spec =
        |auth: &str| format!("{{ai: {{provider: {{openai: {{}}}}}}, policies: {{auth: {auth}}}}}");
    let by_name = spec("{secretRef: {name: s}}");
    let cases = [
        (
            by_name.clone(),
            secret("stringData: {Authorization: Bearer sk-1}"),
        ),
        (
            by_name.clone(),
            secret("data: {Authorization: QmVhcmVyIHNrLTE=}"),
        ),
        (
            by_name,
            secret("data: {Authorization: b3RoZXI=}\nstringData: {Authorization: sk-1}"),
        ),
        (
            spec("{secretRef: {name: s, key: token}}"),
            secret("stringData: {token: sk-1}"),
        ),
        (spec("{key: sk-1}"), String::new()),
    ];
    for (spec, secret) in cases {
        let provider = provider(&spec, &secret);
        assert_eq!(
            provider.key.as_ref().map(|key| key.expose()),
            Some("sk-1"),
            "{spec}"
        );
        assert!(!format!("{provider:?}").contains("sk-1"));
        assert!(format!("{provider:?}").contains("key: Some([redacted])"));
    }
}

#[test]
fn a_providers_own_key_comes_before_the_backends() {
    let spec = "{ai: {groups: [{providers: [{name: p, openai: {}, policies: {auth: {key: own}}}]}]}, \
                policies: {auth: {key: outer}}}";
    let provider = provider(spec, "");
    assert_eq!(
        (provider.name.as_str(), provider.key.unwrap().expose()),
        ("p", "own")
    );
}

#[test]
fn what_the_api_server_adds_is_ignored() {
    let namespace = "
apiVersion: v1
kind: Namespace
metadata:
  name: apps
  uid: 1f
  resourceVersion: '5'
  generation: 2
  creationTimestamp: null
  managedFields: [{manager: x}]
spec: {finalizers: [kubernetes]}
status: {phase: Active}
";
    assert_eq!(accepted(&[namespace]).listeners.len(), 1);
}

#[test]
fn json_is_read_too() {
    let json = r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"apps"}}"#;
    let files = [
        agentgateway::config::File::new("a.json", json),
        agentgateway::config::File::new("b.yaml", GATEWAY),
    ];
    assert_eq!(load(files.as_slice()).unwrap().listeners.len(), 1);
}
