//! Thirty-two connections that ask as fast as they are answered, and judge every answer.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use agentgateway_tests::{
    raw::RawClient,
    traffic::{Call, Verdict},
};
use tokio::{task::JoinSet, time::Instant};

use super::upstream::Books;

/// Connections, and which listener each asks: half of them `llm`, where two protocols are.
const CONNECTIONS: usize = 32;
const CALLS: [&[Call]; 4] = [
    &[Call::Get, Call::Chat, Call::ChatStream],
    &[Call::Tool, Call::ToolStream],
    &[Call::Get, Call::ChatStream, Call::Get, Call::Chat],
    &[Call::Message, Call::MessageStream],
];

/// What the upstream does meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Answers.
    Steady,
    /// Leaves connections, and never one in an answer.
    Restarts,
    /// Leaves in one answer of five.
    Kills,
}

/// Answers by call, and what is wrong.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) by_call: BTreeMap<Call, Counts>,
    /// Failures of which no byte was seen upstream: the connection was reset as they were sent.
    pub(crate) unseen: usize,
    pub(crate) wrong: Vec<String>,
    pub(crate) wrongs: usize,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sent: usize,
    pub(crate) whole: usize,
    pub(crate) told: usize,
    pub(crate) told_in_stream: usize,
    pub(crate) cut: usize,
    /// The client has left within the answer.
    pub(crate) left: usize,
}

/// Says at most so many of what is wrong; all are counted.
const SAID: usize = 10;

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        for (call, counts) in other.by_call {
            let own = self.by_call.entry(call).or_default();
            own.sent += counts.sent;
            own.whole += counts.whole;
            own.told += counts.told;
            own.told_in_stream += counts.told_in_stream;
            own.cut += counts.cut;
            own.left += counts.left;
        }
        self.unseen += other.unseen;
        self.wrongs += other.wrongs;
        self.wrong.extend(other.wrong);
        self.wrong.truncate(SAID);
    }

    pub(crate) fn sum(&self, count: impl Fn(&Counts) -> usize) -> usize {
        self.by_call.values().map(count).sum()
    }

    fn wrong(&mut self, what: String) {
        self.wrongs += 1;
        if self.wrong.len() < SAID {
            self.wrong.push(what);
        }
    }
}

/// The load. Numbers are given to calls once, over all phases.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    /// By listener: `llm`, `mcp`, `a2a`.
    pub(crate) addrs: BTreeMap<&'static str, SocketAddr>,
    pub(crate) books: Arc<Books>,
    pub(crate) next: Arc<AtomicU64>,
}

impl Load {
    /// Asks for so long, and to the end of each answer that has begun.
    pub(crate) async fn run(&self, phase: Phase, long: Duration) -> Tally {
        let until = Instant::now() + long;
        let mut running = JoinSet::new();
        for nth in 0..CONNECTIONS {
            let calls = CALLS[nth % CALLS.len()];
            running.spawn(self.clone().ask(calls, phase, until));
        }
        let mut tally = Tally::default();
        while let Some(own) = running.join_next().await {
            tally.add(own.unwrap());
        }
        tally
    }

    async fn ask(self, calls: &[Call], phase: Phase, until: Instant) -> Tally {
        let mut tally = Tally::default();
        let addr = self.addrs[calls[0].listener()];
        let mut client = RawClient::connect(addr).await;
        for call in calls.iter().cycle().copied() {
            if Instant::now() >= until {
                break;
            }
            let number = self.next.fetch_add(1, Relaxed);
            tally.by_call.entry(call).or_default().sent += 1;
            client.send(call.request(number)).await;
            if phase == Phase::Kills && call == Call::ChatStream && number % 16 == 3 {
                // Behind the head: before it, a client that leaves has had nothing.
                client.head().await;
                client = RawClient::connect(addr).await;
                tally.by_call.entry(call).or_default().left += 1;
                continue;
            }
            let answer = client.answer().await;
            let closes = answer.as_ref().is_none_or(|answer| {
                !answer.whole || answer.values("connection").contains(&"close")
            });
            let verdict = call.judge(number, answer.as_ref());
            self.judged(&mut tally, phase, (call, number), verdict)
                .await;
            if closes {
                client = RawClient::connect(addr).await;
            }
        }
        tally
    }

    /// Whether the rules allow it.
    async fn judged(&self, tally: &mut Tally, phase: Phase, of: (Call, u64), verdict: Verdict) {
        let counts = tally.by_call.entry(of.0).or_default();
        match verdict {
            Verdict::Whole => counts.whole += 1,
            Verdict::Told => counts.told += 1,
            Verdict::ToldInStream => counts.told_in_stream += 1,
            Verdict::Cut | Verdict::Silent => counts.cut += 1,
            _ => {}
        }
        let killed = phase == Phase::Kills && self.books.was_killed(of);
        match (phase, verdict) {
            (_, Verdict::Whole) if killed => {
                tally.wrong(format!("{of:?}: success of an answer that was killed"));
            }
            (_, Verdict::Whole) => {}
            (_, Verdict::Wrong(what)) => tally.wrong(format!("{of:?}: {what}")),
            (Phase::Restarts, Verdict::Told) if !of.0.is_idempotent() => {
                if !self.was_late(of).await {
                    tally.unseen += 1;
                }
            }
            // A head that was not yet on its way when the content failed is not sent at all.
            (
                Phase::Kills,
                Verdict::Told | Verdict::ToldInStream | Verdict::Cut | Verdict::Silent,
            ) => {
                if !killed && !self.books.was_late(of) {
                    tally.wrong(format!("{of:?}: failed without a cause"));
                }
            }
            (_, other) => tally.wrong(format!("{of:?} in {phase:?}: {other:?}")),
        }
    }

    /// The upstream reads what came late in its own time.
    async fn was_late(&self, of: (Call, u64)) -> bool {
        for _ in 0..20 {
            if self.books.was_late(of) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        false
    }
}
