//! Who may connect, and what a client must show before it says anything.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use agentgateway::{
    assemble::{self, Parts},
    config::{self, File, LoadOptions},
    gateway::{Place, Settings, Sockets},
    observe::Observer,
    telemetry::Tracing,
};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    SanType,
};
use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    version::{TLS12, TLS13},
};
use serde_json::json;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

/// A Gateway with a listener in the clear and one within TLS, and a route that says 302.
const GATEWAY: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: agentgateway}
spec: {controllerName: agentgateway.dev/agentgateway}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: route, namespace: default}
spec:
  parentRefs: [{name: edge}]
  rules: [{filters: [{type: RequestRedirect, requestRedirect: {hostname: a.example}}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: default}
spec:
  gatewayClassName: agentgateway
  listeners:
  - {name: plain, port: 80, protocol: HTTP}
  - {name: secure, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: own}]}}
";

struct Edge {
    sockets: Sockets,
    parts: Parts,
}

impl Edge {
    async fn serve(objects: &str, trusted: &[&str]) -> Self {
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut settings = Settings::new(free.ip(), free);
        settings.place = Some(Place::new(move |_| free));
        let trusted = trusted.iter().map(|network| network.parse().unwrap());
        settings.trusted = trusted.collect();
        let mut edge = Self {
            sockets: Sockets::new(settings),
            parts: Parts::new(Observer::new(Tracing::detached().stats())),
        };
        edge.change(objects).await;
        edge
    }

    /// Serves this instead.
    async fn change(&mut self, objects: &str) {
        let files = [File::new("test.yaml", format!("{GATEWAY}{objects}"))];
        let loaded = config::load(&files[..], &LoadOptions::default());
        let loaded = loaded.map_err(|report| report.to_string()).unwrap();
        let plan = assemble::plan(&loaded.compiled.snapshot, &self.parts);
        self.sockets.apply(plan, Duration::ZERO).await.unwrap();
    }

    fn addr(&self, name: &str) -> Option<SocketAddr> {
        let served = self.sockets.served();
        let found = served.iter().find(|listener| listener.name == name);
        found.map(|listener| listener.addr)
    }

    async fn plain(&self, beginning: &str) -> Option<u16> {
        let stream = TcpStream::connect(self.addr("plain").unwrap())
            .await
            .unwrap();
        ask(stream, beginning).await
    }

    async fn secure(&self, trusted: &Shown, shown: Option<&Shown>) -> Option<u16> {
        self.secure_by(&[&TLS13, &TLS12], trusted, shown).await
    }

    async fn secure_by(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        trusted: &Shown,
        shown: Option<&Shown>,
    ) -> Option<u16> {
        let mut roots = RootCertStore::empty();
        roots.add(trusted.chain[0].clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        let config = match shown {
            None => builder.with_no_client_auth(),
            Some(shown) => {
                let key = PrivateKeyDer::from_pem_slice(shown.key.as_bytes()).unwrap();
                builder
                    .with_client_auth_cert(shown.chain.clone(), key)
                    .unwrap()
            }
        };
        let stream = TcpStream::connect(self.addr("secure").unwrap())
            .await
            .unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
        ask(connecting.await.ok()?, "").await
    }
}

/// The status that a request is answered with; `None` where the connection is closed.
async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, beginning: &str) -> Option<u16> {
    let request =
        format!("{beginning}GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut said = Vec::new();
    // What comes before an alert or a reset counts as well.
    let _ = stream.read_to_end(&mut said).await;
    let said = String::from_utf8(said).unwrap();
    said.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

struct Shown {
    chain: Vec<CertificateDer<'static>>,
    key: String,
}

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    fn vouches_for(&self, name: &str) -> Shown {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.subject_alt_names = vec![SanType::URI(name.try_into().unwrap())];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Shown {
            chain: vec![certificate.der().clone()],
            key: key.serialize_pem(),
        }
    }
}

/// The Gateway's own certificate, and the Secret that holds it.
fn own() -> (Shown, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let data = json!({ "tls.crt": made.cert.pem(), "tls.key": made.signing_key.serialize_pem() });
    let secret = format!(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: own, namespace: default}}\n\
         type: kubernetes.io/tls\nstringData: {data}\n"
    );
    let shown = Shown {
        chain: vec![made.cert.der().clone()],
        key: String::new(),
    };
    (shown, secret)
}

const IDENTITY: &str = "---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {name: callers, namespace: default}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: route}]
  traffic:
    authorization: {policy: {matchExpressions: ['source.identity == \"spiffe://a.example/robot\"']}}
";

fn asking(mode: &str) -> String {
    format!(
        "  tls: {{frontend: {{default: {{validation: {{mode: {mode}, caCertificateRefs: [{{group: '', kind: \
         ConfigMap, name: authorities}}]}}}}}}}}\n"
    )
}

