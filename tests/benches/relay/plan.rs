//! How much is measured, and where the report goes.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};

use crate::{cores::Cores, report::Report, usage, work::Work};

/// What stands around the figures in a file that `--write` names.
const MARKS: [&str; 2] = ["<!-- figures -->\n", "<!-- end of figures -->\n"];

/// How much is measured.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) passes: usize,
    /// Measurements of a case in a pass, of which the least counts: what else the machine does adds
    /// to a figure, and takes nothing from it.
    pub(crate) rounds: usize,
    slice: Duration,
    streams: [u64; 2],
    quick: bool,
    write: Option<PathBuf>,
}

const FULL: Plan = Plan {
    passes: 3,
    rounds: 5,
    slice: Duration::from_millis(1000),
    streams: [1000, 5000],
    quick: false,
    write: None,
};

const QUICK: Plan = Plan {
    passes: 1,
    rounds: 1,
    slice: Duration::from_millis(50),
    streams: [10, 50],
    quick: true,
    write: None,
};

impl Plan {
    /// `--quick`, `--passes <number>`, `--write <file>`; without the `--bench` of cargo it is quick.
    pub(crate) fn asked(words: &[&str]) -> Result<Self> {
        let quick = words.contains(&"--quick") || !words.contains(&"--bench");
        let mut plan = if quick { QUICK } else { FULL };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .with_context(|| format!("{word} wants a value"))
            };
            match *word {
                "--quick" | "--bench" => {}
                "--passes" => plan.passes = value()?.parse().context("--passes wants a number")?,
                "--write" => plan.write = Some(PathBuf::from(value()?)),
                // Arguments of `cargo test` that choose among tests.
                _ if quick => {}
                other => bail!("{other} is not known: --quick, --passes <number>, --write <file>"),
            }
        }
        Ok(plan)
    }

    pub(crate) const fn is_quick(&self) -> bool {
        self.quick
    }

    /// How long a slice of this case takes, in milliseconds.
    pub(crate) const fn millis(&self, work: Work) -> u64 {
        let slice = self.slice.as_millis() as u64;
        match work {
            // A paced stream uses so little that the clock's ticks show.
            Work::Paced => 3 * slice,
            _ => slice,
        }
    }

    /// How many streams to hold: the numbers that the limit on open files allows. A relay has two
    /// sockets for each.
    pub(crate) fn held(&self) -> impl Iterator<Item = u64> + use<> {
        let limit = usage::open_files().unwrap_or(u64::MAX);
        let streams = self.streams.into_iter();
        streams.filter(move |streams| 2 * streams + 200 <= limit)
    }

    /// Says on standard error how far it is.
    pub(crate) fn tell(&self, what: &str) {
        if !self.quick {
            eprintln!("{what}");
        }
    }

    pub(crate) fn conditions(&self, cores: Cores, busy: Option<f64>) -> String {
        let Self {
            passes,
            rounds,
            slice,
            ..
        } = self;
        let cores = if cores.are_pinned() {
            "the target alone on one core with one worker, mock, load and collector on another"
        } else {
            "processes not pinned to cores"
        };
        let busy = busy.map_or_else(|| "unknown".to_owned(), |busy| format!("{busy:.2}"));
        let held: Vec<_> = self.held().map(|streams| streams.to_string()).collect();
        format!(
            "{cores}; load average at the start {busy}; {passes} passes, in each the least of {rounds} \
             slices of {slice:?} (paced: of three times that), the targets by turns; {} streams held",
            held.join(" and ")
        )
    }

    /// Prints the report, and puts it into the file between its marks.
    pub(crate) fn publish(&self, report: &Report) -> Result<()> {
        let report = report.markdown();
        print!("{report}");
        let Some(file) = &self.write else {
            return Ok(());
        };
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let [begin, end] = MARKS;
        let parts = text
            .split_once(begin)
            .and_then(|(before, rest)| Some((before, rest.split_once(end)?.1)));
        let (before, after) =
            parts.with_context(|| format!("{} has no place for figures", file.display()))?;
        let text = format!("{before}{begin}\n{report}\n{end}{after}");
        Ok(fs::write(file, text)?)
    }
}
