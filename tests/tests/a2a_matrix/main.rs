//! Real clients and real agents of A2A: every official SDK in each version and binding that it has, before a
//! gateway with agents of each version and binding behind it.
//!
//! An agent answers only what comes through the gateway, which shows a token that clients do not have: a URL of a
//! card that leads past the gateway fails. Each client takes the same steps, and tells what came of each; that is
//! held against what a client of the agent's own version and binding was told without a gateway.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod agents;
mod clients;
mod compare;
mod table;

use futures_util::future::join_all;

use crate::{
    agents::{AGENTS, Agent},
    clients::CLIENTS,
    compare::differences,
    table::{Cell, Table},
};

/// How many agents are asked at once.
const LANES: usize = 2;

#[tokio::test(flavor = "multi_thread")]
async fn every_client_in_every_binding_uses_every_agent() {
    let lanes = (0..LANES).map(column);
    let mut cells: Vec<_> = join_all(lanes).await.into_iter().flatten().collect();
    cells.sort_by_key(|cell: &Cell| cell.place);
    let table = Table::new(cells);
    println!("{table}");
    let faults = table.faults();
    assert!(
        table.count() >= 30 && faults.is_empty(),
        "{}",
        faults.join("\n")
    );
}

/// The cells of each second agent.
async fn column(lane: usize) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (at, agent) in AGENTS.iter().enumerate().skip(lane).step_by(LANES) {
        let running = Agent::start(agent).await;
        let expected = running.direct().await;
        let gateway = running.gateway().await;
        let url = gateway.url("a2a");
        for (row, client) in CLIENTS.iter().enumerate() {
            let faults = match client.asks(&url, None).await {
                Ok(outcome) => differences(client, agent, &expected, &outcome),
                Err(error) => vec![error],
            };
            cells.push(Cell::new((row, at), client.name, agent.name, faults));
        }
    }
    cells
}
