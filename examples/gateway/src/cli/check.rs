use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{
    Exit, Finding, Format, Severity,
    loaded::Loaded,
    manifests::{Given, Served},
    output,
};

/// The options of `check`.
#[derive(Clone, Debug, Args)]
#[non_exhaustive]
pub struct Check {
    /// A directory of manifests
    #[arg(value_name = "DIR", required_unless_present = "config")]
    pub directory: Option<PathBuf>,
    /// The same
    #[arg(long, value_name = "DIR", conflicts_with = "directory")]
    pub config: Option<PathBuf>,
    /// Fail on warnings too
    #[arg(long)]
    pub strict: bool,
    /// How to print what is found
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    /// What is said beside the directory.
    #[command(flatten)]
    pub given: Given,
    /// Which Gateways are served.
    #[command(flatten)]
    pub served: Served,
}

/// What `check -o json` prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Checked<'a> {
    /// Whether it exits with 0.
    ok: bool,
    directory: String,
    /// Whether the form is right: otherwise nothing of it is served.
    valid: bool,
    counts: Counts,
    /// What of it is served.
    served: Amount,
    findings: &'a [Finding],
}

#[derive(Debug, Default, Serialize)]
struct Counts {
    gateways: usize,
    listeners: usize,
    routes: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
}

#[derive(Debug, Default, Serialize)]
struct Amount {
    gateways: usize,
    listeners: usize,
    routes: usize,
}

impl Check {
    /// Says all that is wrong with a directory.
    ///
    /// # Errors
    /// Standard output takes no more.
    pub fn run(&self) -> anyhow::Result<Exit> {
        let root = self.directory.as_ref().or(self.config.as_ref());
        let root = root.cloned().unwrap_or_default();
        let loaded = Loaded::read(&root, &self.given.serving(&self.served))?;
        let (counts, served) = (counts(&loaded), served(&loaded));
        let ok = counts.errors == 0 && !(self.strict && counts.warnings > 0);
        match self.output {
            Format::Json => {
                let checked = Checked {
                    ok,
                    directory: root.display().to_string(),
                    valid: loaded.configuration.is_some(),
                    counts,
                    served,
                    findings: &loaded.findings,
                };
                output::json(&checked)?;
            }
            Format::Text => {
                let mut said = loaded.report(&loaded.findings, output::colours());
                let _ = writeln!(
                    said,
                    "{}",
                    summary(&counts, &served, ok, loaded.configuration.is_some())
                );
                output::write(&said)?;
            }
        }
        Ok(if ok { Exit::Fine } else { Exit::Faults })
    }
}

fn counts(loaded: &Loaded) -> Counts {
    let mut counts = Counts {
        errors: loaded.count(Severity::Error),
        warnings: loaded.count(Severity::Warning),
        notes: loaded.count(Severity::Note),
        ..Counts::default()
    };
    if let Some(configuration) = &loaded.configuration {
        let facts = configuration.facts();
        counts.gateways = facts.gateways.len();
        counts.listeners = facts.gateways.values().map(|one| one.listeners.len()).sum();
        counts.routes = facts.routes.len();
    }
    counts
}

/// Listeners that are served, the Gateways that they are of, and the routes that are attached to them.
fn served(loaded: &Loaded) -> Amount {
    let mut served = Amount::default();
    let Some(configuration) = &loaded.configuration else {
        return served;
    };
    let mut routes = BTreeSet::new();
    for gateway in configuration.facts().gateways.values() {
        let before = served.listeners;
        for listener in gateway.listeners.iter().filter(|it| it.served) {
            served.listeners += 1;
            routes.extend(&listener.routes);
        }
        served.gateways += usize::from(served.listeners > before);
    }
    served.routes = routes.len();
    served
}

fn summary(counts: &Counts, served: &Amount, ok: bool, valid: bool) -> String {
    let several = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    let mut found = Vec::new();
    for (count, word) in [
        (counts.errors, "error"),
        (counts.warnings, "warning"),
        (counts.notes, "note"),
    ] {
        if count > 0 {
            found.push(several(count, word));
        }
    }
    let nothing = served.listeners == 0;
    let served = format!(
        "{}, {}, {}",
        several(served.gateways, "gateway"),
        several(served.listeners, "listener"),
        several(served.routes, "route")
    );
    match (ok, found.is_empty()) {
        (true, true) => format!("ok: {served}"),
        (true, false) => format!("ok: {served}; {}", found.join(", ")),
        (false, _) if valid && nothing => {
            format!("faults: {}; nothing is served", found.join(", "))
        }
        (false, _) if valid => {
            format!("faults: {}; the rest is served: {served}", found.join(", "))
        }
        (false, _) => format!("refused: {}; nothing is served", found.join(", ")),
    }
}
