use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName as AskedName},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::*;
use crate::context::ServerName;

struct Pair {
    identity: Identity,
    certificate: CertificateDer<'static>,
}

fn pair(names: &[&str]) -> Pair {
    let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    Pair {
        identity: Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap(),
        certificate: made.cert.der().clone(),
    }
}

/// Says the name that was asked for in the handshake.
async fn listening(tls: &Tls) -> SocketAddr {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap()
        .with_tls(tls.clone());
    let addr = listener.local_addr();
    let service = tower::service_fn(async |request: Request<RequestBody>| {
        let name = request.extensions().get::<ServerName>();
        let name = name.map_or("nobody", ServerName::as_str).to_owned();
        Ok::<_, Infallible>(Response::new(text(name)))
    });
    tokio::spawn(serve(listener, service, quick(), Drain::new()));
    addr
}

async fn shake(addr: SocketAddr, name: &str, trusted: &[&Pair]) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    for pair in trusted {
        roots.add(pair.certificate.clone()).unwrap();
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(addr).await.unwrap();
    let name = AskedName::try_from(name.to_owned()).unwrap();
    let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream);
    timeout(SOON, shaken).await.unwrap().unwrap()
}

fn shown(stream: &TlsStream<TcpStream>) -> CertificateDer<'static> {
    stream.get_ref().1.peer_certificates().unwrap()[0]
        .clone()
        .into_owned()
}

async fn asks(stream: &mut TlsStream<TcpStream>) -> String {
    let get = b"GET / HTTP/1.1\r\nhost: other\r\n\r\n";
    stream.write_all(get).await.unwrap();
    let mut said = Vec::new();
    while !said.windows(4).any(|end| end == b"\r\n\r\n") || said.ends_with(b"\r\n\r\n") {
        let read = timeout(SOON, stream.read_buf(&mut said)).await.unwrap();
        assert!(read.unwrap() > 0, "closed");
    }
    let said = String::from_utf8(said).unwrap();
    said.rsplit("\r\n").next().unwrap().to_owned()
}

#[tokio::test]
async fn a_client_is_shown_the_certificate_of_the_name_that_it_asks_for() {
    let first = pair(&["first.example", "127.0.0.1"]);
    let wild = pair(&["*.example.org"]);
    let exact = pair(&["a.example.org", "first.example"]);
    let all = [&first, &wild, &exact];
    let tls = Tls::new(&all.map(|pair| pair.identity.clone())).unwrap();
    let addr = listening(&tls).await;
    for (name, expected, told) in [
        ("a.example.org", &exact, "a.example.org"),
        ("A.Example.Org", &exact, "a.example.org"),
        ("b.example.org", &wild, "b.example.org"),
        ("first.example", &first, "first.example"),
        ("127.0.0.1", &first, "nobody"),
    ] {
        let mut stream = shake(addr, name, &all).await;
        assert_eq!(shown(&stream), expected.certificate, "{name}");
        assert_eq!(asks(&mut stream).await, told);
    }
    let moved = exact.identity.clone().shown_for(["*.Example"]);
    assert_eq!(moved.names().collect::<Vec<_>>(), ["*.example"]);
    tls.replace(&[wild.identity.clone(), moved]).unwrap();
    let stream = shake(addr, "first.example", &all).await;
    assert_eq!(shown(&stream), exact.certificate, "as it was told");
    assert!(
        Tls::new(&[])
            .unwrap_err()
            .to_string()
            .contains("no certificate")
    );
    let names: Vec<_> = exact.identity.names().collect();
    assert_eq!(names, ["a.example.org", "first.example"]);
}

/// Fault C09: certificates are replaced without a new socket, and no connection is cut.
#[tokio::test]
async fn certificates_are_replaced_while_connections_are_open() {
    let (old, new) = (pair(&["localhost"]), pair(&["localhost"]));
    let tls = Tls::new(std::slice::from_ref(&old.identity)).unwrap();
    let addr = listening(&tls).await;
    let mut before = shake(addr, "localhost", &[&old]).await;
    assert_eq!(asks(&mut before).await, "localhost");

    tls.replace(std::slice::from_ref(&new.identity)).unwrap();
    let mut after = shake(addr, "localhost", &[&new]).await;
    assert_eq!(shown(&after), new.certificate);
    assert_eq!(asks(&mut after).await, "localhost");
    assert_eq!(asks(&mut before).await, "localhost", "still open");

    assert!(tls.replace(&[]).is_err());
    let kept = shake(addr, "localhost", &[&new]).await;
    assert_eq!(shown(&kept), new.certificate);
}
