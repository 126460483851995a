use std::time::Duration;

use anyhow::{Context, Result};
use http_body_util::BodyExt;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::Connection;
use crate::{usage, work::Work};

/// Streams that are opened at the same time.
const OPENING: u64 = 50;

/// KiB that the target holds per open stream; and the exchanges. Memory settles for a while before
/// it is read.
pub(super) async fn measure(
    work: Work,
    port: u16,
    pid: u32,
    streams: u64,
    settle: Duration,
) -> Result<(f64, u64)> {
    let mut warm = Connection::open(work.whole(), port, 0).await?;
    let warmed = warm.until(Instant::now() + settle).await?;
    let before = usage::resident_kib(pid)?;
    let mut open = Vec::new();
    while (open.len() as u64) < streams {
        let mut opening = JoinSet::new();
        for _ in 0..OPENING.min(streams - open.len() as u64) {
            opening.spawn(async move {
                let mut connection = Connection::open(work, port, 0).await?;
                let mut body = connection.send().await?;
                body.frame().await.context("a first frame")??;
                anyhow::Ok((connection, body))
            });
        }
        while let Some(opened) = opening.join_next().await {
            open.push(opened??);
        }
    }
    sleep(settle).await;
    let after = usage::resident_kib(pid)?;
    let each = after.saturating_sub(before) as f64 / streams as f64;
    Ok((each, warmed + streams))
}
