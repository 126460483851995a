//! Whom a client trusts, what it asks for, and what it shows of itself.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    SanType,
};

use super::*;
use crate::{
    ErrorKind,
    context::{ClientCertificate, ServerName},
    server::{ClientAuth, Tls},
    upstream::{Client, ClientBuilder, ClientIdentity, ClientTls, Identity},
};

struct Authority(CertifiedIssuer<'static, KeyPair>);

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

    fn vouches_for(&self, names: &[&str]) -> Identity {
        self.signs(names, |_| {})
    }

    fn signs(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.subject_alt_names = names.iter().copied().map(san).collect();
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let (chain, key) = (certificate.pem(), key.serialize_pem());
        Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap()
    }
}

fn san(name: &str) -> SanType {
    match name.parse() {
        Ok(address) => SanType::IpAddress(address),
        Err(_) if name.contains("://") => SanType::URI(name.try_into().unwrap()),
        Err(_) => SanType::DnsName(name.try_into().unwrap()),
    }
}

/// A service with this certificate, that says which name it was asked for, who asked, and over what.
async fn service(identity: &Identity, clients: ClientAuth) -> SocketAddr {
    let tls = Tls::new(std::slice::from_ref(identity)).unwrap();
    tls.ask_clients(clients).unwrap();
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap()
        .with_tls(tls);
    let addr = listener.local_addr();
    let service = tower::service_fn(async |request: Request<RequestBody>| {
        let extensions = request.extensions();
        let name = extensions
            .get::<ServerName>()
            .map_or("-", ServerName::as_str);
        let who = extensions
            .get::<ClientCertificate>()
            .map_or("nobody", ClientCertificate::identity);
        let said = format!("{name} {who} {:?}", request.version());
        Ok::<_, Infallible>(Response::new(Body::from(Bytes::from(said))))
    });
    tokio::spawn(serve(listener, service, Config::new(), Drain::new()));
    addr
}

fn builder(tls: ClientTls) -> ClientBuilder {
    Client::builder().tls_with(tls)
}

/// What a new client with these terms is told at `localhost`.
async fn told(tls: ClientTls, addr: SocketAddr) -> Result<String, Error> {
    asked(&builder(tls).build(), addr).await
}

async fn asked(client: &Client, addr: SocketAddr) -> Result<String, Error> {
    let request = Request::get(format!("https://localhost:{}/", addr.port()))
        .body(Body::empty())
        .unwrap();
    Ok(text(call(client, request).await?).await)
}

fn refused(result: Result<String, Error>) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let detail = error.detail().unwrap();
    assert!(
        detail.starts_with("no TLS agreement with https://localhost:"),
        "{detail}"
    );
}

fn trusting(authority: &Authority) -> ClientTls {
    ClientTls::new().roots(&authority.pem()).unwrap()
}

/// Fault H23 (part): a certificate that no root of the client's vouches for, or an expired one: refused.
#[tokio::test]
async fn own_roots_take_the_place_of_all_others() {
    let (mine, other) = (Authority::new(), Authority::new());
    let identity = mine.vouches_for(&["localhost"]);
    let addr = service(&identity, ClientAuth::none()).await;
    let said = told(trusting(&mine), addr).await.unwrap();
    assert_eq!(said, "localhost nobody HTTP/2.0");
    refused(told(trusting(&other), addr).await);
    refused(told(ClientTls::new(), addr).await);
    let pems = [mine.pem(), other.pem()].concat();
    let both = ClientTls::new().roots(&pems).unwrap();
    assert!(told(both, addr).await.is_ok());

    let expired = mine.signs(&["localhost"], |params| {
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    });
    let addr = service(&expired, ClientAuth::none()).await;
    for tls in [
        trusting(&mine),
        trusting(&mine).dangerous_accept_any_name(),
        trusting(&mine).subject_names(["localhost"]).unwrap(),
    ] {
        refused(told(tls, addr).await);
    }
}

/// Fault H23 (part): a certificate for another name: refused.
#[tokio::test]
async fn another_name_is_asked_for_and_demanded() {
    let authority = Authority::new();
    let identity = authority.vouches_for(&["agents.example.org"]);
    let addr = service(&identity, ClientAuth::none()).await;
    refused(told(trusting(&authority), addr).await);
    let named = trusting(&authority)
        .server_name("agents.example.org")
        .unwrap();
    let said = told(named, addr).await.unwrap();
    assert_eq!(said, "agents.example.org nobody HTTP/2.0");
    let other = trusting(&authority).server_name("tools.example.org");
    refused(told(other.unwrap(), addr).await);
}

