//! The certificates that the conformance suite makes in code, in no manifest.

use std::{collections::BTreeMap, fmt::Write as _};

use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};

const INFRA: &str = "gateway-conformance-infra";

/// A chain and its key, in PEM.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) chain: String,
    pub(crate) key: String,
}

/// The Secrets and ConfigMaps as manifests, and the pairs by `namespace/name`.
#[derive(Debug, Default)]
pub(crate) struct Certificates {
    pub(crate) manifests: String,
    pub(crate) pairs: BTreeMap<String, Pair>,
}

impl Certificates {
    /// Makes all of them.
    pub(crate) fn make() -> Self {
        let mut made = Self::default();
        made.own("gateway-conformance-web-backend", "certificate", &["*"]);
        let validity = ["*", "*.org", "*.wildcard.org"];
        made.own(INFRA, "tls-validity-checks-certificate", &validity);
        made.authority("gateway-conformance-web-backend", &["web-backend-cm"]);
        made.authority(INFRA, &["mismatch-ca-certificate"]);
        for name in ["tls-validity-checks", "tls-validity-checks-per-port"] {
            let authority = made.authority(INFRA, &[&format!("{name}-ca-certificate")]);
            made.signed(
                INFRA,
                &format!("{name}-client-certificate"),
                &authority,
                &[],
            );
        }
        let authority = made.authority(INFRA, &["tls-checks-ca-certificate"]);
        let hosts = ["abc.example.com", "other.example.com"];
        made.signed(INFRA, "tls-checks-certificate", &authority, &hosts);
        made.signed(INFRA, "tls-checks-client-certificate", &authority, &[]);
        for namespace in [INFRA, "gateway-conformance-app-backend"] {
            let name = "tls-passthrough-checks-certificate";
            made.signed(namespace, name, &authority, &hosts[..1]);
        }
        let name = "tls-terminate-checks-certificate";
        made.signed(INFRA, name, &authority, &["tls.example.com"]);
        made
    }

    fn own(&mut self, namespace: &str, name: &str, hosts: &[&str]) {
        let key = KeyPair::generate().unwrap();
        let chain = server(hosts).self_signed(&key).unwrap().pem();
        self.secret(namespace, name, chain, key.serialize_pem());
    }

    fn signed(&mut self, namespace: &str, name: &str, by: &Issuer<'_, KeyPair>, hosts: &[&str]) {
        let key = KeyPair::generate().unwrap();
        let mut params = server(hosts);
        if hosts.is_empty() {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        } else if hosts.len() > 1 {
            let identity = "spiffe://abc.example.com/test-identity".try_into().unwrap();
            params.subject_alt_names.push(SanType::URI(identity));
        }
        let chain = params.signed_by(&key, by).unwrap().pem();
        self.secret(namespace, name, chain, key.serialize_pem());
    }

    fn secret(&mut self, namespace: &str, name: &str, chain: String, key: String) {
        write!(
            self.manifests,
            "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
             type: kubernetes.io/tls\ndata:\n  tls.crt: {}\n  tls.key: {}\n",
            STANDARD.encode(&chain),
            STANDARD.encode(&key),
        )
        .unwrap();
        let pair = Pair { chain, key };
        self.pairs.insert(format!("{namespace}/{name}"), pair);
    }

    /// An authority, whose certificate is in ConfigMaps of these names.
    fn authority(&mut self, namespace: &str, names: &[&str]) -> Issuer<'static, KeyPair> {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let text = params.self_signed(&key).unwrap().pem();
        for name in names {
            let text = serde_json::to_string(&text).unwrap();
            write!(
                self.manifests,
                "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: \
                 {namespace}}}\ndata: {{ca.crt: {text}}}\n"
            )
            .unwrap();
        }
        Issuer::new(params, key)
    }
}

fn server(hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    CertificateParams::new(hosts).unwrap()
}
