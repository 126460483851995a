use agentgateway::telemetry::{OtlpProtocol, ProbeReport, probe};
use agentgateway_tests::{Collector, free_port};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// The names of the steps, and the last one's words.
fn told(report: &ProbeReport) -> (Vec<&'static str>, String) {
    let last = report.steps.last().unwrap();
    let hint = last.hint.as_deref().unwrap_or_default();
    let names = report.steps.iter().map(|step| step.name).collect();
    (names, format!("{} {hint}", last.detail))
}

#[tokio::test]
async fn a_collector_takes_an_empty_export() {
    let grpc = Collector::start().await;
    let report = probe(&grpc.endpoint(), &OtlpProtocol::Grpc).await;
    assert!(report.ok, "{report}");
    let (names, last) = told(&report);
    assert_eq!(names, ["name", "tcp", "h2", "export"]);
    assert!(last.contains("grpc-status 0"), "{last}");
    let http = Collector::start_http().await;
    let report = probe(&http.endpoint(), &OtlpProtocol::http()).await;
    assert!(report.ok, "{report}");
    assert_eq!(told(&report).0, ["name", "tcp", "export"]);
    assert!(report.to_string().ends_with("it takes spans\n"));
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_step() {
    let refused = format!("http://127.0.0.1:{}", free_port());
    let report = probe(&refused, &OtlpProtocol::Grpc).await;
    let (names, last) = told(&report);
    assert_eq!(names, ["name", "tcp"]);
    assert!(
        last.contains("refused") && last.contains("nothing listens there"),
        "{last}"
    );

    let http = Collector::start_http().await;
    let report = probe(&http.endpoint(), &OtlpProtocol::Grpc).await;
    let (names, last) = told(&report);
    assert_eq!(names, ["name", "tcp", "h2"]);
    assert!(!report.ok && last.contains("HTTP/1"), "{last}");

    let grpc = Collector::start().await;
    let report = probe(&grpc.endpoint(), &OtlpProtocol::http()).await;
    assert!(!report.ok && told(&report).1.contains("4317"), "{report}");

    let path = format!("{}/wrong", http.endpoint());
    let report = probe(&path, &OtlpProtocol::http()).await;
    assert!(told(&report).1.contains("/v1/traces"), "{report}");

    let report = probe("nonsense://x", &OtlpProtocol::Grpc).await;
    assert_eq!(told(&report).0, ["url"]);
}

/// Fault C11: a user and a password in the URL are not printed back.
#[tokio::test]
async fn a_password_in_the_url_is_not_shown() {
    for url in [
        "http://me:hunter2@127.0.0.1:1",
        "me:hunter2@[",
        "http:me:hunter2@h",
    ] {
        for protocol in [OtlpProtocol::Grpc, OtlpProtocol::http()] {
            let report = probe(url, &protocol).await;
            let shown = format!("{report} {report:?}");
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(told(&report).1.contains("OTEL_EXPORTER_OTLP_HEADERS"));
        }
    }
}

#[tokio::test]
async fn what_answers_without_grpc_is_not_said_to_speak_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move { axum::serve(listener, axum::Router::new()).await });
    let report = probe(&url, &OtlpProtocol::Grpc).await;
    let (names, last) = told(&report);
    assert_eq!(names, ["name", "tcp", "h2", "export"]);
    assert!(last.contains("404") && last.contains("no gRPC"), "{last}");
    serving.abort();
}

#[tokio::test]
async fn an_answer_in_http_1_is_known() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 64]).await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    });
    let report = probe(&format!("http://127.0.0.1:{port}"), &OtlpProtocol::Grpc).await;
    let (_, last) = told(&report);
    assert!(
        last.contains("answers in HTTP/1") && last.contains("4318"),
        "{last}"
    );
    serving.await.unwrap();
}
