//! TLS with backends.

use std::{fs, path::Path};

use agentgateway::{
    assemble::Parts,
    config::Directory,
    observe::Observer,
    reload::{self, Candidate, Load},
    telemetry::ExportStats,
};
use agentgateway_core::{Body, server::ClientAuth};
use agentgateway_tests::{Manifests, TestGateway, get};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::authority::{Authority, Pair, service};

/// A ConfigMap `ca` and a Secret `own`.
fn held(authority: &Authority, own: &Pair) -> String {
    let ca = serde_json::json!({ "ca.crt": authority.pem() });
    let pair = serde_json::json!({ "tls.crt": own.chain, "tls.key": own.key });
    format!(
        "apiVersion: v1
kind: ConfigMap
metadata: {{name: ca, namespace: default}}
data: {ca}
---
apiVersion: v1
kind: Secret
metadata: {{name: own, namespace: default}}
type: kubernetes.io/tls
stringData: {pair}
"
    )
}

fn backend(port: u16, tls: &str) -> String {
    format!("{{static: {{host: 127.0.0.1, port: {port}}}, policies: {{tls: {tls}}}}}")
}

/// What is answered through a backend with these terms.
async fn through(port: u16, tls: &str, objects: &str) -> (StatusCode, String) {
    let manifests = Manifests::default()
        .route("a2a", "/", None, &backend(port, tls))
        .and(objects);
    let gateway = TestGateway::serve(&manifests).await;
    let answer = get(&format!("{}/", gateway.url("a2a"))).await;
    let said = String::from_utf8_lossy(answer.body()).into_owned();
    (answer.status(), said)
}

const TRUSTED: &str = "caCertificateRefs: [{name: ca}]";

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_demands_a_certificate_is_shown_the_gateways_own() {
    let authority = Authority::new();
    let clients = ClientAuth::required(authority.pem().as_bytes()).unwrap();
    let addr = service(&authority.vouches_for("agent.test"), clients).await;
    let objects = held(&authority, &authority.vouches_for("gateway.test"));
    let shown = format!("{{sni: agent.test, {TRUSTED}, mtlsCertificateRef: [{{name: own}}]}}");
    let (status, said) = through(addr.port(), &shown, &objects).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    assert_eq!(said, "agent.test gateway.test HTTP/2.0");
    let bare = format!("{{sni: agent.test, {TRUSTED}}}");
    let (status, _) = through(addr.port(), &bare, &objects).await;
    assert!(status.is_server_error(), "{status}");
    // Not its authority's, and not in the place of none.
    let stranger = held(&authority, &Authority::new().vouches_for("gateway.test"));
    let (status, _) = through(addr.port(), &shown, &stranger).await;
    assert!(status.is_server_error(), "{status}");
}

/// Fault H23 (part): an upstream with another name or of another authority is refused, unless the manifest says otherwise in so many words.
#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_is_whom_the_manifest_names_or_is_not_spoken_to() {
    let authority = Authority::new();
    let addr = service(&authority.vouches_for("agent.test"), ClientAuth::none()).await;
    let objects = held(&authority, &authority.vouches_for("gateway.test"));
    for (tls, expected) in [
        (format!("{{sni: agent.test, {TRUSTED}}}"), true),
        (format!("{{sni: other.test, {TRUSTED}}}"), false),
        (format!("{{{TRUSTED}}}"), false),
        (
            format!("{{{TRUSTED}, verifySubjectAltNames: [a.test, agent.test]}}"),
            true,
        ),
        (
            format!("{{{TRUSTED}, verifySubjectAltNames: [a.test]}}"),
            false,
        ),
        (format!("{{{TRUSTED}, insecureSkipVerify: Hostname}}"), true),
        ("{sni: agent.test}".to_owned(), false),
        ("{insecureSkipVerify: Hostname}".to_owned(), false),
        ("{insecureSkipVerify: All}".to_owned(), true),
    ] {
        let (status, said) = through(addr.port(), &tls, &objects).await;
        assert_eq!(status.is_success(), expected, "{tls}: {status} {said}");
        assert!(expected || status.is_server_error(), "{tls}: {status}");
    }
    let spoken = format!("{{sni: agent.test, {TRUSTED}, alpnProtocols: [http/1.1]}}");
    let (_, said) = through(addr.port(), &spoken, &objects).await;
    assert_eq!(said, "agent.test nobody HTTP/1.1");
}

