//! What is measured in which order.

use anyhow::{Context, Result};

use crate::{
    AWAKE,
    cores::Cores,
    plan::Plan,
    process::{Process, Server},
    report::Report,
    spans::{self, Spans},
    table::{Row, Table},
    target::{Target, nginx},
    usage,
    work::{PLACES, Work},
};

/// Runs everything.
pub(crate) async fn run(plan: &Plan) -> Result<Report> {
    let cores = Cores::find();
    let busy = usage::busy();
    let mock = Server::start(cores.beside(&["mock", AWAKE])?).await?;
    let mut bench = Bench {
        cores,
        upstream: mock.port(0)?,
        plan,
        nginx: nginx::find().map(|(_, version)| version),
        table: Table::default(),
        spans: Spans::default(),
    };
    for pass in 1..=plan.passes {
        plan.tell(&format!("pass {pass} of {}", plan.passes));
        bench.pass().await?;
    }
    mock.process.end().await?;
    Ok(Report {
        table: bench.table,
        conditions: plan.conditions(cores, busy),
        nginx: bench.nginx,
        spans: bench.spans,
        quick: plan.is_quick(),
    })
}

struct Bench<'a> {
    cores: Cores,
    upstream: u16,
    plan: &'a Plan,
    nginx: Option<String>,
    table: Table,
    spans: Spans,
}

/// A target that listens.
struct Running {
    target: Target,
    server: Server,
    collector: Option<Server>,
    exchanges: u64,
}

impl Bench<'_> {
    /// Each case on every target in turn, so that what else the machine does meets all alike.
    async fn pass(&mut self) -> Result<()> {
        let mut running = Vec::new();
        for target in self.targets() {
            let started = self.start(target).await?;
            let idle = usage::resident_kib(started.server.pid)? as f64 / 1024.0;
            self.table.add(Row::Idle, target, idle);
            running.push(started);
        }
        for work in self.plan.timed() {
            self.timed(work, &mut running).await?;
        }
        for target in running {
            self.end(target).await?;
        }
        for work in self.plan.held_works() {
            for streams in self.plan.held() {
                self.plan
                    .tell(&format!("{}, {streams} streams", work.name()));
                self.held(work, streams).await?;
            }
        }
        Ok(())
    }

    /// Memory that was freed is not given back at once: a process of its own for each.
    async fn held(&mut self, work: Work, streams: u64) -> Result<()> {
        for target in self.targets() {
            let mut fresh = self.start(target).await?;
            let value = self.measure(work, streams, &mut fresh).await?;
            self.table.add(Row::Hold(work, streams), target, value);
            self.end(fresh).await?;
        }
        Ok(())
    }

    /// The targets by turns, and again; of each the least counts.
    async fn timed(&mut self, work: Work, running: &mut [Running]) -> Result<()> {
        self.plan.tell(work.name());
        let mut least = vec![f64::INFINITY; running.len()];
        for _ in 0..self.plan.rounds {
            for (target, least) in running.iter_mut().zip(&mut least) {
                *least = self.measure(work, 0, target).await?.min(*least);
            }
        }
        for (target, least) in running.iter().zip(least) {
            self.table.add(Row::Work(work), target.target, least);
        }
        Ok(())
    }

    fn targets(&self) -> Vec<Target> {
        let has_nginx = self.nginx.is_some();
        let all = Target::ALL.into_iter();
        all.filter(|target| has_nginx || *target != Target::Nginx)
            .filter(|target| self.plan.goes_through(*target))
            .collect()
    }

    async fn start(&self, target: Target) -> Result<Running> {
        let role = target.role(self.upstream);
        let role: Vec<&str> = role.iter().map(String::as_str).collect();
        let mut command = self.cores.measured(&[], &role)?;
        let collector = match target {
            Target::Sampled => Some(spans::collector(self.cores, &mut command).await?),
            _ => None,
        };
        if self.plan.is_quick() {
            // Else the last spans take five seconds.
            command.env("OTEL_BSP_SCHEDULE_DELAY", "100");
        }
        let mut server = Server::start(command).await?;
        server.process.hush();
        Ok(Running {
            target,
            server,
            collector,
            exchanges: 0,
        })
    }

    async fn measure(&self, work: Work, streams: u64, target: &mut Running) -> Result<f64> {
        let port = target.server.port(work.place())?.to_string();
        let pid = target.server.pid.to_string();
        let (millis, streams) = (self.plan.millis(work).to_string(), streams.to_string());
        let args = ["load", work.name(), &port, &pid, &millis, &streams];
        let mut load = Process::start(self.cores.beside(&args)?)?;
        let values: Vec<f64> = load.said("MEASURED").await.with_context(|| {
            format!("measuring {} through {}", work.name(), target.target.name())
        })?;
        load.end().await?;
        let [value, exchanges] = values[..] else {
            anyhow::bail!("a value and a number of exchanges");
        };
        target.exchanges += exchanges as u64;
        Ok(value)
    }

    async fn end(&mut self, target: Running) -> Result<()> {
        if let Some(mut collector) = target.collector {
            let admin = target.server.port(PLACES)?;
            let spans = Spans::settle(&mut collector, admin, target.exchanges).await?;
            self.spans = self.spans.and(spans);
            collector.process.end().await?;
        }
        target.server.process.end().await
    }
}