#[tokio::test]
async fn demanded_names_take_the_place_of_the_hosts() {
    let authority = Authority::new();
    let names = [
        "agents.example.org",
        "*.tools.example.org",
        "spiffe://cluster.local/ns/a/sa/b",
        "192.0.2.7",
    ];
    let identity = authority.vouches_for(&names);
    let addr = service(&identity, ClientAuth::none()).await;
    for (demanded, expected) in [
        (&["agents.example.org"][..], true),
        (&["AGENTS.example.org"], true),
        (&["x.tools.example.org"], true),
        (&["*.tools.example.org"], true),
        (&["192.0.2.7"], true),
        (&["spiffe://cluster.local/ns/a/sa/b"], true),
        (
            &["other.example.org", "spiffe://cluster.local/ns/a/sa/b"],
            true,
        ),
        (&["spiffe://cluster.local/ns/a/sa/B"], false),
        (&["spiffe://cluster.local/ns/a/sa"], false),
        (&["spiffe://cluster.local/ns/a/sa/b/c"], false),
        (&["example.org"], false),
        (&["*.example.org"], false),
        (&["localhost"], false),
        (&["192.0.2.8"], false),
    ] {
        let tls = trusting(&authority)
            .subject_names(demanded.iter().copied())
            .unwrap();
        match told(tls, addr).await {
            // The name that is asked for stays the host.
            Ok(said) => assert!(expected && said.starts_with("localhost "), "{demanded:?}"),
            error => {
                assert!(!expected, "{demanded:?} {error:?}");
                refused(error);
            }
        }
    }
    // A name does not stand for a root.
    let stranger = trusting(&Authority::new())
        .subject_names(["agents.example.org"])
        .unwrap();
    refused(told(stranger, addr).await);
}

#[tokio::test]
async fn what_is_not_looked_at_is_said_to_be_dangerous() {
    let (mine, other) = (Authority::new(), Authority::new());
    let identity = mine.vouches_for(&["agents.example.org"]);
    let addr = service(&identity, ClientAuth::none()).await;
    assert!(
        told(trusting(&mine).dangerous_accept_any_name(), addr)
            .await
            .is_ok()
    );
    refused(told(trusting(&other).dangerous_accept_any_name(), addr).await);
    let blind = trusting(&other).dangerous_accept_any_certificate();
    assert!(told(blind, addr).await.is_ok());
}

#[tokio::test]
async fn shows_its_certificate_and_its_successor() {
    let (mine, other) = (Authority::new(), Authority::new());
    let identity = mine.vouches_for(&["localhost"]);
    let addr = service(&identity, ClientAuth::required(&mine.pem()).unwrap()).await;
    refused_later(told(trusting(&mine), addr).await);
    let stranger = ClientIdentity::new(&other.vouches_for(&["stranger"]));
    refused_later(told(trusting(&mine).identity(stranger), addr).await);

    let own = ClientIdentity::new(&mine.vouches_for(&["spiffe://a/first"]));
    // One exchange a connection.
    let tls = trusting(&mine).protocols(["http/1.1"]).unwrap();
    let client = builder(tls.identity(own.clone()))
        .max_idle_per_host(0)
        .build();
    let first = asked(&client, addr).await.unwrap();
    assert!(first.contains(" spiffe://a/first "), "{first}");
    own.replace(&mine.vouches_for(&["spiffe://a/second"]));
    let second = asked(&client, addr).await.unwrap();
    assert!(second.contains(" spiffe://a/second "), "{second}");
}

/// With TLS 1.3 a client learns behind its handshake that it was refused.
fn refused_later(result: Result<String, Error>) {
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn offers_the_protocols_that_it_is_told_to() {
    let authority = Authority::new();
    let identity = authority.vouches_for(&["localhost"]);
    let addr = service(&identity, ClientAuth::none()).await;
    for (protocols, spoken) in [
        (&["http/1.1"][..], "HTTP/1.1"),
        (&["h2"], "HTTP/2.0"),
        (&["http/1.1", "h2"], "HTTP/2.0"),
    ] {
        let tls = trusting(&authority);
        let tls = tls.protocols(protocols.iter().copied()).unwrap();
        let said = told(tls, addr).await.unwrap();
        assert!(said.ends_with(spoken), "{protocols:?} {said}");
    }
    let tls = trusting(&authority).protocols(["http/1.1"]).unwrap();
    let said = asked(&builder(tls).http2_only().build(), addr).await;
    assert!(said.unwrap().ends_with("HTTP/2.0"));
}

#[tokio::test]
async fn exchanges_keys_by_the_groups_that_it_is_told_to() {
    let authority = Authority::new();
    let identity = authority.vouches_for(&["localhost"]);
    let addr = service(&identity, ClientAuth::none()).await;
    for group in ["X25519", "P-256", "P-384"] {
        let tls = trusting(&authority).key_exchange_groups([group]).unwrap();
        assert!(format!("{tls:?}").matches("SECP").count() <= 1);
        assert!(told(tls, addr).await.is_ok(), "{group}");
    }
}

#[test]
fn settings_that_cannot_be_kept_are_refused() {
    let new = ClientTls::new;
    for (refused, words) in [
        (new().roots(b""), "there is no root in the PEM"),
        (new().server_name("not a name"), "the server name is none"),
        (new().subject_names([]), "there is no subject name"),
        (
            new().subject_names(["a b"]),
            "a subject name is neither a host, an address nor a URI",
        ),
        (
            new().protocols(["h3"]),
            "the protocols are not of h2 and http/1.1",
        ),
        (
            new().key_exchange_groups(["X25519", "X25519_MLKEM768"]),
            "the key exchange group X25519_MLKEM768 is not in this build's cryptography (ring)",
        ),
        (
            new().key_exchange_groups([]),
            "there is no key exchange group",
        ),
    ] {
        assert_eq!(refused.unwrap_err().to_string(), words);
    }
}
