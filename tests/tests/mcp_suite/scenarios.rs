//! The suite's client scenarios: behind the gateway stands a server of the suite's, before it an SDK client.
//!
//! Towards these servers the gateway is the client that is judged, whichever revision its own client speaks.
//! Of those of `auth/` two are run, about tokens that the gateway gets for itself: their gateway is made of the
//! library's layers. docs/conformance-mcp.md says what of the others.
//!
//! What fails, and must: a gateway that knows nothing of a server yet hands a client's handshake on as it is,
//! and the answer tells that the server speaks no such revision. This one request bears nothing of 2026-07-28.

use std::net::SocketAddr;

use agentgateway_tests::{TestGateway, here, post};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::{before_targets, suite, tokens::TokenGateway};

/// Which client comes to the gateway.
#[derive(Clone, Copy, Debug)]
enum Client {
    /// The SDK v1, of 2025-11-25.
    Legacy,
    /// The same, where another client has been before it.
    LegacyLater,
    /// The SDK v2, of 2026-07-28.
    Modern,
}

/// A gateway before a server, which ends when this is dropped.
enum Before {
    Reference(TestGateway),
    /// One of layers, with tokens of its own for the server.
    WithTokens(TokenGateway),
}

impl Before {
    /// Stands before the server of this line: its URL, and where its tokens are issued.
    async fn of(line: &str) -> Self {
        match line.split_once(' ') {
            Some((url, issuer)) => Self::WithTokens(TokenGateway::open(url, issuer).await),
            None => Self::Reference(before_server(line).await),
        }
    }

    fn url(&self) -> String {
        match self {
            Self::Reference(gateway) => format!("{}/mcp", gateway.url("mcp")),
            Self::WithTokens(gateway) => gateway.url(),
        }
    }
}

/// Gives a gateway of its own to each client that asks for one.
struct Gateways {
    addr: SocketAddr,
    running: JoinHandle<()>,
}

impl Gateways {
    async fn open(client: Client) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let running = tokio::spawn(async move {
            while let Ok((asked, _)) = listener.accept().await {
                tokio::spawn(Self::give(client, asked));
            }
        });
        Self { addr, running }
    }

    /// The server's URL is asked by, the gateway's is answered; the gateway stands as long as the connection.
    async fn give(client: Client, asked: TcpStream) {
        let mut asked = BufReader::new(asked);
        let mut server = String::new();
        asked.read_line(&mut server).await.expect("a line");
        let gateway = Before::of(server.trim()).await;
        let url = gateway.url();
        if matches!(client, Client::LegacyLater) {
            discover(&url).await;
        }
        let answer = format!("{url}\n");
        asked.write_all(answer.as_bytes()).await.expect("it waits");
        // Nothing comes but the end.
        let _ = asked.read_line(&mut server).await;
    }
}

impl Drop for Gateways {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// A gateway before the server of a URL of the suite's.
async fn before_server(url: &str) -> TestGateway {
    let server = url.strip_prefix("http://").expect("an HTTP URL");
    let (authority, path) = server.split_once('/').unwrap_or((server, ""));
    let (host, port) = authority.split_once(':').expect("a port");
    let target = format!(
        "{{name: one, static: {{host: {host}, port: {port}, path: /{path}, protocol: StreamableHTTP}}}}"
    );
    before_targets(&target, "").await
}

/// What a client of 2026-07-28 asks first.
async fn discover(url: &str) {
    let headers = [
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "server/discover"),
    ];
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{
        "io.modelcontextprotocol/protocolVersion":"2026-07-28",
        "io.modelcontextprotocol/clientInfo":{"name":"earlier","version":"1"},
        "io.modelcontextprotocol/clientCapabilities":{}}}}"#;
    // A server of the suite's may refuse the first request of all.
    drop(post(url, &headers, body).await);
}

/// Runs the scenarios of servers of this revision; what fails is this, and no more.
async fn meets(client: Client, revision: &str, scenarios: usize, failing: &[&str]) {
    let gateways = Gateways::open(client).await;
    let sdk = match client {
        Client::Legacy | Client::LegacyLater => "v1",
        Client::Modern => "v2",
    };
    let script = here().join("clients/mcp_scenario.mjs");
    let command = format!("node '{}' {sdk}", script.display());
    let arguments = ["--unscored", "--client", &command, revision];
    let addr = gateways.addr.to_string();
    let report = suite::report(&arguments, &[("GATEWAYS", &addr)]).await;
    let ran = report["scenarios"].as_array().expect("a list");
    assert_eq!(ran.len(), scenarios, "the revision's set");
    let failed: Vec<_> = ran.iter().flat_map(failures).collect();
    println!(
        "{client:?} at {revision}: {} of {scenarios}",
        report["passed"]
    );
    let is_known = |(failed, known): (&String, &&str)| failed.starts_with(*known);
    let as_known = failed.len() == failing.len() && failed.iter().zip(failing).all(is_known);
    assert!(as_known, "{}", failed.join("\n"));
}

/// The checks of a scenario that failed or warned, with what is said of them.
fn failures(scenario: &Value) -> Vec<String> {
    let name = scenario["name"].as_str().unwrap_or_default();
    let checks = scenario["checks"].as_array().into_iter().flatten();
    let failed =
        checks.filter(|check| check["status"] == "FAILURE" || check["status"] == "WARNING");
    let said: Vec<_> = failed
        .map(|check| {
            let of = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
            format!("{name} {} {}", of("id"), of("message"))
        })
        .collect();
    let is_ok = scenario["ok"] == true;
    assert_eq!(is_ok, said.is_empty(), "{scenario}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_of_before_are_served_a_client_of_before() {
    meets(Client::Legacy, "2025-11-25", 7, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_of_before_are_served_a_client_of_now() {
    meets(Client::Modern, "2025-11-25", 7, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_of_now_are_served_a_client_of_now() {
    meets(Client::Modern, "2026-07-28", 10, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_of_now_are_served_a_client_of_before() {
    let handshake = [
        "request-metadata sep-2575-http-client-sends-version-header",
        "request-metadata sep-2575-client-populates-meta",
        "request-metadata sep-2575-client-sends-client-info",
        "http-standard-headers sep-2243-client-includes-standard-headers Missing Mcp-Method header on \
         initialize request.",
    ];
    meets(Client::Legacy, "2026-07-28", 10, &handshake).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_of_now_that_are_known_are_served_a_client_of_before() {
    meets(Client::LegacyLater, "2026-07-28", 10, &[]).await;
}
