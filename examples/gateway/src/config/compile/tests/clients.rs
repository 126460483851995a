//! What clients must show, and who may connect.

use std::time::Duration;

use agentgateway_core::authz::Effect;

use super::policies::on;
use super::support::{EDGE, compiled, conditions, gateway, message, statuses};
use crate::config::compile::Compiled;
use crate::config::resource::Reference;
use crate::config::snapshot::{ConnectionSettings, ProxyHeader, ProxyVersion, TlsVersion};

fn pem() -> String {
    rcgen::generate_simple_self_signed(["a.com".to_owned()])
        .unwrap()
        .cert
        .pem()
}

/// An object of the core with this `ca.crt`.
fn holder(kind: &str, namespace: &str, name: &str, pem: &str) -> String {
    let data = serde_json::json!({ "ca.crt": pem });
    let field = if kind == "Secret" {
        "stringData"
    } else {
        "data"
    };
    format!(
        "apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}}}\n{field}: {data}\n"
    )
}

/// A Gateway with HTTP on 80 and HTTPS on 443 and 8443, that asks this of clients.
fn asking(frontend: &str) -> String {
    let listener = |name: &str, port: u16| {
        format!(
            "  - {{name: {name}, port: {port}, protocol: HTTPS, tls: {{certificateRefs: [{{name: own}}]}}}}\n"
        )
    };
    let made = rcgen::generate_simple_self_signed(["a.com".to_owned()]).unwrap();
    let data = serde_json::json!({
        "tls.crt": made.cert.pem(), "tls.key": made.signing_key.serialize_pem(),
    });
    format!(
        "{EDGE}{}{}  tls: {{frontend: {frontend}}}\n---\napiVersion: v1\nkind: Secret\n\
         metadata: {{name: own, namespace: infra}}\ntype: kubernetes.io/tls\nstringData: {data}\n",
        listener("one", 443),
        listener("two", 8443),
    )
}

fn validation(refs: &str, more: &str) -> String {
    format!("{{validation: {{caCertificateRefs: [{refs}]{more}}}}}")
}

fn config_map(name: &str) -> String {
    format!("{{group: '', kind: ConfigMap, name: {name}}}")
}

/// Each listener that is served, with whether it asks and enforces, and by how many authorities.
fn asked(found: &Compiled) -> Vec<(String, Option<(bool, usize)>)> {
    let listeners = found.snapshot.gateways.iter().flat_map(|it| &it.listeners);
    let asked = listeners.map(|it| {
        let clients = it.clients.as_ref();
        let clients = clients.map(|own| (own.enforced, own.roots.matches("BEGIN").count()));
        (it.name.clone(), clients)
    });
    asked.collect()
}

fn named(all: &[(&str, Option<(bool, usize)>)]) -> Vec<(String, Option<(bool, usize)>)> {
    all.iter()
        .map(|(name, asked)| ((*name).to_owned(), *asked))
        .collect()
}

#[test]
fn listeners_of_https_ask_and_a_port_says_otherwise() {
    let default = validation(&format!("{}, {}", config_map("a"), config_map("b")), "");
    let insecure = validation(
        "{group: '', kind: Secret, name: c}",
        ", mode: AllowInsecureFallback",
    );
    let objects = [
        holder("ConfigMap", "infra", "a", &pem()),
        holder("ConfigMap", "infra", "b", &pem()),
        holder("Secret", "infra", "c", &pem()),
    ]
    .join("---\n");
    let edge = asking(&format!("{{default: {default}}}"));
    let found = compiled(&[&edge, &objects]);
    let both = Some((true, 2));
    assert_eq!(
        asked(&found),
        named(&[("http", None), ("one", both), ("two", both)])
    );
    let of = gateway("infra", "edge");
    let insecurity = "InsecureFrontendValidationMode=True/ConfigurationChanged".to_owned();
    assert!(!conditions(&statuses(&found), &of).contains(&insecurity));

    let ports = format!("perPort: [{{port: 443, tls: {insecure}}}, {{port: 8443, tls: {{}}}}]");
    let edge = asking(&format!("{{default: {default}, {ports}}}"));
    let found = compiled(&[&edge, &objects]);
    let one = Some((false, 1));
    assert_eq!(
        asked(&found),
        named(&[("http", None), ("one", one), ("two", None)])
    );
    assert!(conditions(&statuses(&found), &of).contains(&insecurity));
}

