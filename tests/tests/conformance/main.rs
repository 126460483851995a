//! The conformance tests of Gateway API, driven through the gateway's own sockets.
//!
//! The expectations, and the manifests that they are about, are read from the shared data; the
//! tests say that they are skipped where there is none. Each test gets sockets of its own, at ports
//! of the system's choice, for every Gateway of its manifests; its Services lead to echo servers in
//! this process.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod certificates;
mod check;
mod client;
mod cluster;
mod conditions;
mod echo;
mod exchanges;
mod expectation;
mod run;
mod serving;
mod table;
mod tls;
mod websocket;
mod world;

use futures_util::{StreamExt, stream};

use self::{run::House, table::Table};

/// How many tests run at a time.
const ABREAST: usize = 4;

/// Runs the tests of a group and holds them against the table.
async fn group(name: &'static str, of: impl Fn(&str) -> bool) {
    let Some(house) = House::open().await else {
        return;
    };
    let only = std::env::var("CONFORMANCE_TEST").unwrap_or_default();
    let tests = house.suite.tests.iter();
    let tests = tests.filter(|test| of(&test.name) && test.name.contains(&only));
    let running = stream::iter(tests).map(|test| {
        let house = &house;
        async move { (test.name.clone(), house.run(test).await) }
    });
    let rows: Vec<_> = running.buffered(ABREAST).collect().await;
    let table = Table::new(name, rows);
    println!("{}", table.text());
    let faults = table.faults();
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
    if only.is_empty() {
        assert_eq!(table.on_page(), Ok(()));
    }
}

fn is_grant(name: &str) -> bool {
    name.contains("ReferenceGrant")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateways() {
    group("Gateway", |name| {
        name.starts_with("Gateway") && !is_grant(name)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grpc_routes() {
    group("GRPCRoute", |name| name.starts_with("GRPC")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_routes() {
    group("HTTPRoute", |name| {
        name.starts_with("HTTPRoute") && !is_grant(name)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reference_grants() {
    group("ReferenceGrant", is_grant).await;
}
