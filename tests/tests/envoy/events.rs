//! What a log says of refusals and failures.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use agentgateway_core::{
    envoy::authz::{ExtAuthz, GrpcService},
    policy::FailureMode,
};
use agentgateway_tests::free_port;
use envoy_types::pb::{envoy::service::auth::v3::CheckResponse, google::rpc::Status};
use http::Request;
use tracing::Level;

use super::scene::*;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn read(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

#[tokio::test]
async fn refusals_and_failures_are_told_without_a_secret() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(Level::INFO)
        .with_writer(move || writer.clone());
    let _guard = tracing::subscriber::set_default(subscriber.finish());
    let judge = Start::default().authz(|_| {
        Ok(CheckResponse {
            status: Some(Status {
                code: 7,
                ..Default::default()
            }),
            ..Default::default()
        })
    });
    let judge = judge.await;
    let policy = |port| {
        let service = GrpcService::new(endpoint(port), client()).deadline(PATIENCE);
        ExtAuthz::grpc(service).named("partners")
    };
    let request = || {
        let request = Request::get("/secret-path?token=hunter2");
        request
            .header("authorization", "Bearer hunter2")
            .body(())
            .unwrap()
    };
    let gone = free_port();
    let cases = [
        (policy(judge.port), &["INFO", "status=403"][..]),
        (
            policy(judge.port).refuse_by_error(true),
            &["INFO", "kind=\"forbidden\"", "rule=\"partners\""],
        ),
        (
            policy(gone),
            &["WARN", "reason=\"unreachable\"", "mode=Closed", "INFO"],
        ),
        (
            policy(gone).failure_mode(FailureMode::Open),
            &["WARN", "reason=\"unreachable\"", "mode=Open"],
        ),
    ];
    for (policy, expected) in cases {
        let _ = call(policy, request()).await;
        let told = log.read();
        for words in expected.iter().chain(&["partners"]) {
            assert!(told.contains(words), "{words}: {told}");
        }
        assert!(
            !told.contains("hunter2") && !told.contains("secret-path"),
            "{told}"
        );
    }
}
