//! The report.

use std::fmt::Write as _;

use crate::{target::Target, work::Work};

/// What was measured, a value per pass.
#[derive(Default)]
pub(crate) struct Table {
    measured: Vec<(Row, Target, f64)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Row {
    Work(Work),
    Idle,
}

/// The rows in their order: what, in which unit, with how many digits, and whether a ratio tells
/// something.
const ROWS: [(Row, &str, usize, bool); 8] = [
    (
        Row::Work(Work::Json),
        "LLM, JSON: µs of CPU per request",
        1,
        true,
    ),
    (
        Row::Work(Work::Burst),
        "LLM, burst: µs of CPU per event",
        2,
        true,
    ),
    (
        Row::Work(Work::Paced),
        "LLM, paced: µs of CPU per event",
        2,
        true,
    ),
    (
        Row::Work(Work::Mcp),
        "MCP `tools/call`: µs of CPU per request",
        1,
        true,
    ),
    (
        Row::Work(Work::A2a),
        "A2A `SendMessage`: µs of CPU per request",
        1,
        true,
    ),
    (
        Row::Work(Work::First),
        "first byte of a stream, added to none between: µs, median",
        0,
        true,
    ),
    (Row::Work(Work::Hold), "open stream: KiB resident", 1, true),
    (Row::Idle, "idle: MiB resident", 1, false),
];

impl Table {
    pub(crate) fn add(&mut self, work: Work, target: Target, value: f64) {
        self.measured.push((Row::Work(work), target, value));
    }

    pub(crate) fn add_idle(&mut self, target: Target, value: f64) {
        self.measured.push((Row::Idle, target, value));
    }

    /// A value of each pass in each cell; a ratio is to the bare proxy of the same pass.
    pub(crate) fn markdown(&self, conditions: &str) -> String {
        let mut out = String::from(
            "| work | bare proxy | layers | × bare | gateway | × bare |\n|---|---|---|---|---|---|\n",
        );
        for (row, what, digits, has_ratio) in ROWS {
            let bare = self.values(row, Target::Bare);
            let mut line = format!("| {what} | {}", joined(&bare, digits));
            for target in [Target::Layers, Target::Gateway] {
                let own = self.values(row, target);
                let ratios: Vec<f64> = own
                    .iter()
                    .zip(&bare)
                    .map(|(own, bare)| own / bare)
                    .collect();
                let ratio = if has_ratio {
                    joined(&ratios, 2)
                } else {
                    String::new()
                };
                // Writing to a string cannot fail.
                let _ = write!(line, " | {} | {ratio}", joined(&own, digits));
            }
            out.push_str(&line);
            out.push_str(" |\n");
        }
        out.push('\n');
        out.push_str(conditions);
        out.push_str(".\n");
        out
    }

    fn values(&self, row: Row, target: Target) -> Vec<f64> {
        let own = self.measured.iter();
        own.filter(|(of, by, _)| (*of, *by) == (row, target))
            .map(|(_, _, value)| *value)
            .collect()
    }
}

fn joined(values: &[f64], digits: usize) -> String {
    let values: Vec<_> = values
        .iter()
        .map(|value| format!("{value:.digits$}"))
        .collect();
    values.join(" · ")
}
