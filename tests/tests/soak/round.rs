//! One round: steady, restarts, kills, and then nothing.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use agentgateway_tests::{Configured, Process, get, raw::eventually, traffic::Call};
use tokio::time::{Instant, interval_at};

use super::{
    load::{Load, Phase, Tally},
    report::Round,
    sockets::half_closed,
    upstream::{Leave, Upstream},
};

/// The gateway between the load and the upstream.
pub(crate) struct Scene {
    gateway: Process,
    upstream: Upstream,
    load: Load,
    /// Descriptors before the first request.
    files: usize,
    sent: usize,
    _configured: Configured,
}

/// Descriptors that may come with the first requests and stay.
const SOME_FILES: usize = 4;

impl Scene {
    pub(crate) async fn start() -> Self {
        let upstream = Upstream::start().await;
        let configured = Configured::new(Call::manifests(upstream.raw.port()));
        let gateway = configured.start(&["--drain-delay", "0"]).await;
        let listeners = ["llm", "mcp", "a2a"].map(|name| (name, gateway.addr(name)));
        Self {
            load: Load {
                addrs: listeners.into(),
                books: upstream.books.clone(),
                next: Arc::default(),
            },
            files: gateway.files(),
            gateway,
            upstream,
            sent: 0,
            _configured: configured,
        }
    }

    pub(crate) async fn round(&mut self, long: Duration) -> Round {
        // Connections are opened, and code and buffers come to be.
        let warm = self.run(Phase::Steady, long / 10).await;
        let opened = self.upstream.raw.connections();
        let steady = self.run(Phase::Steady, long * 2 / 10).await;
        let opened = self.upstream.raw.connections() - opened;
        let restarts = self.restarts(long * 5 / 10).await;
        self.upstream.books.kill(true);
        let kills = self.run(Phase::Kills, long * 2 / 10).await;
        self.upstream.books.kill(false);
        self.upstream.books.forget();
        for tally in [&warm, &steady, &restarts, &kills] {
            self.sent += tally.sum(|counts| counts.sent);
        }
        self.settled().await;
        let books = &self.upstream.books;
        let mut steady_and_warm = warm;
        let asked = steady.sum(|counts| counts.sent);
        steady_and_warm.add(steady);
        Round {
            steady: steady_and_warm,
            opened,
            asked,
            restarts,
            kills,
            fins: books.fins.swap(0, Relaxed),
            resets: books.resets.swap(0, Relaxed),
            files: self.gateway.files(),
            memory: self.gateway.memory(),
            worked: self.gateway.worked(),
        }
    }

    async fn run(&self, phase: Phase, long: Duration) -> Tally {
        self.load.run(phase, long).await
    }

    /// By turns with a FIN and a reset.
    async fn restarts(&self, long: Duration) -> Tally {
        let second = Duration::from_secs(1);
        let mut ticks = interval_at(Instant::now() + second / 2, second);
        let restarting = async {
            for how in [Leave::Fin, Leave::Reset].into_iter().cycle() {
                ticks.tick().await;
                self.upstream.restart(how);
            }
        };
        tokio::select! {
            tally = self.run(Phase::Restarts, long) => tally,
            () = restarting => unreachable!("restarts do not end"),
        }
    }

    /// Nobody asks any more: what was closed is given back, and every exchange was told of.
    async fn settled(&self) {
        let (books, port) = (&self.upstream.books, self.upstream.raw.port());
        self.upstream.restart(Leave::Fin);
        eventually("the end of the connections", || {
            self.gateway.files() <= self.files + SOME_FILES
        })
        .await;
        assert_eq!(half_closed(port), 0, "connections half closed");
        self.upstream.raw.left().await;
        assert_eq!(books.unswept.load(Relaxed), 0, "connections held too long");
        assert_eq!(books.strange.load(Relaxed), 0, "requests that nobody sent");
        let admin = self.gateway.url("admin");
        let mut told = 0;
        for _ in 0..100 {
            let metrics = get(&format!("{admin}/metrics")).await;
            told = exchanges(&String::from_utf8_lossy(metrics.body()));
            if told >= self.sent {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(told, self.sent, "exchanges that were told of");
    }

    /// Ends the gateway; gives its status.
    pub(crate) async fn stop(self) -> Option<i32> {
        self.gateway.stop().await
    }
}

/// How many exchanges the metrics tell of.
fn exchanges(metrics: &str) -> usize {
    let rows = metrics
        .lines()
        .filter(|line| line.starts_with("agentgateway_requests_total{"));
    rows.filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok())
        .sum()
}
