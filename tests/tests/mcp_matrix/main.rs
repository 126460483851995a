//! Real clients and real servers of MCP: every official SDK, held to each revision that it speaks, before one
//! endpoint with the official servers behind it, over HTTP, over the transport of 2024-11-05, and as processes.
//!
//! What clients are told is a plan ([`plan`]); each takes its steps and tells what failed. The matrix is
//! printed, and holds no fault.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail so"
)]

mod clients;
mod inspector;
mod plan;
mod rust;
mod servers;
mod table;

use crate::{clients::CLIENTS, servers::Servers, table::Table};

#[tokio::test(flavor = "multi_thread")]
async fn every_client_at_every_revision_uses_every_server() {
    let servers = Servers::start().await;
    let served = servers.served().await;
    let gateway = servers.gateway(&served).await;
    let url = format!("{}/mcp", gateway.url("mcp"));
    let mut table = Table::new(served.clone());
    for client in CLIENTS {
        for revision in client.revisions {
            let steps = servers.plan(&served, &format!("{} at {revision}", client.name));
            let cells = client.takes(&url, revision, &steps).await;
            table.row(client.name, revision, cells);
        }
    }
    println!("{table}");
    let faults = table.faults();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
