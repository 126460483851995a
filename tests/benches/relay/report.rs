//! The report, in Markdown.

use std::fmt::Write as _;

use crate::{
    aims::{Aim, VOID},
    llm::Form,
    spans::Spans,
    table::{Row, Table, spread},
    target::Target,
    work::Work,
};

/// What a run says.
pub(crate) struct Report {
    pub(crate) table: Table,
    pub(crate) conditions: String,
    /// Its version, where it is installed.
    pub(crate) nginx: Option<String>,
    pub(crate) spans: Spans,
    /// A quick run proves that the program works; its figures mean nothing.
    pub(crate) quick: bool,
}

impl Report {
    /// Whether the bare proxy costs too much to be a measure, in any pass of a full run.
    pub(crate) fn is_void(&self) -> bool {
        !self.quick && self.bare_beside_nginx().iter().any(|ratio| *ratio > VOID)
    }

    fn bare_beside_nginx(&self) -> Vec<f64> {
        let row = Row::Work(Work::Json);
        let bare = self.table.values(row, Target::Bare);
        let nginx = self.table.values(row, Target::Nginx);
        let pairs = bare.into_iter().zip(nginx);
        pairs.map(|(bare, nginx)| bare / nginx).collect()
    }

    /// All of it.
    pub(crate) fn markdown(&self) -> String {
        [self.figures(), self.ratios()].join("\n")
    }

    /// What each target cost, and under which conditions.
    pub(crate) fn figures(&self) -> String {
        let mut out = self.verdict();
        self.measured(&mut out);
        out.push('\n');
        self.notes(&mut out);
        out
    }

    /// What each costs beside the bare proxy, and whether it may.
    pub(crate) fn ratios(&self) -> String {
        let mut out = self.verdict();
        self.beside_bare(&mut out);
        out
    }

    fn verdict(&self) -> String {
        let words = if self.quick {
            "**A quick run: its figures mean nothing.**\n\n"
        } else if self.is_void() {
            "**VOID: the bare proxy costs too much for JSON to be a measure.**\n\n"
        } else {
            ""
        };
        words.to_owned()
    }

    /// Writing to a string cannot fail, here and below.
    fn measured(&self, out: &mut String) {
        let _ = write!(out, "| of each target");
        for target in Target::ALL {
            let _ = write!(out, " | {}", target.title());
        }
        let _ = writeln!(out, " |\n|---|{}", "---|".repeat(Target::ALL.len()));
        for row in self.table.rows() {
            let _ = write!(out, "| {}", row.title());
            for target in Target::ALL {
                let values = self.table.values(row, target);
                let _ = write!(out, " | {}", cell(&values, row.digits()));
            }
            out.push_str(" |\n");
        }
    }

    fn beside_bare(&self, out: &mut String) {
        out.push_str("| beside the bare proxy | relay | × bare | aim | |\n|---|---|---|---|---|\n");
        for row in self.table.rows() {
            for target in Target::COMPARED {
                let values = self.table.beside_bare(row, target);
                if values.is_empty() {
                    continue;
                }
                let beside = match row {
                    Row::Work(work) if work.form() == Form::First => {
                        format!("{} µs more", joined(&values, 0))
                    }
                    // Memory counts by itself.
                    Row::Hold(..) | Row::Idle => {
                        let own = self.table.values(row, target);
                        format!("{} ({} ×)", joined(&own, row.digits()), joined(&values, 2))
                    }
                    Row::Work(_) => cell(&values, 2),
                };
                let aim = Aim::of(row, target);
                let met = aim.map_or_else(Vec::new, |aim| aim.met(&self.table, row, target));
                let met: Vec<_> = met
                    .iter()
                    .map(|met| if *met { "met" } else { "missed" })
                    .collect();
                let aim = aim.map_or_else(String::new, Aim::text);
                let _ = writeln!(
                    out,
                    "| {} | {} | {beside} | {aim} | {} |",
                    row.title(),
                    target.title(),
                    met.join(" · ")
                );
            }
        }
    }

    fn notes(&self, out: &mut String) {
        let _ = match &self.nginx {
            Some(_) if self.bare_beside_nginx().is_empty() => Ok(()),
            Some(version) => writeln!(
                out,
                "The bare proxy costs {} times nginx {version} for JSON; over {VOID} the run is void.",
                joined(&self.bare_beside_nginx(), 2)
            ),
            None => writeln!(
                out,
                "nginx is not installed: whether the bare proxy is a measure is not known."
            ),
        };
        let Spans { made, dropped } = self.spans;
        let part = 100.0 * dropped as f64 / (made as f64).max(1.0);
        let _ = writeln!(
            out,
            "Of {made} spans {dropped} ({part:.1} %) found the gateway's queue full and were counted \
             as dropped; the collector got all others."
        );
        out.push_str(
            "A value for each pass; in brackets the spread, (most - least) / least. `direct` is the mock \
             itself: what it costs, and how long its first byte takes.\n",
        );
        let _ = writeln!(out, "\nConditions: {}.", self.conditions);
    }
}

/// The values of the passes, and how far they lie apart: (most - least) / least.
fn cell(values: &[f64], digits: usize) -> String {
    match values {
        [] => "not measured".to_owned(),
        [one] => format!("{one:.digits$}"),
        _ => format!(
            "{} (±{:.0} %)",
            joined(values, digits),
            100.0 * spread(values)
        ),
    }
}

fn joined(values: &[f64], digits: usize) -> String {
    let values: Vec<_> = values
        .iter()
        .map(|value| format!("{value:.digits$}"))
        .collect();
    values.join(" · ")
}
