//! Who may read the admin listener, and that nobody may do more.

use std::net::SocketAddr;

use agentgateway_tests::{Process, TestGateway, raw::RawClient};

const PORTS: [&str; 6] = ["--a2a-port", "0", "--mcp-port", "0", "--llm-port", "0"];

/// Fault O15: an admin listener that the network can reach is warned of at each start, with the remedy; one on loopback is not.
#[tokio::test(flavor = "multi_thread")]
async fn an_admin_listener_that_others_can_reach_is_warned_of() {
    for (admin, warned) in [
        ("0.0.0.0:0", true),
        ("[::]:0", true),
        ("127.0.0.1:0", false),
        ("[::1]:0", false),
    ] {
        let arguments = [&PORTS[..], &["--admin", admin]].concat();
        let gateway = Process::start(&arguments, &[]).await;
        let said = gateway.said();
        let warning = said.lines().find(|line| line.contains("no authentication"));
        assert_eq!(warning.is_some(), warned, "{admin}: {said}");
        for part in warned
            .then_some(["WARN", "admin listener", "--admin 127.0.0.1"])
            .iter()
            .flatten()
        {
            assert!(warning.unwrap().contains(part), "{part}: {said}");
        }
    }
}

/// Fault O16: what a page in a browser can have sent to the admin listener changes nothing and tells it nothing: only GET and HEAD are taken, a name that leads to loopback is refused, and no other origin may read or embed an answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_in_a_browser_learns_and_changes_nothing() {
    let gateway = TestGateway::demo().await;
    let admin: SocketAddr = gateway.admin()["http://".len()..].parse().unwrap();
    let mut client = RawClient::connect(admin).await;
    let origin = "origin: https://evil.example\r\nsec-fetch-site: cross-site\r\n";
    let paths = [
        "/",
        "/config",
        "/status",
        "/metrics",
        "/quit",
        "/quitquitquit",
        "/shutdown",
        "/drain",
        "/reload",
    ];
    for path in paths {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let head = format!("{method} {path} HTTP/1.1\r\nhost: {admin}\r\n{origin}");
            client
                .send(format!("{head}content-length: 0\r\n\r\n"))
                .await;
            let answer = client.answer().await.unwrap();
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.values("allow"), ["GET, HEAD"]);
            assert!(!answer.head.contains("access-control"), "{}", answer.head);
        }
        let rebound = format!(
            "GET {path} HTTP/1.1\r\nhost: evil.example:{}\r\n\r\n",
            admin.port()
        );
        client.send(rebound).await;
        let answer = client.answer().await.unwrap();
        assert_eq!(answer.status, 421, "{path}");
        assert!(!answer.text().contains("listeners"), "{}", answer.text());
        client
            .send(format!(
                "GET {path} HTTP/1.1\r\nhost: {admin}\r\n{origin}\r\n"
            ))
            .await;
        let answer = client.answer().await.unwrap();
        let known = matches!(path, "/" | "/config" | "/status" | "/metrics");
        assert_eq!(answer.status, if known { 200 } else { 404 }, "{path}");
        assert!(!answer.head.contains("access-control"), "{}", answer.head);
        for (name, value) in [
            ("cross-origin-resource-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.values(name), [value], "{path}");
        }
        let policy = answer.values("content-security-policy").concat();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    }
    // It still serves.
    client
        .send(format!("GET /readyz HTTP/1.1\r\nhost: {admin}\r\n\r\n"))
        .await;
    assert_eq!(client.answer().await.unwrap().status, 200);
}