/// A listener whose authorities cannot be read is closed, and one that keeps some trusts these alone.
#[test]
fn what_cannot_be_read_closes_and_never_opens() {
    let good = holder("ConfigMap", "infra", "good", &pem());
    let elsewhere = holder("ConfigMap", "web", "far", &pem());
    let broken = holder("ConfigMap", "infra", "broken", "hunter2");
    let empty =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: empty, namespace: infra}\n".to_owned();
    let objects = [good, elsewhere, broken, empty].join("---\n");
    let far = "{group: '', kind: ConfigMap, name: far, namespace: web}";
    let service = "{group: '', kind: Service, name: good}";
    for (reference, reason, words) in [
        (
            &*config_map("none"),
            "InvalidCACertificateRef",
            "ConfigMap infra/none not found",
        ),
        (
            &*config_map("broken"),
            "InvalidCACertificateRef",
            "ConfigMap infra/broken: ",
        ),
        (
            &*config_map("empty"),
            "InvalidCACertificateRef",
            "has no key \"ca.crt\"",
        ),
        (service, "InvalidCACertificateKind", "found Service"),
        (far, "RefNotPermitted", "ConfigMap"),
    ] {
        let of = gateway("infra", "edge");
        let alone = asking(&format!("{{default: {}}}", validation(reference, "")));
        let found = compiled(&[&alone, &objects]);
        assert_eq!(asked(&found), named(&[("http", None)]), "{reference}");
        let set = statuses(&found);
        let all = conditions(&set, &of);
        for listener in ["one", "two"] {
            for told in [
                format!("{listener} ResolvedRefs=False/{reason}"),
                format!("{listener} Accepted=False/NoValidCACertificate"),
            ] {
                assert!(all.contains(&told), "{reference}: {all:?}");
            }
        }
        let said = message(&set, &of, "one", "ResolvedRefs");
        assert!(said.contains(words) && !said.contains("hunter2"), "{said}");

        let refs = format!("{reference}, {}", config_map("good"));
        let beside = asking(&format!("{{default: {}}}", validation(&refs, "")));
        let found = compiled(&[&beside, &objects]);
        let one = Some((true, 1));
        assert_eq!(
            asked(&found),
            named(&[("http", None), ("one", one), ("two", one)])
        );
        let all = conditions(&statuses(&found), &of);
        assert!(
            all.contains(&format!("one ResolvedRefs=False/{reason}")),
            "{all:?}"
        );
        assert!(
            all.contains(&"one Accepted=True/Accepted".to_owned()),
            "{all:?}"
        );
    }
}

#[test]
fn a_grant_lets_a_gateway_trust_authorities_of_another_namespace() {
    let far = "{group: '', kind: ConfigMap, name: far, namespace: web}";
    let edge = asking(&format!("{{default: {}}}", validation(far, "")));
    let grant = "apiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\n\
         metadata: {name: g, namespace: web}\nspec:\n  from: [{group: gateway.networking.k8s.io, \
         kind: Gateway, namespace: infra}]\n  to: [{group: '', kind: ConfigMap}]\n";
    let found = compiled(&[&edge, &holder("ConfigMap", "web", "far", &pem()), grant]);
    assert_eq!(asked(&found).len(), 3);
}

const GATEWAY: &str = "{group: gateway.networking.k8s.io, kind: Gateway, name: edge}";
const PORT: &str = "{group: gateway.networking.k8s.io, kind: Gateway, name: edge, port: 80}";

fn connections(policies: &[String]) -> ConnectionSettings {
    let mut texts = vec![EDGE];
    texts.extend(policies.iter().map(String::as_str));
    let found = compiled(&texts);
    found.snapshot.gateways[0].listeners[0].connections.clone()
}

#[test]
fn headers_of_load_balancers_are_read_as_a_policy_says() {
    let of = |spec: &str| {
        let policy = on(
            "p",
            GATEWAY,
            &format!("frontend: {{proxyProtocol: {spec}}}"),
        );
        connections(&[policy]).proxy_header.unwrap()
    };
    let header = |required, only| ProxyHeader { required, only };
    assert_eq!(of("{}"), header(true, Some(ProxyVersion::V2)));
    assert_eq!(of("{version: All}"), header(true, None));
    assert_eq!(
        of("{mode: Optional, version: V1}"),
        header(false, Some(ProxyVersion::V1))
    );
    assert_eq!(connections(&[]), ConnectionSettings::default());
}

