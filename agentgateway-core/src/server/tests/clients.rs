//! What a listener asks of its clients' certificates.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    SanType,
};
use rustls::{
    ClientConfig, HandshakeKind, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::*;
use crate::context::ClientCertificate;

struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate of a client, and its key.
#[derive(Clone)]
struct Shown {
    chain: Vec<CertificateDer<'static>>,
    key: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    fn pem(&self) -> Vec<u8> {
        self.0.pem().into_bytes()
    }

    fn vouches_for(&self, names: &[SanType]) -> Shown {
        self.signs(names, |_| {})
    }

    fn signs(&self, names: &[SanType], change: impl FnOnce(&mut CertificateParams)) -> Shown {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.subject_alt_names = names.to_vec();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Shown {
            chain: vec![certificate.der().clone()],
            key: key.serialize_pem(),
        }
    }
}

fn uri(name: &str) -> SanType {
    SanType::URI(name.try_into().unwrap())
}

fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().unwrap())
}

/// A listener that says whom each request's certificate names.
struct Server {
    addr: SocketAddr,
    tls: Tls,
    root: CertificateDer<'static>,
}

async fn server(clients: ClientAuth) -> Server {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let tls = Tls::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
    tls.ask_clients(clients).unwrap();
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap()
        .with_tls(tls.clone());
    let addr = listener.local_addr();
    let service = tower::service_fn(async |request: Request<RequestBody>| {
        let shown = request.extensions().get::<ClientCertificate>();
        let said = shown.map_or("nobody".to_owned(), |shown| {
            format!("{} {}", shown.identity(), shown.is_verified())
        });
        Ok::<_, Infallible>(Response::new(text(said)))
    });
    tokio::spawn(serve(listener, service, quick(), Drain::new()));
    let root = made.cert.der().clone();
    Server { addr, tls, root }
}

impl Server {
    async fn shake(&self, shown: Option<&Shown>) -> io::Result<TlsStream<TcpStream>> {
        self.shake_as(&Arc::new(self.client(shown))).await
    }

    fn client(&self, shown: Option<&Shown>) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        match shown {
            None => config.with_no_client_auth(),
            Some(shown) => {
                let key = PrivateKeyDer::from_pem_slice(shown.key.as_bytes()).unwrap();
                let chain = shown.chain.clone();
                config.with_client_auth_cert(chain, key).unwrap()
            }
        }
    }

    async fn shake_as(&self, client: &Arc<ClientConfig>) -> io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(self.addr).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::clone(client))
            .connect(name, stream)
            .await
    }

    /// What a client that shows this is told; nothing where it gets no connection.
    async fn told(&self, shown: Option<&Shown>) -> Option<String> {
        let asked = async {
            let mut stream = self.shake(shown).await.ok()?;
            ask_on(&mut stream).await
        };
        timeout(SOON, asked).await.unwrap()
    }
}

/// With TLS 1.3 a client learns of its refusal with the first byte that it reads.
async fn ask_on(stream: &mut TlsStream<TcpStream>) -> Option<String> {
    let get = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
    stream.write_all(get).await.ok()?;
    let mut said = Vec::new();
    loop {
        if stream.read_buf(&mut said).await.ok()? == 0 {
            return None;
        }
        let said = std::str::from_utf8(&said).unwrap();
        let Some((head, body)) = said.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.split_once("content-length: ").unwrap().1;
        let length = length.lines().next().unwrap().parse::<usize>().unwrap();
        if body.len() == length {
            return Some(body.to_owned());
        }
    }
}

#[tokio::test]
async fn a_required_certificate_is_required_and_names_the_client() {
    let (known, other) = (Authority::new(), Authority::new());
    let server = server(ClientAuth::required(&known.pem()).unwrap()).await;
    let planner = known.vouches_for(&[dns("planner.example"), uri("spiffe://example/planner")]);
    let told = server.told(Some(&planner)).await.unwrap();
    assert_eq!(told, "spiffe://example/planner true");
    let named = known.vouches_for(&[dns("planner.example")]);
    let told = server.told(Some(&named)).await.unwrap();
    assert_eq!(told, "planner.example true");
    let bare = known.vouches_for(&[]);
    let told = server.told(Some(&bare)).await.unwrap();
    assert_eq!(told.len(), 64 + " true".len(), "a fingerprint: {told}");

    assert_eq!(server.told(None).await, None, "without one");
    let foreign = other.vouches_for(&[dns("planner.example")]);
    assert_eq!(server.told(Some(&foreign)).await, None, "of nobody's");
}

