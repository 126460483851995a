//! How backends are spoken to by TLS.

use super::backends::{OURS, backend, first, ours, to};
use super::policies::on;
use super::support::{EDGE, compiled, conditions, message, policy, route, rules, shares, statuses};
use crate::config::compile::Severity;
use crate::config::resource::Reference;
use crate::config::snapshot::{Outcome, TlsDemand, TlsTerms};

struct Made {
    chain: String,
    key: String,
}

fn made() -> Made {
    let made = rcgen::generate_simple_self_signed(["a.com".to_owned()]).unwrap();
    Made {
        chain: made.cert.pem(),
        key: made.signing_key.serialize_pem(),
    }
}

fn object(kind: &str, more: &str, data: &serde_json::Value) -> String {
    let field = if kind == "Secret" {
        "stringData"
    } else {
        "data"
    };
    format!(
        "apiVersion: v1\nkind: {kind}\nmetadata: {{name: t, namespace: web}}\n{more}{field}: {data}\n"
    )
}

fn config_map(ca: &str) -> String {
    object("ConfigMap", "", &serde_json::json!({ "ca.crt": ca }))
}

fn pair(of: &Made) -> String {
    let data = serde_json::json!({ "tls.crt": of.chain, "tls.key": of.key });
    object("Secret", "type: kubernetes.io/tls\n", &data)
}

fn with(tls: &str) -> String {
    ours(&format!(
        "{{static: {{host: h, port: 443}}, policies: {{tls: {tls}}}}}"
    ))
}

fn terms(tls: &str, more: &[&str]) -> TlsTerms {
    let (own, to) = (with(tls), to(OURS));
    let mut texts = vec![EDGE, &own, &to];
    texts.extend(more);
    let settings = backend(&texts).settings;
    assert!(settings.tls);
    settings.tls_terms.as_deref().unwrap().clone()
}

#[test]
fn terms_of_tls_are_what_the_manifest_says() {
    assert_eq!(terms("{}", &[]), TlsTerms::default());
    let found = terms(
        "{sni: api.test, alpnProtocols: [http/1.1], keyExchangeGroups: [P-256, X25519], \
         verifySubjectAltNames: [a.test, 'spiffe://cluster/ns/a']}",
        &[],
    );
    assert_eq!(found.server_name.as_deref(), Some("api.test"));
    let names = ["a.test", "spiffe://cluster/ns/a"].map(str::to_owned);
    assert_eq!(found.demand, TlsDemand::Names(names.to_vec()));
    assert_eq!(found.protocols, ["http/1.1"]);
    assert_eq!(found.groups, ["P-256", "X25519"]);
    for (mode, demand) in [
        ("Hostname", TlsDemand::AnyName),
        ("All", TlsDemand::Anything),
    ] {
        let found = terms(&format!("{{insecureSkipVerify: {mode}}}"), &[]);
        assert_eq!(found.demand, demand);
    }
}

#[test]
fn roots_are_of_a_config_map_or_a_secret_and_beat_those_beside_the_own_certificate() {
    let (one, other) = (made(), made());
    let roots = |found: TlsTerms| found.roots.unwrap().expose().to_owned();
    let map = config_map(&one.chain);
    let found = terms("{caCertificateRefs: [{name: t}]}", &[&map]);
    assert_eq!(roots(found), one.chain);
    let data = serde_json::json!({
        "tls.crt": one.chain, "tls.key": one.key, "ca.cert": other.chain, "ca.crt": one.chain,
    });
    let secret = object("Secret", "type: kubernetes.io/tls\n", &data);
    let found = terms("{caCertificateRefs: [{kind: Secret, name: t}]}", &[&secret]);
    assert_eq!(roots(found), one.chain);
    let found = terms("{mtlsCertificateRef: [{name: t}]}", &[&secret]);
    assert_eq!(found.identity.as_ref().unwrap().key.expose(), one.key);
    assert_eq!(roots(found), other.chain);
    let both = "{mtlsCertificateRef: [{name: t}], caCertificateRefs: [{name: t}]}";
    assert_eq!(roots(terms(both, &[&map, &secret])), one.chain);
    let shown = format!("{:?}", terms(both, &[&map, &secret]));
    assert!(!shown.contains("PRIVATE"), "{shown}");
}

