//! What is measured in which order.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::{
    process::{Cores, Process, resident_kib},
    table::Table,
    target::Target,
    work::Work,
};

/// How much is measured.
struct Plan {
    passes: usize,
    /// Measurements of a case in a pass, of which the least counts: what else the machine does adds
    /// to a figure, and takes nothing from it.
    rounds: usize,
    slice: Duration,
    streams: usize,
}

const FULL: Plan = Plan {
    passes: 2,
    rounds: 5,
    slice: Duration::from_millis(1000),
    streams: 1000,
};

const QUICK: Plan = Plan {
    passes: 1,
    rounds: 1,
    slice: Duration::from_millis(50),
    streams: 20,
};

/// Runs everything; the report is Markdown.
pub(crate) async fn run(quick: bool) -> Result<String> {
    let plan = if quick { QUICK } else { FULL };
    let cores = Cores::find();
    let mut mock = cores.mock()?;
    let upstream = one(&mock.ports().await?, 0)?;
    let bench = Bench {
        cores,
        upstream,
        mock: mock.pid()?,
        plan,
    };
    let mut table = Table::default();
    for _ in 0..bench.plan.passes {
        bench.pass(&mut table).await?;
    }
    Ok(table.markdown(&bench.conditions()))
}

struct Bench {
    cores: Cores,
    upstream: u16,
    mock: u32,
    plan: Plan,
}

/// A target that listens.
struct Running {
    target: Target,
    process: Process,
    ports: Vec<u16>,
}

impl Bench {
    /// Each case on every target in turn, so that what else the machine does meets all alike.
    async fn pass(&self, table: &mut Table) -> Result<()> {
        let mut running = Vec::new();
        for target in Target::ALL {
            let started = self.start(target).await?;
            table.add_idle(
                target,
                resident_kib(started.process.pid()?)? as f64 / 1024.0,
            );
            running.push(started);
        }
        for work in Work::ALL {
            if work == Work::Hold {
                continue;
            }
            let mut measured = vec![Vec::new(); running.len()];
            for _ in 0..self.plan.rounds {
                let direct = match work {
                    Work::First => self.measure(work, self.upstream, self.mock).await?,
                    _ => 0.0,
                };
                for (target, measured) in running.iter().zip(&mut measured) {
                    let value = self.measure(work, target.port(work)?, target.process.pid()?);
                    measured.push(value.await? - direct);
                }
            }
            for (target, measured) in running.iter().zip(measured) {
                table.add(work, target.target, least(&measured)?);
            }
        }
        drop(running);
        for target in Target::ALL {
            // Memory that was freed is not given back at once: a process of its own for each.
            let fresh = self.start(target).await?;
            let value = self.measure(Work::Hold, fresh.port(Work::Hold)?, fresh.process.pid()?);
            table.add(Work::Hold, target, value.await?);
        }
        Ok(())
    }

    async fn start(&self, target: Target) -> Result<Running> {
        let mut process = self.cores.target(target, self.upstream)?;
        let ports = process.ports().await?;
        Ok(Running {
            target,
            process,
            ports,
        })
    }

    async fn measure(&self, work: Work, port: u16, pid: u32) -> Result<f64> {
        let amount = match work {
            Work::Hold => self.plan.streams.to_string(),
            // A paced stream uses so little that the clock's ticks show.
            Work::Paced => (3 * self.plan.slice).as_millis().to_string(),
            _ => self.plan.slice.as_millis().to_string(),
        };
        let (port, pid) = (port.to_string(), pid.to_string());
        let mut load = self.cores.load(&[work.name(), &port, &pid, &amount])?;
        let values = load.said("MEASURED").await;
        one(
            &values.with_context(|| format!("measuring {}", work.name()))?,
            0,
        )
    }

    fn conditions(&self) -> String {
        let Plan {
            passes,
            rounds,
            slice,
            streams,
        } = &self.plan;
        let cores = if self.cores.are_pinned() {
            "the target alone on one core with one worker, mock and load on another"
        } else {
            "processes not pinned to cores"
        };
        format!(
            "{cores}; {passes} passes, each the least of {rounds} slices of {slice:?}, the targets by \
             turns; {streams} streams held"
        )
    }
}

impl Running {
    fn port(&self, work: Work) -> Result<u16> {
        let place = match work {
            Work::Mcp => 1,
            Work::A2a => 2,
            _ => 0,
        };
        one(&self.ports, place)
    }
}

fn one<T: Copy>(values: &[T], place: usize) -> Result<T> {
    values.get(place).copied().context("a value is missing")
}

fn least(values: &[f64]) -> Result<f64> {
    let least = values.iter().copied().min_by(f64::total_cmp);
    least.context("a value is missing")
}
