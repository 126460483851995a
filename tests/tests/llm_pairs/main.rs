//! Real clients of models and every provider: each official SDK, in each dialect that it has, asks providers of
//! five dialects through the gateway.
//!
//! What a client makes of an answer is held against what the provider's own SDK makes of it without a gateway,
//! and what the provider was asked for against what its own SDK asks for. The only differences are those of
//! `docs/reference/llm-losses.md`: more of them fail, and so do fewer.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod clients;
mod compare;
mod faults;
mod others;
mod pair;
mod providers;
mod schema;
mod table;

use crate::{
    clients::CLIENTS,
    pair::Pair,
    providers::{PROVIDERS, Scene},
    table::{Cell, Losses, Table},
};

/// What the documentation says of losses.
const DOCUMENT: &str = include_str!("../../../docs/reference/llm-losses.md");

#[tokio::test(flavor = "multi_thread")]
async fn every_client_understands_every_provider() {
    let scene = Scene::set().await;
    let told = clients::play(&scene.targets()).await;
    let asked = scene.asked().await;
    let expected = Losses::of_document(DOCUMENT);
    let (mut table, mut seen) = (Table::default(), Losses::default());
    for client in CLIENTS {
        for provider in &PROVIDERS {
            let pair = Pair::new(client, provider.name, &told, &asked);
            let judged = pair.judge(&expected, &mut seen);
            let mut faults = judged.faults;
            faults.extend(faults::of(client, provider.name, &told));
            table.0.push(Cell {
                client,
                provider: provider.name,
                scenes: judged.scenes,
                faults,
            });
        }
    }
    println!("{table}");
    let faults = table.faults();
    assert!(
        faults.is_empty() && seen == expected,
        "{}\n\nwhat was lost:\n{seen}",
        faults.join("\n")
    );
}
