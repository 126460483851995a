use std::path::PathBuf;

use clap::Args;

use crate::cli::{
    Exit, Format,
    admin::{Admin, Silence},
    loaded::Loaded,
    manifests::Given,
    output,
};
use crate::reload::manifests::telemetry;
use crate::telemetry::{Tracing, TracingReport};

/// The options of `explain tracing`.
#[derive(Clone, Debug, Args)]
#[non_exhaustive]
pub struct ExplainTracing {
    /// Judge this directory, without a gateway that runs; then nothing has been sent
    #[arg(long, value_name = "DIR", conflicts_with = "admin")]
    pub config: Option<PathBuf>,
    /// How to print it
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    /// The gateway that runs.
    #[command(flatten)]
    pub admin: Admin,
    /// What is said beside the directory.
    #[command(flatten)]
    pub given: Given,
}

impl ExplainTracing {
    /// Says which requests are traced, by whose word, and how the export goes.
    ///
    /// # Errors
    /// Standard output takes no more.
    pub async fn run(&self) -> anyhow::Result<Exit> {
        if let Some(root) = &self.config {
            return self.of_directory(root);
        }
        let path = match self.output {
            Format::Text => "/debug/tracing.txt",
            Format::Json => "/debug/tracing",
        };
        match self.admin.get(path).await {
            Ok(said) => {
                let said = String::from_utf8_lossy(&said);
                output::write(&said)?;
                let denied = said.contains("tracing denied") || said.contains("\"denied\"");
                Ok(if denied { Exit::Faults } else { Exit::Fine })
            }
            Err(silence) => {
                output::complain(&silence);
                Ok(match silence {
                    Silence::Unreached(_) => Exit::Unreached,
                    Silence::Refused(..) => Exit::Unable,
                })
            }
        }
    }

    fn of_directory(&self, root: &std::path::Path) -> anyhow::Result<Exit> {
        let loaded = Loaded::read(root, &self.given)?;
        let configuration = match loaded.configuration() {
            Ok(configuration) => configuration,
            Err(report) => {
                output::remark(report);
                return Ok(Exit::Faults);
            }
        };
        let snapshot = &configuration.compiled.snapshot;
        let tracing = Tracing::detached();
        tracing.apply(&telemetry(snapshot));
        let reports = tracing.report();
        match self.output {
            Format::Json => output::json(&reports)?,
            Format::Text => {
                let words: String = reports.iter().map(ToString::to_string).collect();
                output::write(&words)?;
            }
        }
        let denied = |report: &TracingReport| report.state == "denied";
        Ok(if reports.iter().any(denied) {
            Exit::Faults
        } else {
            Exit::Fine
        })
    }
}
