//! The admin listener takes nothing from requests, and they take nothing from it.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use agentgateway_tests::{Configured, Manifests, TestGateway};
use tokio::time::Instant;

/// Asks without a runtime, and waits five seconds at most.
fn ask(admin: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(admin).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Fault O17: the admin listener answers at once although the threads that serve requests are busy to the last.
#[tokio::test(flavor = "current_thread")]
async fn it_answers_while_nobody_serves() {
    let gateway = TestGateway::demo().await;
    let admin = gateway.admin()["http://".len()..].parse().unwrap();
    tokio::task::yield_now().await;
    // This thread is the only one that serves, and it does not come back before it has the answer.
    for (path, part) in [
        ("/livez", "ok\n"),
        ("/metrics", "# EOF"),
        ("/", "</html>"),
        ("/status", "\"ready\""),
    ] {
        let begun = Instant::now();
        let answer = ask(admin, path);
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        assert!(answer.contains(part), "{path}: {answer}");
        assert!(begun.elapsed().as_secs() < 1, "{path}");
    }
}

/// Fault O10 (part): of a configuration with thousands of objects the page is bounded, and a hundred readers that do not read hold one copy of what they asked for; others are answered meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn readers_that_do_not_read_share_what_they_hold() {
    let mut manifests = Manifests::default();
    for nth in 0..1_000 {
        let backend = "{static: {host: 127.0.0.1, port: 1}}";
        manifests = manifests.route("mcp", &format!("/p{nth}"), None, backend);
    }
    let process = Configured::new(manifests).start(&[]).await;
    let admin = process.addr("admin");
    let page = ask(admin, "/");
    assert!(page.contains("more are left out") && page.len() < 600_000);
    let status = ask(admin, "/status");
    assert!(status.len() > 1_000_000, "{}", status.len());
    let before = process.memory();
    let readers: Vec<TcpStream> = (0..100)
        .map(|nth| {
            let mut stream = TcpStream::connect(admin).unwrap();
            let path = ["/", "/status"][nth % 2];
            let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
            stream.write_all(request.as_bytes()).unwrap();
            stream
        })
        .collect();
    let begun = Instant::now();
    assert!(ask(admin, "/livez").ends_with("ok\n"));
    assert!(begun.elapsed().as_secs() < 1);
    let more = process.memory().saturating_sub(before);
    assert!(
        more < 40 << 20,
        "{more} bytes for {} readers",
        readers.len()
    );
}
