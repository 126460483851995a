use std::time::Duration;

use anyhow::{Context, Result};
use http_body_util::BodyExt;
use tokio::time::Instant;

use super::Connection;
use crate::work::Work;

/// µs from the request to the first bytes of a stream, the median; and the exchanges.
pub(super) async fn measure(work: Work, port: u16, long: Duration) -> Result<(f64, u64)> {
    let mut connection = Connection::open(work, port, 0).await?;
    let before = connection.until(Instant::now() + long / 5).await?;
    let (begun, mut seen) = (Instant::now(), Vec::new());
    while begun.elapsed() < long {
        let sent = Instant::now();
        let mut body = connection.send().await?;
        let first = body.frame().await.context("a first frame")??;
        seen.push(sent.elapsed());
        let first = first.into_data().unwrap_or_default();
        connection.rest(body, first).await?;
    }
    seen.sort_unstable();
    let median = seen.get(seen.len() / 2).context("an answer")?;
    Ok((median.as_secs_f64() * 1e6, before + seen.len() as u64))
}
