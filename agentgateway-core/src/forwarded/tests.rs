use http::{HeaderMap, Request};
use tower_layer::Layer as _;
use tower_test::mock;

use super::{ForwardedLayer, Forwarding, Network, Networks};
use crate::context::ClientAddr;

fn networks(texts: &[&str]) -> Networks {
    texts
        .iter()
        .map(|text| text.parse::<Network>().unwrap())
        .collect()
}

/// What the inner service sees.
fn seen(peer: Option<&str>, fields: &[(&str, &str)]) -> Request<()> {
    let mut request = Request::get("/card?a=b").header("host", "10.0.0.9:8080");
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let mut request = request.body(()).unwrap();
    if let Some(peer) = peer {
        let peer = format!("{peer}:4000").parse().unwrap();
        request.extensions_mut().insert(ClientAddr::new(peer));
    }
    let layer = ForwardedLayer::new(networks(&["10.0.0.0/8", "fd00::/8"]));
    layer.layer(()).take(&mut request);
    request
}

fn client(request: &Request<()>) -> Option<String> {
    let addr = request.extensions().get::<ClientAddr>();
    addr.map(|addr| addr.addr().ip().to_string())
}

const ALL: [(&str, &str); 6] = [
    ("x-forwarded-for", "198.51.100.7"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "agents.example.com"),
    ("forwarded", "for=192.0.2.66;host=evil.example"),
    ("x-real-ip", "192.0.2.66"),
    ("x-forwarded-prefix", "/x"),
];

#[test]
fn a_trusted_peer_is_believed() {
    let request = seen(Some("10.1.2.3"), &ALL);
    assert_eq!(request.uri(), "https://agents.example.com/card?a=b");
    assert_eq!(request.headers()["host"], "agents.example.com");
    assert_eq!(request.headers().len(), 1, "{:?}", request.headers());
    assert_eq!(client(&request).as_deref(), Some("198.51.100.7"));
    let mut headers = HeaderMap::new();
    headers.insert("x-forwarded-for", "stale".parse().unwrap());
    request
        .extensions()
        .get::<Forwarding>()
        .unwrap()
        .write(&mut headers);
    assert_eq!(headers["x-forwarded-for"], "198.51.100.7, 10.1.2.3");
    assert_eq!(headers["x-forwarded-proto"], "https");
    assert_eq!(headers["x-forwarded-host"], "agents.example.com");
}

#[test]
fn another_peer_is_not_believed_and_its_fields_go_no_further() {
    for peer in [Some("192.0.2.1"), Some("11.0.0.1"), None] {
        let request = seen(peer, &ALL);
        assert_eq!(request.uri(), "/card?a=b");
        assert_eq!(request.headers()["host"], "10.0.0.9:8080");
        assert_eq!(request.headers().len(), 1, "{:?}", request.headers());
        assert_eq!(client(&request).as_deref(), peer);
        let mut headers = HeaderMap::new();
        request
            .extensions()
            .get::<Forwarding>()
            .unwrap()
            .write(&mut headers);
        assert_eq!(headers.len(), usize::from(peer.is_some()));
    }
}

#[test]
fn the_client_is_the_last_address_that_nobody_trusted_has() {
    for (fields, expected) in [
        (
            &[("x-forwarded-for", "192.0.2.66, 198.51.100.7, 10.0.0.5")][..],
            "198.51.100.7",
        ),
        (
            &[
                ("x-forwarded-for", "192.0.2.66"),
                ("x-forwarded-for", "198.51.100.7"),
            ],
            "198.51.100.7",
        ),
        (&[("x-forwarded-for", "10.0.0.4, 10.0.0.5")], "10.0.0.4"),
        (
            &[("x-forwarded-for", "198.51.100.7, nonsense, 10.0.0.5")],
            "10.0.0.5",
        ),
        (&[("x-forwarded-for", "198.51.100.7:1234")], "198.51.100.7"),
        (&[("x-forwarded-for", "[2001:db8::7]:1")], "2001:db8::7"),
        (&[("x-forwarded-for", "[2001:db8::7]")], "2001:db8::7"),
        (&[("x-forwarded-for", "")], "10.1.2.3"),
        (&[], "10.1.2.3"),
    ] {
        let request = seen(Some("10.1.2.3"), fields);
        assert_eq!(client(&request).as_deref(), Some(expected), "{fields:?}");
    }
}

#[test]
fn scheme_and_host_are_taken_one_by_one_and_only_when_they_are_such() {
    for (fields, expected) in [
        (
            &[("x-forwarded-proto", "HTTPS")][..],
            "https://10.0.0.9:8080/card?a=b",
        ),
        (
            &[("x-forwarded-host", "a.example:8443")],
            "http://a.example:8443/card?a=b",
        ),
        (&[("x-forwarded-proto", "gopher")], "/card?a=b"),
        (&[("x-forwarded-host", "user@evil.example")], "/card?a=b"),
        (&[("x-forwarded-host", "a b")], "/card?a=b"),
        (&[("x-forwarded-host", "")], "/card?a=b"),
        (
            &[("x-forwarded-host", "evil.example, a.example")],
            "http://a.example/card?a=b",
        ),
    ] {
        let request = seen(Some("10.1.2.3"), fields);
        assert_eq!(request.uri(), expected, "{fields:?}");
    }
}

#[test]
fn networks_contain_what_they_say() {
    for (network, address, expected) in [
        ("10.0.0.0/8", "10.255.0.1", true),
        ("10.0.0.0/8", "11.0.0.1", false),
        ("10.0.0.0/8", "::ffff:10.0.0.1", true),
        ("10.0.0.0/8", "fd00::1", false),
        ("192.0.2.1", "192.0.2.1", true),
        ("192.0.2.1", "192.0.2.2", false),
        ("0.0.0.0/0", "8.8.8.8", true),
        ("0.0.0.0/0", "2001:db8::1", false),
        ("::/0", "2001:db8::1", true),
        ("fd00::/8", "fdff::1", true),
    ] {
        let parsed: Network = network.parse().unwrap();
        assert_eq!(
            parsed.contains(address.parse().unwrap()),
            expected,
            "{network} {address}"
        );
    }
    assert_eq!(
        "10.0.0.0/8".parse::<Network>().unwrap().to_string(),
        "10.0.0.0/8"
    );
    assert_eq!(
        "fd00::/8".parse::<Network>().unwrap().to_string(),
        "fd00::/8"
    );
    for wrong in [
        "",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/",
        "::/129",
        "host",
        "10.0.0",
    ] {
        assert!(wrong.parse::<Network>().is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn readiness_and_answers_are_those_of_the_inner_service() {
    let layer = ForwardedLayer::new(Networks::default());
    let (mut service, mut handle) = mock::spawn_layer::<Request<()>, (), _>(layer);
    handle.allow(0);
    tokio_test::assert_pending!(service.poll_ready());
    handle.allow(1);
    tokio_test::assert_ready_ok!(service.poll_ready());
    let request = Request::get("/")
        .header("x-real-ip", "1.2.3.4")
        .body(())
        .unwrap();
    let answer = service.call(request);
    let (seen, respond) = handle.next_request().await.unwrap();
    assert!(seen.headers().is_empty());
    respond.send_response(());
    answer.await.unwrap();
}
