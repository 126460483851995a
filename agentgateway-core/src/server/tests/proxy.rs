//! Behind a load balancer that speaks the PROXY protocol.

use super::*;
use crate::{context::PeerAddr, forwarded::Networks};

const LINE: &str = "PROXY TCP4 192.0.2.7 198.51.100.1 4660 443\r\n";

fn loopback() -> Networks {
    ["127.0.0.0/8".parse().unwrap()].into_iter().collect()
}

fn stranger() -> Networks {
    ["10.0.0.0/8".parse().unwrap()].into_iter().collect()
}

/// Says who the client is, and who has opened the connection.
async fn named(request: Request<RequestBody>) -> Result<Response<Body>, Infallible> {
    let extensions = request.extensions();
    let client = extensions.get::<ClientAddr>().unwrap().addr();
    let peer = extensions.get::<PeerAddr>().map(|peer| peer.addr().ip());
    Ok(Response::new(text(format!("{client} {peer:?}"))))
}

async fn listening(rules: &ProxyProtocol, shape: impl Fn(Listener) -> Listener) -> SocketAddr {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let addr = listener.local_addr();
    let config = quick()
        .proxy_protocol(rules.clone())
        .handshake_timeout(Duration::from_millis(200));
    let service = tower::service_fn(named);
    tokio::spawn(serve(shape(listener), service, config, Drain::new()));
    addr
}

async fn clear(rules: &ProxyProtocol) -> SocketAddr {
    listening(rules, |listener| listener).await
}

const GET: &str = "GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn the_client_is_who_the_header_names() {
    for rules in [
        ProxyProtocol::required(loopback()),
        ProxyProtocol::optional(loopback()),
    ] {
        let addr = clear(&rules).await;
        let said = ask(addr, format!("{LINE}{GET}")).await;
        assert!(said.ends_with("192.0.2.7:4660 Some(127.0.0.1)"), "{said}");
        // A check of the load balancer's own.
        let said = ask(addr, format!("PROXY UNKNOWN\r\n{GET}")).await;
        assert!(said.ends_with(" None"), "{said}");
        assert_eq!(rules.refused(), 0);
    }
}

/// A header of version 2 of 536 bytes: 192.0.2.7:4660, and one value that claims so many bytes. What it
/// holds reads like a request.
fn block(claimed: u16) -> Vec<u8> {
    let mut block = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x02\x08".to_vec();
    block.extend([192, 0, 2, 7, 198, 51, 100, 1, 0x12, 0x34, 0x01, 0xbb, 0x04]);
    block.extend(claimed.to_be_bytes());
    block.extend(GET.bytes().cycle().take(536 - block.len()));
    block
}

#[tokio::test]
async fn a_header_of_536_bytes_is_no_part_of_the_request() {
    let rules = ProxyProtocol::required(loopback());
    let said = ask(clear(&rules).await, [&block(505), GET.as_bytes()].concat()).await;
    assert!(said.ends_with("192.0.2.7:4660 Some(127.0.0.1)"), "{said}");
    assert_eq!(said.matches("HTTP/1.1").count(), 1, "{said}");
}

/// Fault H59: a header that is malformed or spoofed reaches no service, and is never taken for HTTP.
#[tokio::test]
async fn what_is_refused_is_closed_and_counted() {
    let (mine, others) = (ProxyProtocol::required, ProxyProtocol::optional);
    for (rules, beginning) in [
        (mine(loopback()), Vec::new()),
        (mine(loopback()), b"PROXY TCP4 192.0.2.7\r\n".to_vec()),
        (mine(loopback()), block(504)),
        (mine(loopback()), block(506)),
        (others(loopback()), block(506)),
        (mine(loopback()).only(ProxyVersion::V2), LINE.into()),
        (mine(stranger()), LINE.into()),
        (mine(stranger()), block(505)),
        (mine(stranger()), Vec::new()),
        (others(stranger()), LINE.into()),
        (others(stranger()), block(505)),
    ] {
        let addr = clear(&rules).await;
        let said = ask(addr, [&beginning, GET.as_bytes()].concat()).await;
        assert_eq!(said, "");
        assert_eq!(rules.refused(), 1, "{rules:?} {beginning:?}");
    }
}

#[tokio::test]
async fn without_a_header_the_peer_is_the_client() {
    let rules = ProxyProtocol::optional(stranger());
    let addr = clear(&rules).await;
    let said = ask(addr, GET).await;
    assert!(
        said.contains("\r\n\r\n127.0.0.1:") && said.ends_with(" None"),
        "{said}"
    );
    // HTTP/2's preface begins like a header.
    let client = Client::builder().http2_only().build();
    let (status, said) = said_by(&client, addr).await;
    assert_eq!(status, StatusCode::OK);
    assert!(said.starts_with("127.0.0.1:"), "{said}");
    assert_eq!(rules.refused(), 0);
}

async fn said_by(client: &Client, addr: SocketAddr) -> (StatusCode, String) {
    said(client, get(addr, "/")).await
}

#[tokio::test]
async fn a_slow_header_is_closed() {
    let rules = ProxyProtocol::required(loopback());
    let addr = clear(&rules).await;
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(b"PROXY TCP4 ").await.unwrap();
    assert_eq!(read_to_end(&mut stream).await, "");
    assert_eq!(rules.refused(), 0);
}

/// The header stands before the first byte of TLS, which is not lost where there is none.
#[cfg(feature = "tls")]
#[tokio::test]
async fn the_header_comes_before_tls() {
    use rustls::{ClientConfig, RootCertStore, crypto::ring};
    use tokio_rustls::TlsConnector;

    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let tls = Tls::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
    let rules = ProxyProtocol::optional(loopback());
    let addr = listening(&rules, |listener| listener.with_tls(tls.clone())).await;
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    for (header, expected) in [(LINE, "192.0.2.7:4660 Some(127.0.0.1)"), ("", " None")] {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(header.as_bytes()).await.unwrap();
        let name = "localhost".try_into().unwrap();
        let mut stream = connector.connect(name, stream).await.unwrap();
        stream.write_all(GET.as_bytes()).await.unwrap();
        let mut said = String::new();
        // The server closes without a farewell of TLS.
        let _ = stream.read_to_string(&mut said).await;
        assert!(said.ends_with(expected), "{said}");
    }
}
