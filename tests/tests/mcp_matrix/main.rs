//! Real clients and real servers of MCP: every official SDK, held to each revision that it speaks, before one
//! endpoint with the official servers behind it, over HTTP, over the transport of 2024-11-05, and as processes.
//!
//! What clients are told is a plan of steps; each takes them and tells what failed. The matrix is printed, and
//! holds no fault.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod clients;
mod inspector;
mod plan;
mod rust;
mod servers;
mod table;

use futures_util::future::join_all;

use crate::{
    clients::CLIENTS,
    servers::Servers,
    table::{Row, Table},
};

/// How many gateways there are, each with servers of its own. Each session starts all processes anew, which
/// takes most of the time; several at once before one gateway would write the same files.
const LANES: usize = 2;

#[tokio::test(flavor = "multi_thread")]
async fn every_client_at_every_revision_uses_every_server() {
    let served = Servers::start().await.served().await;
    let lanes = (0..LANES).map(|lane| rows(lane, &served));
    let mut rows: Vec<_> = join_all(lanes).await.into_iter().flatten().collect();
    rows.sort_by_key(|(at, _)| *at);
    let rows = rows.into_iter().map(|(_, row)| row).collect();
    let table = Table::new(served, rows);
    println!("{table}");
    let faults = table.faults();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The rows of a lane, and their places.
async fn rows(lane: usize, served: &[&'static str]) -> Vec<(usize, Row)> {
    let servers = Servers::start().await;
    let gateway = servers.gateway(served).await;
    let url = format!("{}/mcp", gateway.url("mcp"));
    let all = CLIENTS.iter().flat_map(|client| {
        let revisions = client.revisions.iter();
        revisions.map(move |revision| (client, *revision))
    });
    let mut rows = Vec::new();
    for (at, (client, revision)) in all.enumerate().skip(lane).step_by(LANES) {
        let steps = servers.plan(served, &format!("{} at {revision}", client.name));
        let cells = client.takes(&url, revision, &steps).await;
        rows.push((at, Row::new(client.name, revision, cells)));
    }
    rows
}
