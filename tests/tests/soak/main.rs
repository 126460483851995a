//! The built command under load, before an upstream that leaves: each answer is judged, and what the
//! process holds is counted. `tests/soak [SECONDS]` runs it for long; see `tests/README.md`.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod load;
mod report;
mod round;
mod sockets;
mod upstream;

use std::{env, time::Duration};

use self::{report::Report, round::Scene};

/// How long it takes when nobody says, and what a round takes at least and at most.
const USUAL: u64 = 20;
const ROUND: (u64, u64) = (10, 120);

/// Fault H35: under load an upstream that restarts each second costs no request that may be repeated, and others only where their bytes were on a connection that was closing.
/// Fault H34: under load no answer that was killed on its way is a success, and each failure has its protocol's form.
/// Fault O20 (part): rounds of load, restarts and killed answers leave no descriptor, no connection half closed and no memory behind, and every exchange is told of once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_its_promises_under_load_before_an_upstream_that_leaves() {
    let seconds = env::var("SOAK_SECONDS").map_or(USUAL, |said| said.parse().unwrap());
    let rounds = (seconds / ROUND.1).max(seconds / ROUND.0 / 2).clamp(2, 30);
    let long = Duration::from_secs((seconds / rounds).max(ROUND.0));
    let mut scene = Scene::start().await;
    let mut report = Report::default();
    for _ in 0..rounds {
        report.rounds.push(scene.round(long).await);
    }
    println!("{report}");
    report.check();
    assert_eq!(scene.stop().await, Some(0));
}
