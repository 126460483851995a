//! Connections by the address of their client.

use super::*;
use crate::forwarded::Networks;

async fn admitting(rules: &Admission, config: Config) -> SocketAddr {
    let (addr, _, _) = start(config.admission(rules.clone())).await;
    addr
}

fn only(client: &'static str) -> Admission {
    Admission::new(move |addr| addr.ip().to_string() == client)
}

const GET: &str = "GET /peer HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn a_client_that_may_not_connect_is_closed_and_counted() {
    let rules = only("192.0.2.7");
    let addr = admitting(&rules, quick()).await;
    // Nothing has to be said before.
    let mut stream = TcpStream::connect(addr).await.unwrap();
    assert_eq!(read_to_end(&mut stream).await, "");
    assert_eq!(rules.refused(), 1);
    let rules = only("127.0.0.1");
    let addr = admitting(&rules, quick()).await;
    let said = ask(addr, GET).await;
    assert!(said.contains("\r\n\r\n127.0.0.1:"), "{said}");
    assert_eq!(rules.refused(), 0);
}

#[tokio::test]
async fn behind_a_load_balancer_its_client_is_judged() {
    let trusted: Networks = ["127.0.0.0/8".parse().unwrap()].into_iter().collect();
    let rules = only("192.0.2.7");
    let config = || quick().proxy_protocol(ProxyProtocol::required(trusted.clone()));
    let addr = admitting(&rules, config()).await;
    let named = |client| format!("PROXY TCP4 {client} 198.51.100.1 4660 443\r\n{GET}");
    let said = ask(addr, named("192.0.2.7")).await;
    assert!(said.ends_with("192.0.2.7:4660"), "{said}");
    assert_eq!(ask(addr, named("192.0.2.8")).await, "");
    assert_eq!(rules.refused(), 1);
}

/// A client of TLS is not asked for its first byte.
#[cfg(feature = "tls")]
#[tokio::test]
async fn the_door_is_closed_before_tls() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = made.signing_key.serialize_pem();
    let tls = Tls::from_pem(made.cert.pem().as_bytes(), key.as_bytes()).unwrap();
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let addr = listener.local_addr();
    let rules = only("192.0.2.7");
    let config = quick().admission(rules.clone());
    let service = tower::service_fn(answer);
    tokio::spawn(serve(listener.with_tls(tls), service, config, Drain::new()));
    let mut stream = TcpStream::connect(addr).await.unwrap();
    assert_eq!(read_to_end(&mut stream).await, "");
    assert_eq!(rules.refused(), 1);
}