#[tokio::test]
async fn clients_show_a_certificate_that_an_authority_of_the_gateway_vouches_for() {
    let (own, secret) = own();
    let (good, foreign) = (Authority::new(), Authority::new());
    let data = json!({ "ca.crt": good.0.pem() });
    let authorities = format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: authorities, namespace: default}}\n\
         data: {data}\n"
    );
    let robot = good.vouches_for("spiffe://a.example/robot");
    let other = good.vouches_for("spiffe://a.example/other");
    let false_robot = foreign.vouches_for("spiffe://a.example/robot");

    let strict = format!(
        "{}{secret}{authorities}{IDENTITY}",
        asking("AllowValidOnly")
    );
    let mut edge = Edge::serve(&strict, &[]).await;
    for (shown, expected) in [
        (Some(&robot), Some(302)),
        (Some(&other), Some(403)),
        (Some(&false_robot), None),
        (None, None),
    ] {
        assert_eq!(edge.secure(&own, shown).await, expected);
    }
    // In the clear nobody is asked, and nobody is known.
    assert_eq!(edge.plain("").await, Some(403));

    // Everybody is let in, and those alone are known whose certificate is good.
    let insecure = asking("AllowInsecureFallback");
    edge.change(&format!("{insecure}{secret}{authorities}{IDENTITY}"))
        .await;
    for (shown, expected) in [
        (Some(&robot), Some(302)),
        (Some(&false_robot), Some(403)),
        (None, Some(403)),
    ] {
        assert_eq!(edge.secure(&own, shown).await, expected);
    }

    edge.change(&format!("{}{secret}{IDENTITY}", asking("AllowValidOnly")))
        .await;
    assert_eq!(edge.addr("secure"), None);
    edge.change(&strict).await;
    assert_eq!(edge.secure(&own, None).await, None);
    assert_eq!(edge.secure(&own, Some(&robot)).await, Some(302));
}

fn connections(spec: &str) -> String {
    format!(
        "---\napiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayPolicy\n\
         metadata: {{name: connections, namespace: default}}\nspec:\n  targetRefs: [{{group: \
         gateway.networking.k8s.io, kind: Gateway, name: edge}}]\n  frontend: {spec}\n"
    )
}

const WITHIN: &str = "networkAuthorization: {policy: {matchExpressions: \
                      [\"cidr('192.0.2.0/24').containsIP(source.address)\"]}}";

fn line(client: &str) -> String {
    format!("PROXY TCP4 {client} 198.51.100.1 4660 80\r\n")
}

/// Fault H59: who is not trusted names no client.
#[tokio::test]
async fn load_balancers_name_their_clients_and_rules_judge_these() {
    let spec = format!("{{proxyProtocol: {{version: All}}, {WITHIN}}}");
    let (_, secret) = own();
    let objects = format!("{secret}{}", connections(&spec));
    let edge = Edge::serve(&objects, &["127.0.0.0/8"]).await;
    assert_eq!(edge.plain(&line("192.0.2.7")).await, Some(302));
    assert_eq!(edge.plain(&line("198.51.100.7")).await, None);
    assert_eq!(edge.plain("").await, None);
    for trusted in [&[][..], &["10.0.0.0/8"]] {
        let edge = Edge::serve(&objects, trusted).await;
        assert_eq!(edge.plain(&line("192.0.2.7")).await, None);
        assert_eq!(edge.plain("").await, None);
    }
}

#[tokio::test]
async fn who_may_not_connect_is_closed_before_tls() {
    let (own, secret) = own();
    let mut edge = Edge::serve(
        &format!("{secret}{}", connections(&format!("{{{WITHIN}}}"))),
        &[],
    )
    .await;
    assert_eq!(edge.plain("").await, None);
    let mut stream = TcpStream::connect(edge.addr("secure").unwrap())
        .await
        .unwrap();
    // Nothing of TLS has to be said.
    let mut said = Vec::new();
    assert_eq!(stream.read_to_end(&mut said).await.unwrap(), 0);
    // What holds changes with the configuration, on the same sockets.
    let here = WITHIN.replace("192.0.2.0/24", "127.0.0.0/8");
    edge.change(&format!("{secret}{}", connections(&format!("{{{here}}}"))))
        .await;
    assert_eq!(edge.plain("").await, Some(302));
    assert_eq!(edge.secure(&own, None).await, Some(302));
}

#[tokio::test]
async fn handshakes_are_made_as_a_policy_says() {
    let (own, secret) = own();
    let old: &[&'static SupportedProtocolVersion] = &[&TLS12];
    let mut edge = Edge::serve(&secret, &[]).await;
    assert_eq!(edge.secure_by(old, &own, None).await, Some(302));
    let new = connections("{tls: {minProtocolVersion: '1.3'}}");
    edge.change(&format!("{secret}{new}")).await;
    assert_eq!(edge.secure_by(old, &own, None).await, None);
    assert_eq!(edge.secure(&own, None).await, Some(302));
}
