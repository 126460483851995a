//! Keep-alive of connections to backends.

use std::fs;

use agentgateway_tests::{Manifests, TestGateway, get, raw::RawUpstream};

/// In how many seconds the system asks the peer at this port whether it is there, of the one connection
/// that this process has to it.
///
/// # Source
/// Linux, `Documentation/networking/proc_net_tcp.rst`: the remote address, the state (01 is established), and
/// the timer that runs (02 is keep-alive) with its time in hundredths of a second, all in base 16.
fn probed_in(port: u16) -> Option<u64> {
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let rows = table
        .lines()
        .map(|row| row.split_whitespace().collect::<Vec<_>>());
    let to = format!("0100007F:{port:04X}");
    let mut own = rows.filter(|row| row.get(2) == Some(&&*to) && row.get(3) == Some(&"01"));
    let (timer, when) = own.next()?.get(5)?.split_once(':')?;
    let when = u64::from_str_radix(when, 16).ok()?;
    (timer == "02").then_some(when / 100)
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_probed_as_the_manifest_says() {
    for (policies, least, most) in [
        ("", 1, 15),
        (", policies: {tcp: {keepalive: {}}}", 100, 180),
        (
            ", policies: {tcp: {keepalive: {time: 1h, interval: 5s, retries: 3}}}",
            3_000,
            3_600,
        ),
    ] {
        let upstream = RawUpstream::serving(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        let backend = format!(
            "{{static: {{host: 127.0.0.1, port: {}}}{policies}}}",
            upstream.port()
        );
        let manifests = Manifests::default().route("a2a", "/", None, &backend);
        let gateway = TestGateway::serve(&manifests).await;
        let answer = get(&format!("{}/", gateway.url("a2a"))).await;
        assert!(answer.status().is_success());
        let found = probed_in(upstream.port()).unwrap();
        assert!((least..=most).contains(&found), "{policies}: {found}");
    }
}