/// A directory as the gateway reads it, once for each change.
struct Read(reload::Manifests);

impl Read {
    fn new(folder: &Path) -> Self {
        let parts = Parts::new(Observer::new(&ExportStats::default()));
        Self(reload::Manifests::new(Directory::new(folder), parts))
    }

    fn candidate(&mut self) -> Candidate {
        let text = self.0.read().text.unwrap();
        let candidate = self.0.validate(text).unwrap();
        self.0.applied();
        candidate
    }

    /// The status and the text of what is answered now.
    async fn answer(&mut self) -> (StatusCode, String) {
        let candidate = self.candidate();
        let table = candidate.plan.sockets[0].table.clone();
        let request = Request::get("/").header("host", "a.test");
        let Ok(answer) = table.oneshot(request.body(Body::empty()).unwrap()).await;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head.status, String::from_utf8_lossy(&body).into_owned())
    }
}

/// Fault C09: the certificate that the gateway shows, and the roots that it trusts, are those of the last change.
#[tokio::test(flavor = "multi_thread")]
async fn changed_certificates_are_taken_up_by_a_reload() {
    let (old, new) = (Authority::new(), Authority::new());
    let both = [old.pem(), new.pem()].concat();
    let clients = ClientAuth::required(both.as_bytes()).unwrap();
    let addr = service(&old.vouches_for("agent.test"), clients).await;
    let tls = format!("{{sni: agent.test, {TRUSTED}, mtlsCertificateRef: [{{name: own}}]}}");
    let manifests = Manifests::default().route("a2a", "/", None, &backend(addr.port(), &tls));
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("gateway.yaml", &manifests.text());
    write("held.yaml", &held(&old, &old.vouches_for("one.test")));
    let mut read = Read::new(folder.path());
    let said = "agent.test one.test HTTP/2.0".to_owned();
    assert_eq!(read.answer().await, (StatusCode::OK, said.clone()));
    assert_eq!(read.answer().await, (StatusCode::OK, said));
    write("held.yaml", &held(&old, &new.vouches_for("two.test")));
    let said = "agent.test two.test HTTP/2.0".to_owned();
    assert_eq!(read.answer().await, (StatusCode::OK, said));
    write("held.yaml", &held(&new, &new.vouches_for("two.test")));
    assert!(read.answer().await.0.is_server_error());
}

/// Fault C03: roots that are gone are a credential that is lost: the change that lacks them is not served.
#[tokio::test]
async fn roots_that_are_gone_are_told_as_a_lost_credential() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let manifests =
        Manifests::default().route("a2a", "/", None, &backend(1, &format!("{{{TRUSTED}}}")));
    fs::write(folder.path().join("gateway.yaml"), manifests.text()).unwrap();
    let objects = folder.path().join("held.yaml");
    fs::write(&objects, held(&authority, &authority.vouches_for("a.test"))).unwrap();
    let mut read = Read::new(folder.path());
    let of_backend = |candidate: Candidate| {
        let mut all = candidate.credentials.into_iter();
        all.find(|(of, _)| of.starts_with("AgentgatewayBackend"))
            .unwrap()
            .1
    };
    assert_eq!(of_backend(read.candidate()), Ok(()));
    fs::remove_file(&objects).unwrap();
    let lost = of_backend(read.candidate()).unwrap_err();
    assert!(lost.contains("ConfigMap default/ca not found"), "{lost}");
}
