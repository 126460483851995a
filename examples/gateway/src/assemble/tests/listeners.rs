use agentgateway_core::{context::ServerName, route::Hostname};

use super::*;
use crate::config::snapshot::{Certificate, Secret};

fn named(name: &str, hostname: Option<&str>, to_service: &str) -> Listener {
    let mut listener = listener(name, vec![rule("/", Action::Forward(to(to_service)))]);
    listener.hostname = hostname.and_then(Hostname::parse);
    // Only its own path, so that a request that went astray is seen.
    listener.rules[0].matches[0].path = PathMatch::Prefix(format!("/{to_service}"));
    listener
}

fn asked(host: &str, path: &str) -> Request<Body> {
    Request::get(path)
        .header("host", host)
        .body(Body::empty())
        .unwrap()
}

fn four() -> Vec<Listener> {
    vec![
        named("any", None, "any"),
        named("wide", Some("*.example.com"), "wide"),
        named("wider", Some("*.foo.example.com"), "wider"),
        named("exact", Some("abc.foo.example.com"), "exact"),
    ]
}

#[tokio::test]
async fn a_request_belongs_to_the_most_specific_listener_alone() {
    let (parts, _) = parts();
    let plan = plan(&snapshot(four()), &parts);
    let [socket] = &plan.sockets[..] else {
        panic!("{plan:?}")
    };
    assert_eq!((socket.port, socket.listeners.len()), (8080, 4));
    for (host, own) in [
        ("bar.com", "any"),
        ("bar.example.com:8080", "wide"),
        ("bar.foo.example.com", "wider"),
        ("ABC.foo.example.com", "exact"),
    ] {
        for path in ["any", "wide", "wider", "exact"] {
            let expected = if path == own { 200 } else { 404 };
            let got = status(&socket.table, asked(host, &format!("/{path}"))).await;
            assert_eq!(got, expected, "{host} /{path}");
        }
    }
}

#[tokio::test]
async fn a_host_of_no_listener_is_404() {
    let (parts, _) = parts();
    let table = table(&parts, vec![named("exact", Some("a.example"), "a")]);
    assert_eq!(status(&table, asked("a.example", "/a")).await, 200);
    assert_eq!(status(&table, asked("b.example", "/a")).await, 404);
}

#[tokio::test]
async fn a_call_of_grpc_to_a_host_of_no_listener_has_a_status_of_its_own() {
    let (parts, _) = parts();
    let table = table(&parts, vec![named("exact", Some("a.example"), "a")]);
    let mut call = asked("b.example", "/echo.Echo/Say");
    let kind = "application/grpc".parse().unwrap();
    call.headers_mut().insert("content-type", kind);
    let Ok(response) = table.oneshot(call).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["grpc-status"], "12");
}

/// Which certificate a client is shown goes by the hostname of its listener.
#[test]
fn each_certificate_has_the_hostname_of_its_listener() {
    let (parts, _) = parts();
    let certificate = |name: &str| {
        let reference = Reference::new("", "Secret", "ns", name);
        Certificate::new(reference, Secret::new("pem"), Secret::new("pem"))
    };
    let secured = |hostname: Option<&str>, name: &str| {
        let mut listener = named(name, hostname, name);
        listener.protocol = Protocol::Https(vec![certificate(name)]);
        listener
    };
    let listeners = vec![secured(None, "any"), secured(Some("a.example"), "a")];
    let plan = plan(&snapshot(listeners), &parts);
    let found = &plan.sockets[0].tls.as_ref().unwrap().certificates;
    let expected = [
        (None, certificate("any")),
        (Hostname::parse("a.example"), certificate("a")),
    ];
    assert_eq!(found[..], expected);
}