#[tokio::test]
async fn a_certificate_that_does_not_fit_is_refused_by_who_enforces() {
    let known = Authority::new();
    let past = known.signs(&[dns("old.example")], |params| {
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    });
    let for_servers = known.signs(&[dns("server.example")], |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    let enforced = [
        server(ClientAuth::required(&known.pem()).unwrap()).await,
        server(ClientAuth::optional(&known.pem()).unwrap()).await,
    ];
    for server in &enforced {
        for shown in [&past, &for_servers] {
            assert_eq!(server.told(Some(shown)).await, None);
        }
    }
    let unenforced = server(ClientAuth::unenforced(&known.pem()).unwrap()).await;
    for (shown, told) in [
        (&past, "old.example false"),
        (&for_servers, "server.example false"),
    ] {
        let said = unenforced.told(Some(shown)).await;
        assert_eq!(said.as_deref(), Some(told));
    }
}

#[tokio::test]
async fn nobody_shows_a_certificate_whose_key_is_anothers() {
    use rustls::{client::ResolvesClientCert, sign::CertifiedKey};

    /// Signs with whatever key it has.
    #[derive(Debug)]
    struct Liar(Arc<CertifiedKey>);
    impl ResolvesClientCert for Liar {
        fn resolve(&self, _: &[&[u8]], _: &[rustls::SignatureScheme]) -> Option<Arc<CertifiedKey>> {
            Some(Arc::clone(&self.0))
        }
        fn has_certs(&self) -> bool {
            true
        }
    }

    let known = Authority::new();
    let server = server(ClientAuth::unenforced(&known.pem()).unwrap()).await;
    let victim = known.vouches_for(&[dns("victim.example")]);
    let own = KeyPair::generate().unwrap().serialize_pem();
    let own = PrivateKeyDer::from_pem_slice(own.as_bytes()).unwrap();
    let signer = ring::default_provider()
        .key_provider
        .load_private_key(own)
        .unwrap();
    let liar = Liar(Arc::new(CertifiedKey::new(victim.chain, signer)));
    let mut roots = RootCertStore::empty();
    roots.add(server.root.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(Arc::new(liar));
    let stream = TcpStream::connect(server.addr).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let shaken = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await;
    let said = match shaken {
        Ok(mut stream) => timeout(SOON, ask_on(&mut stream)).await.unwrap(),
        Err(_) => None,
    };
    assert_eq!(said, None);
}

#[tokio::test]
async fn who_asks_without_requiring_serves_those_who_show_none() {
    let known = Authority::new();
    let client = known.vouches_for(&[dns("a.example")]);
    let foreign = Authority::new().vouches_for(&[dns("b.example")]);
    let optional = server(ClientAuth::optional(&known.pem()).unwrap()).await;
    let unenforced = server(ClientAuth::unenforced(&known.pem()).unwrap()).await;
    for server in [&optional, &unenforced] {
        assert_eq!(server.told(None).await.as_deref(), Some("nobody"));
        let told = server.told(Some(&client)).await;
        assert_eq!(told.as_deref(), Some("a.example true"));
    }
    assert_eq!(optional.told(Some(&foreign)).await, None);
    let told = unenforced.told(Some(&foreign)).await;
    assert_eq!(told.as_deref(), Some("b.example false"));
}

#[tokio::test]
async fn roots_are_replaced_while_connections_are_open() {
    let (old, new) = (Authority::new(), Authority::new());
    let (before, after) = (
        old.vouches_for(&[dns("old.example")]),
        new.vouches_for(&[dns("new.example")]),
    );
    let server = server(ClientAuth::required(&old.pem()).unwrap()).await;
    let mut open = server.shake(Some(&before)).await.unwrap();
    assert_eq!(ask_on(&mut open).await.as_deref(), Some("old.example true"));
    assert_eq!(server.told(Some(&after)).await, None);

    let replaced = ClientAuth::required(&new.pem()).unwrap();
    server.tls.ask_clients(replaced).unwrap();
    let told = server.told(Some(&after)).await;
    assert_eq!(told.as_deref(), Some("new.example true"));
    assert_eq!(server.told(Some(&before)).await, None);
    assert_eq!(
        ask_on(&mut open).await.as_deref(),
        Some("old.example true"),
        "still open"
    );
    server.tls.ask_clients(ClientAuth::none()).unwrap();
    let told = server.told(Some(&before)).await;
    assert_eq!(told.as_deref(), Some("nobody"), "not asked, not shown");
}

/// A session that is resumed would bring a certificate that nobody has judged since.
#[tokio::test]
async fn no_session_is_resumed_where_clients_are_asked() {
    let known = Authority::new();
    let shown = known.vouches_for(&[dns("a.example")]);
    let asking = server(ClientAuth::required(&known.pem()).unwrap()).await;
    let silent = server(ClientAuth::none()).await;
    for (server, second) in [
        (&asking, HandshakeKind::Full),
        (&silent, HandshakeKind::Resumed),
    ] {
        let client = Arc::new(server.client(Some(&shown)));
        let mut kinds = Vec::new();
        for _ in 0..2 {
            let mut stream = server.shake_as(&client).await.unwrap();
            // What is needed to resume comes behind the handshake.
            ask_on(&mut stream).await.unwrap();
            kinds.push(stream.get_ref().1.handshake_kind());
        }
        assert_eq!(kinds, [Some(HandshakeKind::Full), Some(second)]);
    }
}

#[test]
fn says_what_is_wrong_with_roots() {
    for (roots, words) in [
        (&b""[..], "no root"),
        (
            b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
            "not valid PEM",
        ),
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "malformed",
        ),
    ] {
        let error = ClientAuth::required(roots).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let known = ClientAuth::optional(&Authority::new().pem()).unwrap();
    assert_eq!(
        format!("{known:?}"),
        "ClientAuth { asks: true, requires: false, enforces: true }"
    );
}
