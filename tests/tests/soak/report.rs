//! What came of the rounds, as a table; and what must be true of it.

use std::{fmt, time::Duration};

use super::load::Tally;

/// Answers and resources of a round.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) steady: Tally,
    /// Requests of the steady phase behind its beginning, and connections that were opened for them.
    pub(crate) asked: usize,
    pub(crate) opened: usize,
    pub(crate) restarts: Tally,
    pub(crate) kills: Tally,
    /// Connections that were left by a FIN, and by a reset.
    pub(crate) fins: usize,
    pub(crate) resets: usize,
    /// When nobody asks any more.
    pub(crate) files: usize,
    pub(crate) memory: usize,
    pub(crate) worked: Duration,
}

/// All rounds. The first one is there to grow into.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) rounds: Vec<Round>,
}

/// How much the process may grow behind the first round, in bytes: its allocator keeps some.
const GROWTH: usize = 8 << 20;
/// Descriptors of the same that may differ between two rounds.
const FILES: usize = 4;

impl Report {
    /// Fails when a rule is broken.
    pub(crate) fn check(&self) {
        for round in &self.rounds {
            for (name, tally) in round.phases() {
                assert_eq!(tally.wrongs, 0, "{name}: {:#?}", tally.wrong);
                assert!(tally.sum(|counts| counts.whole) > 0, "{name}: no answers");
            }
            // Of a hundred requests ninety-nine find a connection that is open.
            assert!(
                round.opened * 100 <= round.asked,
                "{} connections for {} requests",
                round.opened,
                round.asked
            );
            // A reset takes what was sent at the same moment with it. That is rare.
            let unseen = round.restarts.unseen;
            assert!(
                unseen <= 2 + round.resets / 20,
                "{unseen} requests were lost over {} resets",
                round.resets
            );
            let failed = round.restarts.sum(|counts| counts.sent - counts.whole);
            let sent = round.restarts.sum(|counts| counts.sent);
            assert!(failed * 50 <= sent, "{failed} of {sent} requests failed");
        }
        let (Some(first), Some(last)) = (self.rounds.first(), self.rounds.last()) else {
            return;
        };
        assert!(last.files <= first.files + FILES, "descriptors grow");
        assert!(last.memory <= first.memory + GROWTH, "memory grows");
    }
}

impl Round {
    const fn phases(&self) -> [(&'static str, &Tally); 3] {
        [
            ("steady", &self.steady),
            ("restarts", &self.restarts),
            ("kills", &self.kills),
        ]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| round | phase | sent | whole | error | error in the stream | cut | left | not seen upstream | wrong |\n|---|---|---|---|---|---|---|---|---|---|"
        )?;
        for (nth, round) in self.rounds.iter().enumerate() {
            for (name, tally) in round.phases() {
                writeln!(
                    f,
                    "| {} | {name} | {} | {} | {} | {} | {} | {} | {} | {} |",
                    nth + 1,
                    tally.sum(|counts| counts.sent),
                    tally.sum(|counts| counts.whole),
                    tally.sum(|counts| counts.told),
                    tally.sum(|counts| counts.told_in_stream),
                    tally.sum(|counts| counts.cut),
                    tally.sum(|counts| counts.left),
                    tally.unseen,
                    tally.wrongs,
                )?;
            }
        }
        writeln!(
            f,
            "\n| round | reuse, steady | closed | reset | descriptors | memory, KiB | CPU, s |\n|---|---|---|---|---|---|---|"
        )?;
        for (nth, round) in self.rounds.iter().enumerate() {
            writeln!(
                f,
                "| {} | {:.3} % | {} | {} | {} | {} | {:.1} |",
                nth + 1,
                100.0 - 100.0 * round.opened as f64 / round.asked.max(1) as f64,
                round.fins,
                round.resets,
                round.files,
                round.memory / 1024,
                round.worked.as_secs_f64(),
            )?;
        }
        Ok(())
    }
}
