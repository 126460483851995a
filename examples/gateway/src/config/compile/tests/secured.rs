//! What needs a Secret, and HTTPS.

use super::support::{
    EDGE, compiled, conditions, gateway, message, route, rules, shares, statuses,
};

/// Fault C03: a Secret whose type is not that of a certificate serves no listener, even where its keys are named so.
#[test]
fn a_secret_of_another_type_is_no_certificate() {
    let made = rcgen::generate_simple_self_signed(["a.com".to_owned()]).unwrap();
    let data = serde_json::json!({
        "tls.crt": made.cert.pem(), "tls.key": made.signing_key.serialize_pem(),
    });
    let edge = format!(
        "{EDGE}  - {{name: s, port: 443, protocol: HTTPS, tls: {{certificateRefs: [{{name: x}}]}}}}\n"
    );
    let served = |kind: &str| {
        let secret = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: x, namespace: infra}}\n{kind}stringData: \
             {data}\n"
        );
        let found = compiled(&[&edge, &secret]);
        let listeners = found.snapshot.gateways[0].listeners.iter();
        (
            listeners.map(|it| it.name.clone()).collect::<Vec<_>>(),
            statuses(&found),
        )
    };
    assert_eq!(served("type: kubernetes.io/tls\n").0, ["http", "s"]);
    for kind in ["type: Opaque\n", ""] {
        let (listeners, set) = served(kind);
        assert_eq!(listeners, ["http"], "{kind}");
        let all = conditions(&set, &gateway("infra", "edge"));
        let resolved = "s ResolvedRefs=False/InvalidCertificateRef".to_owned();
        assert!(all.contains(&resolved), "{all:?}");
        let said = message(&set, &gateway("infra", "edge"), "s", "ResolvedRefs");
        assert!(said.contains("is not of type kubernetes.io/tls"), "{said}");
    }
}

/// Fault C03: a provider whose own credential is missing is not spoken to without it.
#[test]
fn a_provider_without_its_own_credential_is_not_spoken_to() {
    let text = "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayBackend\n\
        metadata: {name: x, namespace: infra}\n\
        spec: {ai: {groups: [{providers: [{name: p, openai: {}, policies: {auth: {secretRef: {name: k}}}}]}]}}\n---\n\
        apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
        metadata: {name: r, namespace: infra}\nspec: {parentRefs: [{name: edge}], rules: [{backendRefs: \
        [{group: agentgateway.dev, kind: AgentgatewayBackend, name: x}]}]}\n";
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: k, namespace: infra}\n\
        stringData: {Authorization: sk-1}\n";
    let found = compiled(&[EDGE, text, secret]);
    assert_eq!(shares(&rules(&found, "http")[0]), ["x:1"]);
    let found = compiled(&[EDGE, text]);
    assert_eq!(shares(&rules(&found, "http")[0]), ["500:1"]);
    let said = message(
        &statuses(&found),
        &route("infra", "r"),
        "edge",
        "ResolvedRefs",
    );
    assert!(said.contains("Secret infra/k not found"), "{said}");
}

#[test]
fn listeners_whose_hostnames_overlap_under_tls_are_told_of_one_another() {
    let made = rcgen::generate_simple_self_signed(["a.com".to_owned()]).unwrap();
    let data = serde_json::json!({
        "tls.crt": made.cert.pem(), "tls.key": made.signing_key.serialize_pem(),
    });
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: x, namespace: infra}}\n\
         type: kubernetes.io/tls\nstringData: {data}\n"
    );
    let listeners = [
        ("wide", 443, "*.a.com"),
        ("narrow", 443, "x.a.com"),
        ("apart", 443, "b.com"),
        ("elsewhere", 8443, "x.a.com"),
    ];
    let lines = listeners.map(|(name, port, hostname)| {
        format!(
            "  - {{name: {name}, port: {port}, protocol: HTTPS, hostname: \"{hostname}\", tls: \
             {{certificateRefs: [{{name: x}}]}}}}\n"
        )
    });
    let set = statuses(&compiled(&[&format!("{EDGE}{}", lines.concat()), &secret]));
    let all = conditions(&set, &gateway("infra", "edge"));
    for (name, overlaps) in [
        ("wide", true),
        ("narrow", true),
        ("apart", false),
        ("elsewhere", false),
        ("http", false),
    ] {
        let told = format!("{name} OverlappingTLSConfig=True/OverlappingHostnames");
        assert_eq!(all.contains(&told), overlaps, "{name}: {all:?}");
        assert!(
            !all.iter()
                .any(|one| one.starts_with(&format!("{name} Programmed=False"))),
            "{all:?}"
        );
    }
}
