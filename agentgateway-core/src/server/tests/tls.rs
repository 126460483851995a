use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::*;

/// A listener that speaks TLS, and its certificate.
async fn secure(config: Config) -> (SocketAddr, CertificateDer<'static>, Arc<AtomicUsize>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let tls = Tls::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap()
        .with_tls(tls);
    let (addr, calls) = (listener.local_addr(), Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&calls);
    let service = tower::service_fn(move |request: Request<RequestBody>| {
        counter.fetch_add(1, Ordering::SeqCst);
        answer(request)
    });
    tokio::spawn(serve(listener, service, config, Drain::new()));
    (addr, made.cert.der().clone(), calls)
}

async fn shake(
    addr: SocketAddr,
    certificate: CertificateDer<'static>,
    name: &'static str,
    protocols: &[&[u8]],
) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let stream = TcpStream::connect(addr).await.unwrap();
    let name = ServerName::try_from(name).unwrap();
    let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream);
    timeout(SOON, shaken).await.unwrap()
}

const GET: &[u8] = b"GET /version HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

async fn version(mut stream: TlsStream<TcpStream>) -> String {
    stream.write_all(GET).await.unwrap();
    let mut said = String::new();
    timeout(SOON, stream.read_to_string(&mut said))
        .await
        .unwrap()
        .unwrap();
    said
}

#[tokio::test]
async fn both_protocols_are_offered() {
    let (addr, certificate, _calls) = secure(quick()).await;
    let offers: [(&[&[u8]], _); 4] = [
        (&[b"h2", b"http/1.1"], Some(&b"h2"[..])),
        (&[b"http/1.1", b"h2"], Some(b"h2")),
        (&[b"http/1.1"], Some(b"http/1.1")),
        (&[], None),
    ];
    for (protocols, chosen) in offers {
        let stream = shake(addr, certificate.clone(), "localhost", protocols)
            .await
            .unwrap();
        let spoken = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
        assert_eq!(spoken.as_deref(), chosen);
        if chosen != Some(b"h2") {
            assert!(version(stream).await.ends_with("\r\n\r\nHTTP/1.1"));
        }
    }
    for client in [Client::builder(), Client::builder().http2_only()] {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let trusting = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = client.tls_config(trusting).build();
        let request = Request::get(format!("https://localhost:{}/version", addr.port()))
            .body(Body::empty())
            .unwrap();
        assert_eq!(said(&client, request).await.1, "HTTP/2.0");
    }
}

/// Fault H22: a client that says nothing, or half a hello, is closed in time and holds nobody up.
#[tokio::test]
async fn a_late_handshake_is_closed() {
    let limit = Duration::from_secs(1);
    let (addr, certificate, _calls) = secure(quick().handshake_timeout(limit)).await;
    let mut late = Vec::new();
    for start in [&b""[..], &[22, 3, 1, 1, 0, 1]] {
        let mut silent = TcpStream::connect(addr).await.unwrap();
        silent.write_all(start).await.unwrap();
        late.push(silent);
    }
    let other = shake(addr, certificate, "localhost", &[]).await;
    assert!(version(other.unwrap()).await.contains("200 OK"));
    for mut silent in late {
        assert_eq!(read_to_end(&mut silent).await, "");
    }
}

/// A hello that offers this version at most, and one cipher that everybody knew.
fn hello(version: [u8; 2]) -> Vec<u8> {
    let mut body = version.to_vec();
    body.extend([7; 32]);
    body.push(0);
    body.extend([0, 2, 0, 0x2f, 1, 0]);
    let length = u8::try_from(body.len()).unwrap();
    let mut message = vec![1, 0, 0, length];
    message.extend(body);
    let mut record = vec![22, 3, 1, 0, length + 4];
    record.extend(message);
    record
}