/// What cannot be used, with the field that is told, and in what words.
fn unusable() -> Vec<(&'static str, String, &'static str, &'static str)> {
    let (one, other) = (made(), made());
    let apart = Made {
        chain: one.chain.clone(),
        key: other.key,
    };
    let opaque = object(
        "Secret",
        "",
        &serde_json::json!({ "tls.crt": one.chain, "tls.key": one.key }),
    );
    let beside = serde_json::json!({ "tls.crt": one.chain, "tls.key": one.key, "ca.cert": "" });
    let beside = object("Secret", "type: kubernetes.io/tls\n", &beside);
    let nothing = String::new();
    let (ca, own) = ("caCertificateRefs[0]", "mtlsCertificateRef[0]");
    let roots = "{caCertificateRefs: [{name: t}]}";
    let shown = "{mtlsCertificateRef: [{name: t}]}";
    vec![
        (roots, nothing.clone(), ca, "ConfigMap web/t not found"),
        (
            roots,
            object("ConfigMap", "", &serde_json::json!({ "ca.pem": "" })),
            ca,
            "ConfigMap web/t has no key \"ca.crt\"",
        ),
        (
            roots,
            config_map("nonsense"),
            ca,
            "ConfigMap web/t: there is no root",
        ),
        (
            "{caCertificateRefs: [{kind: Secret, name: t}]}",
            nothing.clone(),
            ca,
            "Secret web/t not found",
        ),
        (shown, nothing.clone(), own, "Secret web/t not found"),
        (
            shown,
            opaque,
            own,
            "Secret web/t is not of type kubernetes.io/tls",
        ),
        (
            shown,
            pair(&apart),
            own,
            "Secret web/t: certificate and key cannot be used",
        ),
        (
            shown,
            beside,
            own,
            "key \"ca.cert\" of Secret web/t: there is no root",
        ),
        (
            "{mtlsCertificateRef: [{group: x.io, kind: Own, name: t}]}",
            nothing.clone(),
            own,
            "an mtlsCertificateRef must be a Secret, found x.io/Own",
        ),
        (
            "{alpnProtocols: [h3]}",
            nothing.clone(),
            "alpnProtocols",
            "the protocols are not of h2 and http/1.1",
        ),
        (
            "{verifySubjectAltNames: ['a b']}",
            nothing.clone(),
            "verifySubjectAltNames",
            "neither a host, an address nor a URI",
        ),
        (
            "{keyExchangeGroups: [X25519_MLKEM768]}",
            nothing,
            "keyExchangeGroups",
            "X25519_MLKEM768 is not in this build's cryptography",
        ),
    ]
}

/// Fault C03: a backend whose roots or own certificate cannot be had is not spoken to as usual instead.
#[test]
fn a_backend_without_its_terms_answers_500() {
    for (tls, more, field, words) in unusable() {
        let found = compiled(&[EDGE, &with(tls), &to(OURS), &more]);
        assert_eq!(shares(&rules(&found, "http")[0]), ["500:1"], "{tls}");
        let told = found.facts.diagnoses().iter();
        let told: Vec<_> = told
            .filter(|one| one.severity == Severity::Error)
            .map(ToString::to_string)
            .collect();
        let path = format!("spec.policies.tls.{field}: ");
        let is_told = |one: &String| one.contains(&path) && one.contains(words);
        assert!(told.iter().any(is_told), "{tls}: {told:#?}");
        let own = Reference::new("agentgateway.dev", "AgentgatewayBackend", "web", "x");
        let set = statuses(&found);
        assert_eq!(conditions(&set, &own), ["Accepted=False/Invalid"]);
        let said = message(&set, &route("web", "r"), "edge", "ResolvedRefs");
        assert!(said.contains(words), "{said}");
    }
}

