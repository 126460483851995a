use std::{sync::Arc, time::Duration};

use anyhow::{Result, bail};
use tokio::{
    sync::Barrier,
    task::JoinSet,
    time::{Instant, sleep},
};

use super::Connection;
use crate::{usage, work::Work};

/// µs of CPU per request, or per event of a stream; and the exchanges.
pub(super) async fn measure(work: Work, port: u16, pid: u32, long: Duration) -> Result<(f64, u64)> {
    let connections = work.connections();
    Connection::open(work, port, 0).await?.list().await?;
    let warm = Arc::new(Barrier::new(connections + 1));
    let begun = Arc::new(Barrier::new(connections + 1));
    let mut running = JoinSet::new();
    for nth in 0..connections {
        let (warm, begun) = (Arc::clone(&warm), Arc::clone(&begun));
        running.spawn(async move {
            let mut connection = Connection::open(work, port, nth).await?;
            let before = connection.until(Instant::now() + long / 5).await?;
            warm.wait().await;
            begun.wait().await;
            // Streams with a pace would otherwise all be due at the same time.
            sleep(Duration::from_millis(nth as u64 % 10)).await;
            let done = connection.until(Instant::now() + long).await?;
            anyhow::Ok((before, done))
        });
    }
    tokio::select! {
        _ = warm.wait() => {}
        Some(failed) = running.join_next() => {
            failed??;
            bail!("a connection ended early");
        }
    }
    let used = usage::cpu(pid)?;
    begun.wait().await;
    let (mut before, mut done) = (0, 0);
    while let Some(ended) = running.join_next().await {
        let ended = ended??;
        before += ended.0;
        done += ended.1;
    }
    let used = usage::cpu(pid)?.saturating_sub(used);
    let events = work.stream().map_or(1, |stream| stream.events);
    let each = used.as_secs_f64() * 1e6 / (done as f64 * events as f64);
    Ok((each, before + done))
}

/// Sends so many requests, on as many connections as the case has; how many went out.
pub(super) async fn send(work: Work, port: u16, exchanges: u64) -> Result<u64> {
    let connections = work.connections() as u64;
    let mut running = JoinSet::new();
    for nth in 0..connections {
        let own = exchanges / connections + u64::from(nth < exchanges % connections);
        running.spawn(async move {
            let mut connection = Connection::open(work, port, nth as usize).await?;
            for _ in 0..own {
                connection.exchange().await?;
            }
            anyhow::Ok(own)
        });
    }
    let mut sent = 0;
    while let Some(ended) = running.join_next().await {
        sent += ended??;
    }
    Ok(sent)
}
