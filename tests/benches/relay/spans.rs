//! The collector of a gateway whose every request is sampled, and whether all spans came.

use std::time::Duration;

use agentgateway_tests::get;
use anyhow::{Context, Result, ensure};
use tokio::{
    process::Command,
    time::{Instant, sleep},
};

use crate::{cores::Cores, process::Server};

/// The client's hop, the call and the attempt upstream.
const SPANS_PER_EXCHANGE: u64 = 3;
/// How long the last spans may take: the gateway exports at least every five seconds.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(50);

/// Starts a collector, and has the command's process send it each span.
pub(crate) async fn collector(cores: Cores, command: &mut Command) -> Result<Server> {
    let collector = Server::start(cores.beside(&["collector"])?).await?;
    command.env(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        format!("http://127.0.0.1:{}", collector.port(0)?),
    );
    command.env("OTEL_TRACES_SAMPLER", "always_on");
    Ok(collector)
}

/// What became of the spans of one gateway.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spans {
    pub(crate) made: u64,
    pub(crate) dropped: u64,
}

impl Spans {
    /// Waits until all spans of so many exchanges have been sent or dropped.
    ///
    /// Fails when the collector got fewer than were made, less those that the gateway counts as
    /// dropped.
    pub(crate) async fn settle(collector: &mut Server, admin: u16, exchanges: u64) -> Result<Self> {
        let made = exchanges * SPANS_PER_EXCHANGE;
        let begun = Instant::now();
        let dropped = loop {
            let metrics = metrics(admin).await?;
            let exported = counted(&metrics, "otel_spans_exported_total")?;
            let dropped = counted(&metrics, "otel_spans_dropped_total")?;
            if exported + dropped >= made {
                break dropped;
            }
            ensure!(
                begun.elapsed() < PATIENCE,
                "of {made} spans the gateway sent {exported} and dropped {dropped}"
            );
            sleep(PAUSE).await;
        };
        collector.process.ask().await?;
        let said: Vec<u64> = collector.process.said("SPANS").await?;
        let received = said.first().copied().context("a number of spans")?;
        ensure!(
            received + dropped >= made,
            "of {made} spans the collector got {received}, and the gateway says it dropped {dropped}"
        );
        Ok(Self { made, dropped })
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self {
            made: self.made + other.made,
            dropped: self.dropped + other.dropped,
        }
    }
}

async fn metrics(admin: u16) -> Result<String> {
    let answer = get(&format!("http://127.0.0.1:{admin}/metrics")).await;
    Ok(String::from_utf8(answer.into_body().to_vec())?)
}

fn counted(metrics: &str, name: &str) -> Result<u64> {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name));
    let value = line.with_context(|| format!("{name} is not among the metrics"))?;
    Ok(value.trim().parse()?)
}