/// Fault H23: an old version, unknown protocols and a wrong name end the handshake with an alert.
#[tokio::test]
async fn a_handshake_that_cannot_be_made_ends_with_an_alert() {
    let (addr, certificate, calls) = secure(quick()).await;
    for version in [[3, 1], [3, 2]] {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(&hello(version)).await.unwrap();
        let mut said = Vec::new();
        let _ = timeout(SOON, stream.read_to_end(&mut said)).await.unwrap();
        // A record of type 21, fatal: an alert, and nothing in the clear.
        assert_eq!((said[0], said[5], said.len()), (21, 2, 7), "{said:?}");
    }
    let unknown = shake(addr, certificate.clone(), "localhost", &[b"smtp"]).await;
    assert!(
        unknown
            .unwrap_err()
            .to_string()
            .contains("NoApplicationProtocol")
    );
    let wrong = shake(addr, certificate, "example.com", &[]).await;
    assert!(wrong.is_err());
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

/// Fault H24: plain HTTP to a port of TLS ends without a plain answer, and the port serves on.
#[tokio::test]
async fn plain_http_to_a_tls_port() {
    let (addr, certificate, calls) = secure(quick()).await;
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(GET).await.unwrap();
    let said = read_to_end(&mut stream).await;
    assert!(!said.contains("HTTP"), "{said}");
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    let other = shake(addr, certificate, "localhost", &[]).await.unwrap();
    assert!(version(other).await.contains("200 OK"));
}

/// Fault H24: TLS to a port in the clear is refused, and the port serves on.
#[tokio::test]
async fn tls_to_a_plain_port() {
    let (addr, calls) = counting(quick()).await;
    let said = ask(addr, hello([3, 3])).await;
    assert!(
        said.is_empty() || said.starts_with("HTTP/1.1 400"),
        "{said}"
    );
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    assert!(ask(addr, GET).await.contains("200 OK"));
}

#[tokio::test]
async fn clocks_run_within_tls() {
    let config = quick().header_timeout(Duration::from_millis(80));
    let (addr, certificate, _calls) = secure(config).await;
    let mut stream = shake(addr, certificate, "localhost", &[]).await.unwrap();
    stream.write_all(b"GET / HT").await.unwrap();
    let mut said = Vec::new();
    let _ = timeout(SOON, stream.read_to_end(&mut said)).await.unwrap();
    assert!(said.is_empty());
}

#[test]
fn says_what_is_wrong_with_a_certificate() {
    let made = |name: &str| rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let (one, other) = (made("one"), made("other"));
    let (chain, key) = (one.cert.pem(), other.signing_key.serialize_pem());
    for (chain, key, words) in [
        ("", key.as_str(), "no certificate"),
        (&chain, "", "the key is not valid PEM"),
        (&chain, &key, "cannot be used"),
        (
            "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
            &key,
            "certificates are not valid PEM",
        ),
    ] {
        let error = Tls::from_pem(chain.as_bytes(), key.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
    assert!(
        !format!(
            "{:?}",
            Tls::from_pem(chain.as_bytes(), one.signing_key.serialize_pem().as_bytes())
        )
        .contains("KEY")
    );
}

/// A listener that agrees on this, asked by a client of these versions and protocols.
async fn agrees(
    handshakes: Handshakes,
    versions: &[&'static rustls::SupportedProtocolVersion],
    protocols: &[&[u8]],
) -> Option<(rustls::ProtocolVersion, rustls::CipherSuite)> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let tls = Tls::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
    tls.agree_on(handshakes).unwrap();
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let addr = listener.local_addr();
    let service = tower::service_fn(answer);
    tokio::spawn(serve(
        listener.with_tls(tls),
        service,
        quick(),
        Drain::new(),
    ));
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let stream = TcpStream::connect(addr).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let shaken = timeout(SOON, shaken).await.unwrap().ok()?;
    let shaken = shaken.get_ref().1;
    let suite = shaken.negotiated_cipher_suite()?.suite();
    Some((shaken.protocol_version()?, suite))
}

#[tokio::test]
async fn versions_suites_and_protocols_are_those_that_are_agreed_on() {
    use rustls::version::{TLS12, TLS13};
    let both = [&TLS13, &TLS12];
    let of = |found: Option<(rustls::ProtocolVersion, _)>| found.map(|(version, _)| version);
    let v12 = Some(rustls::ProtocolVersion::TLSv1_2);
    let v13 = Some(rustls::ProtocolVersion::TLSv1_3);
    let new = || Handshakes::new().at_least(TlsVersion::Tls13);
    assert_eq!(of(agrees(new(), &both, &[]).await), v13);
    assert_eq!(of(agrees(new(), &[&TLS12], &[]).await), None);
    let old = || Handshakes::new().at_most(TlsVersion::Tls12);
    assert_eq!(of(agrees(old(), &both, &[]).await), v12);
    assert_eq!(of(agrees(old(), &[&TLS13], &[]).await), None);

    let name = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256";
    let suites = || Handshakes::new().cipher_suites([name]).unwrap();
    let found = agrees(suites(), &both, &[]).await.unwrap();
    assert_eq!((Some(found.0), found.1.as_str()), (v12, Some(name)));

    let groups = Handshakes::new().key_exchange_groups(["P-384"]).unwrap();
    assert_eq!(of(agrees(groups, &both, &[]).await), v13);
    let http1 = || Handshakes::new().protocols(["http/1.1"]).unwrap();
    assert!(
        agrees(http1(), &both, &[b"h2", b"http/1.1"])
            .await
            .is_some()
    );
    assert_eq!(agrees(http1(), &both, &[b"h2"]).await, None);
}

#[test]
fn what_cannot_be_agreed_on_is_refused() {
    let new = Handshakes::new;
    assert!(new().cipher_suites(["TLS_RSA_WITH_RC4_128_MD5"]).is_err());
    assert!(new().cipher_suites([]).is_err());
    assert!(new().key_exchange_groups(["X25519_MLKEM768"]).is_err());
    assert!(new().protocols(["h3"]).is_err());
    let none = new().at_least(TlsVersion::Tls13).at_most(TlsVersion::Tls12);
    assert!(none.check().is_err());
    let none = new().at_least(TlsVersion::Tls13);
    let none = none.cipher_suites(["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]);
    assert!(none.unwrap().check().is_err());
    assert!(new().check().is_ok());
}