#[test]
fn what_a_port_says_of_connections_beats_its_gateway_and_rules_add_up() {
    let rule = |action: &str, text: &str| {
        format!(
            "networkAuthorization: {{action: {action}, policy: {{matchExpressions: [\"{text}\"]}}}}"
        )
    };
    let wide = format!(
        "frontend: {{tls: {{handshakeTimeout: 9s}}, proxyProtocol: {{}}, {}}}",
        rule("Deny", "source.address == '192.0.2.7'")
    );
    let narrow = format!(
        "frontend: {{tls: {{handshakeTimeout: 3s}}, {}}}",
        rule("Allow", "cidr('192.0.2.0/24').containsIP(source.address)")
    );
    let found = connections(&[on("a", GATEWAY, &wide), on("b", PORT, &narrow)]);
    let handshakes = found.handshakes.unwrap();
    assert_eq!(handshakes.timeout, Some(Duration::from_secs(3)));
    assert!(found.proxy_header.is_some());
    let effects: Vec<_> = found.admission.iter().map(|it| it.spec.effect).collect();
    assert_eq!(effects, [Effect::Allow, Effect::Deny]);
    assert_eq!(
        &*found.admission[0].name,
        "infra/b frontend.networkAuthorization"
    );
}

/// What the server has not is told and left out, and the rest holds.
#[test]
fn handshakes_are_made_as_a_policy_says() {
    let read = |tls: &str| {
        let policy = on("p", GATEWAY, &format!("frontend: {{tls: {tls}}}"));
        let found = compiled(&[EDGE, &policy]);
        let faults = found.facts.diagnoses().iter().map(ToString::to_string);
        let faults: Vec<_> = faults.filter(|it| it.contains("frontend.tls")).collect();
        let connections = &found.snapshot.gateways[0].listeners[0].connections;
        let terms = connections.handshakes.clone().unwrap();
        assert!(terms.handshakes().is_ok());
        (terms, faults)
    };
    let (terms, faults) = read(
        "{minProtocolVersion: '1.3', alpnProtocols: [h2], keyExchangeGroups: [P-256], \
         cipherSuites: [TLS13_AES_128_GCM_SHA256]}",
    );
    assert_eq!(faults, [""; 0]);
    assert_eq!((terms.least, terms.most), (Some(TlsVersion::Tls13), None));
    assert_eq!(terms.protocols, ["h2"]);
    assert_eq!(terms.groups, ["P-256"]);
    assert_eq!(terms.suites, ["TLS13_AES_128_GCM_SHA256"]);

    let (terms, faults) = read(
        "{minProtocolVersion: '1.3', keyExchangeGroups: [X25519_MLKEM768, X25519], alpnProtocols: [h3]}",
    );
    assert_eq!(terms.least, Some(TlsVersion::Tls13));
    assert_eq!(terms.groups, ["X25519"]);
    assert_eq!(terms.protocols, [""; 0]);
    let told = faults.join("\n");
    assert!(
        told.contains("spec.frontend.tls.keyExchangeGroups[0]"),
        "{told}"
    );
    assert!(
        told.contains("spec.frontend.tls.alpnProtocols[0]"),
        "{told}"
    );

    let (terms, faults) = read(
        "{minProtocolVersion: '1.3', maxProtocolVersion: '1.2', \
         cipherSuites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]}",
    );
    assert_eq!((terms.least, terms.most), (Some(TlsVersion::Tls13), None));
    assert_eq!(terms.suites, [""; 0]);
    assert_eq!(faults.len(), 2, "{faults:?}");
}

/// Fault C01: who may connect is a guard: one that cannot be understood closes its Gateway.
#[test]
fn a_rule_of_connections_that_cannot_be_read_is_told_with_its_place() {
    for text in [
        "request.method == 'GET'",
        "source.identity == 'x'",
        "cidr('10.0.0.0/33').containsIP(source.address)",
        "source.address",
        "source.address ==",
    ] {
        let frontend = format!(
            "frontend: {{networkAuthorization: {{policy: {{matchExpressions: [\"{text}\"]}}}}}}"
        );
        let found = compiled(&[EDGE, &on("p", GATEWAY, &frontend)]);
        let said = message(
            &statuses(&found),
            &Reference::new("agentgateway.dev", "AgentgatewayPolicy", "infra", "p"),
            "edge",
            "Accepted",
        );
        assert!(said.contains("answers 500"), "{text}: {said}");
        let told: Vec<_> = found
            .facts
            .diagnoses()
            .iter()
            .map(ToString::to_string)
            .collect();
        let told = told.join("\n");
        let place = "spec.frontend.networkAuthorization.policy.matchExpressions[0]";
        assert!(told.contains(place), "{text}: {told}");
    }
}
