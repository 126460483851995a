//! Metrics under many scrapers, and under names that clients make up.

use std::collections::BTreeSet;

use agentgateway_tests::{Process, TestGateway, get, raw::RawClient};
use tokio::task::JoinSet;

/// Names of models, tools and methods that nobody has.
const NAMES: u64 = 2_000;

fn chat(number: u64) -> String {
    let body =
        format!(r#"{{"model":"made-up-{number}","messages":[{{"role":"user","content":"a"}}]}}"#);
    post("/v1/chat/completions", &body)
}

fn tool(number: u64) -> String {
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"made-up-{number}","arguments":{{}}}}}}"#
    );
    post("/mcp", &body)
}

fn operation(number: u64) -> String {
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"MadeUp{number}","params":{{}}}}"#);
    post("/", &body)
}

fn post(path: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: \
         application/json, text/event-stream\r\nmcp-protocol-version: 2025-11-25\r\ncontent-length: \
         {}\r\n\r\n{body}",
        body.len()
    )
}

/// What is counted, without the counts.
async fn series(gateway: &TestGateway) -> BTreeSet<String> {
    let page = get(&format!("{}/metrics", gateway.admin())).await;
    let page = String::from_utf8(page.body().to_vec()).unwrap();
    let names = page.lines().filter_map(|line| line.rsplit_once(' '));
    names.map(|(name, _)| name.to_owned()).collect()
}

async fn all(gateway: &TestGateway, from: u64, to: u64) {
    let mut asking = JoinSet::new();
    for (listener, request) in [
        ("llm", chat as fn(u64) -> String),
        ("mcp", tool),
        ("a2a", operation),
    ] {
        let addr = gateway.addr(listener);
        asking.spawn(async move {
            let mut client = RawClient::connect(addr).await;
            for number in from..to {
                client.send(request(number)).await;
                let answer = client.answer().await;
                assert!(answer.is_some(), "{listener} {number}");
            }
        });
    }
    asking.join_all().await;
}

/// Fault O10: names of models, tools and methods that clients make up add no series to the metrics.
#[tokio::test(flavor = "multi_thread")]
async fn names_of_clients_make_no_series() {
    let gateway = TestGateway::demo().await;
    all(&gateway, 0, 2).await;
    let before = series(&gateway).await;
    all(&gateway, 2, NAMES).await;
    let after = series(&gateway).await;
    assert_eq!(after, before);
    assert!(!after.iter().any(|name| name.contains("ade")), "{after:?}");
}

/// Fault O10: fifty scrapers at once are all answered whole, and fifty that do not read hold a bounded amount of memory and nobody up.
#[tokio::test(flavor = "multi_thread")]
async fn many_scrapers_are_answered_and_slow_ones_hold_little() {
    let ports = [
        "--a2a-port",
        "0",
        "--mcp-port",
        "0",
        "--llm-port",
        "0",
        "--admin",
        "127.0.0.1:0",
    ];
    let gateway = Process::start(&ports, &[]).await;
    let url = format!("{}/metrics", gateway.url("admin"));
    let before = gateway.memory();
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut client = RawClient::connect(gateway.addr("admin")).await;
        // More than fits into the buffers of its connection.
        let request = "GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(200);
        client.send(request).await;
        slow.push(client);
    }
    let mut scraping = JoinSet::new();
    for _ in 0..50 {
        let url = url.clone();
        scraping.spawn(async move { get(&url).await });
    }
    for answer in scraping.join_all().await {
        assert_eq!(answer.status(), 200);
        assert!(answer.body().ends_with(b"# EOF\n"), "a whole page");
    }
    let grown = gateway.memory().saturating_sub(before);
    assert!(grown < 32 << 20, "{grown} bytes for {} readers", slow.len());
}