/// Fault C03: the same for terms that a policy attaches, whatever other policies say.
#[test]
fn a_policy_without_its_terms_closes_the_backends_that_it_is_for() {
    let target = "{group: agentgateway.dev, kind: AgentgatewayBackend, name: x}";
    let plain = ours("{static: {host: h, port: 443}}");
    for (tls, more, field, words) in unusable() {
        let text = on("p", target, &format!("backend: {{tls: {tls}}}"));
        let text = text.replace("namespace: infra", "namespace: web");
        let found = compiled(&[EDGE, &plain, &to(OURS), &text, &more]);
        assert_eq!(shares(&rules(&found, "http")[0]), ["500:1"], "{tls}");
        let told = found.facts.diagnoses().iter();
        let told: Vec<_> = told.map(ToString::to_string).collect();
        let path = format!("spec.backend.tls.{field}: ");
        assert!(
            told.iter()
                .any(|one| one.contains(&path) && one.contains(words)),
            "{tls}: {told:#?}"
        );
        let set = statuses(&found);
        let all = conditions(&set, &policy("web", "p"));
        assert_eq!(all[0], "edge Accepted=False/Invalid", "{tls}");
        let said = message(&set, &policy("web", "p"), "edge", "Accepted");
        assert!(said.contains("answers 500"), "{said}");
    }
}

#[test]
fn terms_of_the_backend_beat_those_of_policies_as_a_whole() {
    let target = "{group: agentgateway.dev, kind: AgentgatewayBackend, name: x}";
    let attached = on(
        "p",
        target,
        "backend: {tls: {sni: p.test, alpnProtocols: [h2]}}",
    );
    let attached = attached.replace("namespace: infra", "namespace: web");
    let found = terms("{sni: own.test}", &[&attached]);
    assert_eq!(found.server_name.as_deref(), Some("own.test"));
    assert_eq!(found.protocols, [""; 0]);
    // What is spoken by TLS without being told to keeps what others say of it.
    let provider = ours("{ai: {groups: [{providers: [{name: p, openai: {}}]}]}}");
    let found = backend(&[EDGE, &provider, &to(OURS), &attached]);
    let crate::config::snapshot::BackendKind::Ai(ai) = found.kind else {
        panic!()
    };
    let terms = ai.groups[0][0].settings.tls_terms.as_ref().unwrap();
    assert_eq!(terms.server_name.as_deref(), Some("p.test"));
}

#[test]
fn what_this_build_has_not_is_passed_over_while_another_is_left_and_told() {
    let tls = "{keyExchangeGroups: [X25519_MLKEM768, X25519]}";
    assert_eq!(terms(tls, &[]).groups, ["X25519"]);
    let found = compiled(&[EDGE, &with(tls), &to(OURS)]);
    let told = found.facts.diagnoses().iter();
    let told: Vec<_> = told.map(ToString::to_string).collect();
    let words = "spec.policies.tls.keyExchangeGroups: is known but not implemented";
    assert!(told.iter().any(|one| one.contains(words)), "{told:?}");
}

#[test]
fn a_certificate_of_spiffe_is_not_served_without() {
    let Outcome::Invalid(_) = first(&[EDGE, &with("{certificateSource: SPIFFE}"), &to(OURS)])
    else {
        panic!()
    };
    assert_eq!(
        terms("{certificateSource: Inline}", &[]),
        TlsTerms::default()
    );
}

#[test]
fn a_service_that_policies_ask_has_no_terms() {
    let asks = "traffic: {jwtAuthentication: {providers: [{issuer: a, jwks: {remote: {backendRef: \
        {group: agentgateway.dev, kind: AgentgatewayBackend, name: x}, jwksPath: /keys}}}]}}";
    let target = "{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r}";
    let text = on("p", target, asks).replace("namespace: infra", "namespace: web");
    let errors = |tls: &str| {
        let found = compiled(&[EDGE, &with(tls), &to(OURS), &text]);
        let told = found.facts.diagnoses().iter();
        let told = told.filter(|one| one.severity == Severity::Error);
        told.map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(errors("{}"), [""; 0]);
    let told = errors("{sni: keys.test}");
    assert!(told[0].contains("has terms of TLS"), "{told:?}");
}
