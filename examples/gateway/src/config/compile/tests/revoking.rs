//! Whoever refers into another namespace, with its grant and without it.

use super::support::{EDGE, WEB, compiled, rules, shares, statuses};
use crate::config::compile::Compiled;
use crate::config::snapshot::{Action, BackendKind, Outcome, Protocol};
use crate::telemetry::TracingState;

/// A kind of reference: who refers, to what, what is there, and whether it is served.
struct Case {
    from: (&'static str, &'static str),
    to: (&'static str, &'static str),
    texts: Vec<String>,
    served: fn(&Compiled) -> bool,
}

const OWN: &str = "gateway.networking.k8s.io";
const OURS: &str = "agentgateway.dev";

fn object(version: &str, kind: &str, namespace: &str, spec: &str) -> String {
    format!(
        "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x, namespace: {namespace}, labels: \
         {{m: x}}}}\n{spec}\n"
    )
}

fn backend(namespace: &str, spec: &str) -> String {
    let spec = format!("spec: {spec}");
    object(
        "agentgateway.dev/v1alpha1",
        "AgentgatewayBackend",
        namespace,
        &spec,
    )
}

fn route(reference: &str) -> String {
    let spec = format!(
        "spec: {{parentRefs: [{{name: edge}}], rules: [{{backendRefs: [{{{reference}}}]}}]}}"
    );
    object("gateway.networking.k8s.io/v1", "HTTPRoute", "infra", &spec)
}

fn to_own_backend() -> String {
    route("group: agentgateway.dev, kind: AgentgatewayBackend, name: x")
}

/// The only share of the only rule goes somewhere.
fn is_forwarded(found: &Compiled) -> bool {
    !shares(&rules(found, "http")[0])[0].starts_with("500")
}

fn is_traced(found: &Compiled) -> bool {
    let tracing = &found.snapshot.gateways[0].listeners[0].tracing;
    matches!(tracing, TracingState::Policy(_))
}

fn is_secured(found: &Compiled) -> bool {
    let mut listeners = found.snapshot.gateways[0].listeners.iter();
    listeners.any(|it| matches!(&it.protocol, Protocol::Https(pairs) if pairs.len() == 1))
}

/// The selector has chosen the server of the other namespace beside that of its own.
fn chooses_two(found: &Compiled) -> bool {
    let rules = rules(found, "http");
    let Action::Forward(shares) = &rules[0].action else {
        return false;
    };
    let Outcome::Backend(backend) = &shares[0].outcome else {
        return false;
    };
    matches!(&backend.kind, BackendKind::Mcp(mcp) if mcp.targets.len() == 2)
}

fn secured() -> Vec<String> {
    let made = rcgen::generate_simple_self_signed(["a.com".to_owned()]).unwrap();
    let data = serde_json::json!({
        "tls.crt": made.cert.pem(), "tls.key": made.signing_key.serialize_pem(),
    });
    let listener = "  - {name: s, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: x, \
        namespace: web}]}}\n";
    let secret = format!("type: kubernetes.io/tls\nstringData: {data}");
    vec![
        format!("{EDGE}{listener}"),
        object("v1", "Secret", "web", &secret),
    ]
}

fn selected() -> Vec<String> {
    let spec = "{mcp: {targets: [{name: t, selector: {services: {matchLabels: {m: x}}, namespaces: \
        {}}}]}}";
    let server = "spec: {ports: [{port: 80, appProtocol: agentgateway.dev/mcp}]}";
    let server = |namespace| object("v1", "Service", namespace, server);
    let (far, near) = (server("web"), server("infra"));
    vec![
        EDGE.to_owned(),
        backend("infra", spec),
        to_own_backend(),
        far,
        near,
    ]
}

fn traced() -> Vec<String> {
    let spec = "spec: {targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}], \
        frontend: {tracing: {backendRef: {name: x, namespace: web, port: 80}}}}";
    let policy = object(
        "agentgateway.dev/v1alpha1",
        "AgentgatewayPolicy",
        "infra",
        spec,
    );
    let service = object("v1", "Service", "web", "spec: {ports: [{port: 80}]}");
    vec![EDGE.to_owned(), policy, service]
}

fn cases() -> [Case; 5] {
    let service = object("v1", "Service", "web", "spec: {ports: [{port: 80}]}");
    let target = backend("web", "{static: {host: h, port: 1}}");
    let far = "group: agentgateway.dev, kind: AgentgatewayBackend, name: x, namespace: web";
    let case = |from, to, texts, served| Case {
        from,
        to,
        texts,
        served,
    };
    let edge = EDGE.to_owned();
    [
        case(
            (OWN, "HTTPRoute"),
            ("\"\"", "Service"),
            vec![
                edge.clone(),
                service,
                route("name: x, namespace: web, port: 80"),
            ],
            is_forwarded,
        ),
        case(
            (OWN, "HTTPRoute"),
            (OURS, "AgentgatewayBackend"),
            vec![edge, target, route(far)],
            is_forwarded,
        ),
        case((OWN, "Gateway"), ("\"\"", "Secret"), secured(), is_secured),
        case(
            (OURS, "AgentgatewayPolicy"),
            ("\"\"", "Service"),
            traced(),
            is_traced,
        ),
        case(
            (OURS, "AgentgatewayBackend"),
            ("\"\"", "Service"),
            selected(),
            chooses_two,
        ),
    ]
}

/// Fault C06: each kind of reference into another namespace is followed with its grant, and no longer in the same generation that has none; the condition says which is missing.
#[test]
fn no_reference_outlives_its_grant() {
    for case in cases() {
        let ((from_group, from), (to_group, to)) = (case.from, case.to);
        let grant = format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: ReferenceGrant\nmetadata: {{name: g, \
             namespace: web}}\nspec:\n  from: [{{group: {from_group}, kind: {from}, namespace: \
             infra}}]\n  to: [{{group: {to_group}, kind: {to}, name: x}}]\n"
        );
        let mut texts: Vec<&str> = case.texts.iter().map(String::as_str).collect();
        // The namespace is there, whatever goes.
        texts.push(WEB);
        let denied = compiled(&texts);
        texts.push(&grant);
        let granted = compiled(&texts);
        let refused = |found: &Compiled| {
            let set = statuses(found);
            let all = set.objects.values().flat_map(|object| object.conditions());
            // A backend has one condition, and is not the less accepted for a server fewer.
            let mut all = all.map(|(_, it)| (it.reason, &it.message));
            all.any(|(reason, message)| {
                reason == "RefNotPermitted"
                    || message.contains("no ReferenceGrant in namespace web")
            })
        };
        assert!((case.served)(&granted), "{from} to {to}, granted");
        assert!(!refused(&granted), "{from} to {to}, granted");
        assert!(!(case.served)(&denied), "{from} to {to}");
        assert!(refused(&denied), "{from} to {to}");
        let told = denied.facts.diagnoses().iter();
        let mut told = told.filter_map(|one| one.remedy.as_deref());
        assert!(
            told.any(|remedy| remedy.contains(&format!("kind: {from}"))),
            "{from} to {to}"
        );
    }
}