#[tokio::test]
async fn a_connection_made_to_another_listener_is_misdirected() {
    let (parts, _) = parts();
    let table = table(&parts, four());
    for (sni, host, expected) in [
        ("x.example.com", "y.example.com", 200),
        ("x.example.com", "abc.foo.example.com", 421),
        ("abc.foo.example.com", "x.example.com", 421),
        ("other.org", "x.example.com", 421),
        ("other.org", "another.org", 404),
    ] {
        let mut request = asked(host, "/wide");
        request.extensions_mut().insert(ServerName::new(sni));
        assert_eq!(status(&table, request).await, expected, "{sni} {host}");
    }
}

#[tokio::test]
async fn only_the_named_listeners_of_a_socket_are_served() {
    let (parts, _) = parts();
    let plan = plan(&snapshot(four()), &parts);
    let plan = plan.only(&["wide".to_owned()]).unwrap();
    let [socket] = &plan.sockets[..] else {
        panic!("{plan:?}")
    };
    assert_eq!(socket.listeners.len(), 1);
    assert_eq!(
        status(&socket.table, asked("x.example.com", "/wide")).await,
        200
    );
    assert_eq!(status(&socket.table, asked("other.org", "/any")).await, 404);
}

#[test]
fn ports_and_addresses_make_sockets() {
    let (parts, _) = parts();
    let mut other = named("other", None, "b");
    other.port = 9090;
    let mut snapshot = snapshot(vec![named("a", None, "a"), other]);
    snapshot.gateways[0].addresses = vec!["127.0.0.2".parse().unwrap(), "::1".parse().unwrap()];
    let plan = plan(&snapshot, &parts);
    let sockets: Vec<_> = plan
        .sockets
        .iter()
        .map(|s| (s.address.unwrap().to_string(), s.port))
        .collect();
    let expected = [
        ("127.0.0.2", 8080),
        ("::1", 8080),
        ("127.0.0.2", 9090),
        ("::1", 9090),
    ];
    assert_eq!(sockets, expected.map(|(at, port)| (at.to_owned(), port)));
    assert_eq!(
        plan.sockets[0].listeners[0].routes,
        ["/a/* → http a.ns.svc:80 (ns/route)"]
    );
}

#[tokio::test]
async fn a_body_is_read_as_far_as_its_listener_says() {
    let (parts, sent) = parts();
    let reference = Reference::new("agentgateway.dev", "AgentgatewayBackend", "ns", "own");
    let agent = Endpoints::Name(HostPort::new("agent", 80));
    let agent = Backend::new(reference, None, BackendKind::A2a(agent)).into();
    let plain = Outcome::Invalid("none".to_owned());
    let of = |name: &str, limit: Option<u64>| {
        let backends = vec![WeightedBackend::new(
            1,
            Outcome::Backend(Arc::clone(&agent)),
        )];
        let mut rules = vec![rule("/", Action::Forward(backends))];
        let refused = vec![WeightedBackend::new(1, plain.clone())];
        rules.push(rule("/none", Action::Forward(refused)));
        let mut listener = listener(name, rules);
        listener.hostname = Hostname::parse(&format!("{name}.example"));
        listener.http.max_buffer_size = limit;
        listener
    };
    let table = table(&parts, vec![of("usual", None), of("short", Some(64))]);
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{"id":"0123456789abcdef"}}"#;
    assert!(call.len() > 64);
    let asked = |host: &str, path: &str| {
        let mut request = post(path, call);
        let host = host.parse().unwrap();
        request.headers_mut().insert("host", host);
        request
    };
    assert_eq!(status(&table, asked("usual.example", "/")).await, 200);
    assert_eq!(status(&table, asked("short.example", "/")).await, 413);
    assert_eq!(status(&table, asked("usual.example", "/none")).await, 500);
    // A refusal is told whatever was sent.
    assert_eq!(status(&table, asked("short.example", "/none")).await, 500);
    // The agent was asked for its card, too.
    let is_call = |sent: &&Sent| sent.uri.path() == "/";
    assert_eq!(sent.lock().unwrap().iter().filter(is_call).count(), 1);
}
