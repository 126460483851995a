//! What proxies say of clients.

use agentgateway_tests::{Configured, Manifests, TestGateway};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The agent card, asked for as a proxy would.
async fn card(addr: std::net::SocketAddr) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = "GET /.well-known/agent-card.json HTTP/1.1\r\nhost: 10.0.0.9\r\n\
                   x-forwarded-proto: https\r\nx-forwarded-host: agents.example.com\r\n\
                   x-forwarded-for: 198.51.100.7\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_has_the_clients_url_only_behind_a_trusted_proxy() {
    let agent = TestGateway::demo().await;
    let port = agent.addr("a2a").port();
    let backend = format!("{{a2a: {{host: 127.0.0.1, port: {port}}}}}");
    let configured = Configured::new(Manifests::default().route("a2a", "/", None, &backend));
    for (trusted, expected, other) in [
        (
            &["--trusted-proxies", "127.0.0.0/8"][..],
            "https://agents.example.com",
            "10.0.0.9",
        ),
        (
            &["--trusted-proxies", "10.0.0.0/8"],
            "http://10.0.0.9",
            "agents.example.com",
        ),
        (&[], "http://10.0.0.9", "agents.example.com"),
    ] {
        let process = configured.start(trusted).await;
        let answer = card(process.addr("a2a")).await;
        assert!(
            answer.contains(expected) && !answer.contains(other),
            "{trusted:?}: {answer}"
        );
        process.stop().await;
    }
}
