//! How much is measured, and where the report goes.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail, ensure};

use crate::{cores::Cores, llm::Form, report::Report, target::Target, usage, work::Work};

/// How much is measured.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) passes: usize,
    /// Measurements of a case in a pass, of which the least counts: what else the machine does adds
    /// to a figure, and takes nothing from it.
    pub(crate) rounds: usize,
    slice: Duration,
    streams: &'static [u64],
    quick: bool,
    /// Without those that were not asked for.
    works: Vec<Work>,
    /// The same.
    targets: Vec<Target>,
    write: Vec<PathBuf>,
}

const FULL: Plan = Plan {
    passes: 3,
    rounds: 5,
    slice: Duration::from_millis(1000),
    streams: &[1000, 5000],
    quick: false,
    works: Vec::new(),
    targets: Vec::new(),
    write: Vec::new(),
};

const QUICK: Plan = Plan {
    passes: 1,
    rounds: 1,
    slice: Duration::from_millis(50),
    streams: &[20],
    quick: true,
    works: Vec::new(),
    targets: Vec::new(),
    write: Vec::new(),
};

impl Plan {
    /// `--quick`, `--passes <number>`, `--only <case>`, `--through <target>` and `--write <file>` (of which these three
    /// may be given more than once). A word that begins names of cases stands for all of these; beside a target the
    /// bare proxy is measured. Without the `--bench` of cargo it is quick.
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
                "--only" => plan.works.extend(cases(value()?)?),
                "--through" => plan
                    .targets
                    .push(Target::named(value()?).context("--through wants a target")?),
                "--write" => plan.write.push(PathBuf::from(value()?)),
                // Arguments of `cargo test` that choose among tests.
                _ if quick => {}
                other => bail!(
                    "{other} is not known: --quick, --passes <number>, --only <case>, --through <target>, --write <file>"
                ),
            }
        }
        ensure!(
            !quick || plan.write.is_empty(),
            "a quick run has no figures to write"
        );
        ensure!(
            (plan.works.is_empty() && plan.targets.is_empty()) || plan.write.is_empty(),
            "figures of some cases or targets alone are not written"
        );
        Ok(plan)
    }

    /// The cases that are measured by time.
    pub(crate) fn timed(&self) -> impl Iterator<Item = Work> {
        Work::timed().filter(|work| self.measures(*work))
    }

    fn measures(&self, work: Work) -> bool {
        self.works.is_empty() || self.works.contains(&work)
    }

    pub(crate) const fn is_quick(&self) -> bool {
        self.quick
    }

    /// How long a slice of this case takes, in milliseconds.
    pub(crate) const fn millis(&self, work: Work) -> u64 {
        let slice = self.slice.as_millis() as u64;
        match work.form() {
            // A paced stream uses so little that the clock's ticks show.
            Form::Paced => 3 * slice,
            // For memory to settle.
            Form::Held => slice / 2,
            _ => slice,
        }
    }

    /// The cases that are measured by memory.
    pub(crate) fn held_works(&self) -> impl Iterator<Item = Work> {
        Work::held().filter(|work| self.measures(*work))
    }

    /// Whether this target is measured.
    pub(crate) fn goes_through(&self, target: Target) -> bool {
        self.targets.is_empty() || target == Target::Bare || self.targets.contains(&target)
    }

    /// How many streams to hold: the numbers that the limit on open files allows. A relay has two
    /// sockets for each.
    pub(crate) fn held(&self) -> Vec<u64> {
        let limit = usage::open_files().unwrap_or(u64::MAX);
        let streams = self.streams.iter().copied();
        streams
            .filter(|_| self.held_works().next().is_some())
            .filter(|streams| 2 * streams + 200 <= limit)
            .collect()
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
        let held: Vec<_> = self.held().iter().map(u64::to_string).collect();
        let held = if held.is_empty() {
            "no".to_owned()
        } else {
            held.join(" and ")
        };
        format!(
            "{cores}; load average at the start {busy}; {passes} passes, in each the least of {rounds} \
             slices of {slice:?} (paced: of three times that), the targets by turns; {held} streams held"
        )
    }

    /// Prints the report, and puts its parts into the files, where their marks are; what is void
    /// stays out of them.
    pub(crate) fn publish(&self, report: &Report) -> Result<()> {
        print!("{}", report.markdown());
        for file in self.write.iter().filter(|_| !report.is_void()) {
            let mut text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
            for (mark, part) in [("figures", report.figures()), ("ratios", report.ratios())] {
                text = marked(&text, mark, &part).unwrap_or(text);
            }
            fs::write(file, text)?;
        }
        Ok(())
    }
}

/// The case of this name, or all whose names begin with it.
fn cases(name: &str) -> Result<Vec<Work>> {
    if let Some(work) = Work::named(name) {
        return Ok(vec![work]);
    }
    let found: Vec<_> = Work::all()
        .filter(|work| work.name().starts_with(name))
        .collect();
    ensure!(!found.is_empty(), "--only wants a case, not {name}");
    Ok(found)
}

/// The text with another part between `<!-- mark -->` and `<!-- end of mark -->`, if it has these.
fn marked(text: &str, mark: &str, part: &str) -> Option<String> {
    let (begin, end) = (
        format!("<!-- {mark} -->"),
        format!("<!-- end of {mark} -->"),
    );
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n{part}\n{end}{after}"))
}
