//! Certificates that come with the configuration, and change with it.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use agentgateway::{
    assemble::{Parts, TlsPlan},
    config::{
        resource::Reference,
        snapshot::{Certificate, Secret},
    },
    reload::{Candidate, Refused},
};
use agentgateway_core::route::Hostname;
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::ring,
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::own::{Own, plan};

#[derive(Clone)]
pub(super) struct Pair {
    pub(super) chain: String,
    pub(super) key: String,
    certificate: CertificateDer<'static>,
}

pub(super) fn pair(name: &str) -> Pair {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    Pair {
        chain: made.cert.pem(),
        key: made.signing_key.serialize_pem(),
        certificate: made.cert.der().clone(),
    }
}

/// What a compiler makes of a listener whose Secret holds this chain and this key. One that cannot be
/// used is in no plan.
fn candidate(parts: &Parts, chain: &str, key: &str) -> Result<Candidate, Refused> {
    let mut candidate = Candidate::new(plan(parts));
    let secret = Reference::new("", "Secret", "default", "tls");
    let certificate = Certificate::new(secret, Secret::new(chain), Secret::new(key));
    let mut tls = TlsPlan::default();
    tls.certificates.push((None, certificate));
    candidate.plan.sockets[0].tls = Some(tls);
    let valid = agentgateway_core::server::Identity::from_pem(chain.as_bytes(), key.as_bytes());
    let state = valid
        .map(|_| ())
        .map_err(|error| format!("a.yaml:1:1, listener mcp: Secret default/tls: {error}"));
    if state.is_err() {
        candidate.plan.sockets.clear();
    }
    candidate
        .credentials
        .insert("listener mcp".to_owned(), state);
    Ok(candidate)
}

async fn shake(own: &Own, name: &str, trusted: &Pair) -> std::io::Result<TlsStream<TcpStream>> {
    shake_at(own.addr("mcp"), name, trusted).await
}

pub(super) async fn shake_at(
    addr: SocketAddr,
    name: &str,
    trusted: &Pair,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.certificate.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(addr).await.unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

pub(super) async fn asks(stream: &mut TlsStream<TcpStream>) {
    stream
        .write_all(b"GET /nowhere HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    let mut said = Vec::new();
    while !said.starts_with(b"HTTP/1.1 404") || !said.ends_with(b"}") {
        assert!(stream.read_buf(&mut said).await.unwrap() > 0, "{said:?}");
    }
}

/// Fault C09: a certificate and its key that change one after the other leave the old pair until the new one fits, on one socket and without a cut connection.
/// Fault C03: a change whose Secret holds no valid pair any more is refused as a whole where the running one had one, and told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_pair_is_kept_until_the_new_one_fits() {
    let (old, new) = (pair("localhost"), pair("localhost"));
    let first = old.clone();
    let own = Own::start(move |parts| candidate(parts, &first.chain, &first.key)).await;
    let addr = own.addr("mcp");
    let mut open = shake(&own, "localhost", &old).await.unwrap();
    asks(&mut open).await;

    let (chain, key) = (new.chain.clone(), old.key.clone());
    let view = own.say(move |parts| candidate(parts, &chain, &key)).await;
    assert!(!view.on_disk.applied && view.running.generation == 1);
    let problem = &view.on_disk.problems[0];
    assert!(
        problem.contains("listener mcp: Secret default/tls: certificate and key cannot be used"),
        "{problem}"
    );
    asks(&mut shake(&own, "localhost", &old).await.unwrap()).await;

    let next = new.clone();
    let view = own
        .say(move |parts| candidate(parts, &next.chain, &next.key))
        .await;
    assert_eq!((view.running.generation, view.listeners[0].tls), (2, true));
    assert_eq!(own.addr("mcp"), addr);
    assert!(shake(&own, "localhost", &old).await.is_err());
    asks(&mut shake(&own, "localhost", &new).await.unwrap()).await;
    asks(&mut open).await;
}

/// A port that changes from HTTP to HTTPS and back is never closed; what was open ends gracefully.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_and_https_change_places_on_a_port() {
    let only = pair("localhost");
    let own = Own::start(|parts| Ok(Candidate::new(plan(parts)))).await;
    let addr = own.addr("mcp");
    let secure = only.clone();
    own.say(move |parts| candidate(parts, &secure.chain, &secure.key))
        .await;
    assert_eq!(own.addr("mcp"), addr);
    // The first listener may still take the connection that woke it.
    let shaken = loop {
        if let Ok(stream) = shake(&own, "localhost", &only).await {
            break stream;
        }
    };
    asks(&mut { shaken }).await;
    let view = own.say(|parts| Ok(Candidate::new(plan(parts)))).await;
    assert!(!view.listeners[0].tls);
}

/// Each listener of a socket has its own certificates: its hostname decides before the names in them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listeners_hostname_decides_which_certificate_is_shown() {
    let listeners = [
        (None, pair("any.example.org")),
        (Some("*.example.org"), pair("*.example.org")),
        (Some("a.example.org"), pair("*.example.org")),
        (Some("a.example.org"), pair("a.example.org")),
        (Some("*.b.example.org"), pair("c.b.example.org")),
    ];
    let planned = listeners.clone();
    let own = Own::start(move |parts| {
        let mut candidate = Candidate::new(plan(parts));
        let mut tls = TlsPlan::default();
        for (hostname, pair) in &planned {
            let secret = Reference::new("", "Secret", "default", "tls");
            let (chain, key) = (
                Secret::new(pair.chain.as_str()),
                Secret::new(pair.key.as_str()),
            );
            let hostname = hostname.map(|hostname| Hostname::parse(hostname).unwrap());
            let certificate = Certificate::new(secret, chain, key);
            tls.certificates.push((hostname, certificate));
        }
        candidate.plan.sockets[0].tls = Some(tls);
        Ok(candidate)
    })
    .await;
    for (name, expected) in [
        ("a.example.org", 3),
        ("x.example.org", 1),
        ("any.example.org", 1),
        ("c.b.example.org", 4),
        ("other.example", 0),
    ] {
        let stream = TcpStream::connect(own.addr("mcp")).await.unwrap();
        let shown = Arc::new(Shown::default());
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(shown.clone())
            .with_no_client_auth();
        let asked = ServerName::try_from(name).unwrap();
        let _ = TlsConnector::from(Arc::new(config))
            .connect(asked, stream)
            .await;
        let shown = shown.0.lock().unwrap().take();
        assert_eq!(
            shown,
            Some(listeners[expected].1.certificate.clone()),
            "{name}"
        );
    }
}

/// Notes what is shown, and trusts nothing.
#[derive(Debug, Default)]
struct Shown(Mutex<Option<CertificateDer<'static>>>);

impl ServerCertVerifier for Shown {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.0.lock().unwrap() = Some(shown.clone().into_owned());
        Err(rustls::Error::General("as asked".to_owned()))
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}
