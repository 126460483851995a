//! What the command says when it cannot do what it is asked.

use agentgateway_tests::{Manifests, Process};
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_named_once_with_its_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = taken.local_addr().unwrap();
    let port = addr.port().to_string();
    let own = format!("port {port} on 127.0.0.1 is taken");
    for (name, option) in [
        ("a2a", "--a2a-port"),
        ("mcp", "--mcp-port"),
        ("llm", "--llm-port"),
        ("admin", "--admin"),
    ] {
        let given = |own: &str, usual: &str| {
            let taken = if own == "--admin" {
                addr.to_string()
            } else {
                port.clone()
            };
            [
                own.to_owned(),
                if own == option {
                    taken
                } else {
                    usual.to_owned()
                },
            ]
        };
        let arguments: Vec<_> = [
            given("--a2a-port", "0"),
            given("--mcp-port", "0"),
            given("--llm-port", "0"),
            given("--admin", "127.0.0.1:0"),
        ]
        .concat();
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let (status, said) = Process::run(&arguments).await;
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains(&format!("listener {name}: {own}")), "{said}");
        assert!(said.contains(option), "{said}");
        assert_eq!(said.matches("is taken").count(), 1, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_is_refused_by_name() {
    let backend = "{ai: {provider: {openai: {}, host: h, port: 1, wibble: 2}}}";
    let manifests = Manifests::default().route("llm", "/v1", None, backend);
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("gateway.yaml"), manifests.text()).unwrap();
    let config = directory.path().to_str().unwrap();
    for arguments in [
        ["check", "--config", config].as_slice(),
        &["run", "--config", config],
    ] {
        let (status, out, err) = Process::output(directory.path(), arguments).await;
        let said = out + &err;
        assert_eq!(status, Some(1), "{said}");
        assert!(
            said.contains("gateway.yaml") && said.contains("wibble"),
            "{said}"
        );
    }
    let (status, said) = Process::run(&["--listener", "lml", "--admin", "127.0.0.1:0"]).await;
    assert_eq!(status, Some(2));
    assert!(
        said.contains("`lml`") && said.contains("a2a, mcp, llm"),
        "{said}"
    );
}
