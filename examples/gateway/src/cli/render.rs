use std::path::PathBuf;

use clap::Args;

use super::{Exit, Finding, Format, Severity, loaded::Loaded, manifests::Given, output};
use crate::config::{deployment::deployment, flux, yaml::Document};

/// The options of `render`.
#[derive(Clone, Debug, Args)]
#[non_exhaustive]
pub struct Render {
    /// A directory of manifests
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// Print what a cluster runs the Gateway with, in the place of the manifests
    #[arg(long)]
    pub deployment: bool,
    /// Print values of Secrets too
    #[arg(long)]
    pub show_secrets: bool,
    /// How to print it: text is YAML
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    /// What is said beside the directory.
    #[command(flatten)]
    pub given: Given,
}

impl Render {
    /// Prints the manifests as a cluster would see them, or the objects that run them.
    ///
    /// # Errors
    /// Standard output takes no more.
    pub fn run(&self) -> anyhow::Result<Exit> {
        let loaded = Loaded::read(&self.directory, &self.given)?;
        let (forms, others): (Vec<Finding>, Vec<Finding>) = loaded
            .findings
            .iter()
            .cloned()
            .partition(|one| one.severity == Severity::Error && one.condition.is_none());
        let lints: Vec<Finding> = others
            .into_iter()
            .filter(|one| one.condition.is_none())
            .collect();
        if !lints.is_empty() {
            output::remark(loaded.report(&lints, false));
        }
        let Some(configuration) = loaded.configuration.as_ref().filter(|_| forms.is_empty()) else {
            output::remark(loaded.report(&forms, false));
            return Ok(Exit::Faults);
        };
        if !self.deployment {
            let documents = self.shown(loaded.documents.clone());
            let json: Vec<_> = documents.iter().map(|one| one.root.to_json()).collect();
            self.print(&flux::render(&documents), &json)?;
            return Ok(Exit::Fine);
        }
        let is_secret = |document: &Document| {
            document.root.get("kind").and_then(|kind| kind.as_str()) == Some("Secret")
        };
        let (secrets, manifests): (Vec<Document>, Vec<Document>) =
            loaded.documents.iter().cloned().partition(is_secret);
        if !secrets.is_empty() && !self.show_secrets {
            output::remark(format_args!(
                "note: Secrets are left out ({}); mount them as the Secret that the volume names, or see --show-secrets",
                secrets.len()
            ));
        }
        let secrets = (self.show_secrets && !secrets.is_empty()).then(|| flux::render(&secrets));
        let objects = deployment(
            &configuration.store,
            &configuration.compiled.snapshot,
            &self.given.controller,
            &flux::render(&manifests),
            secrets.as_deref(),
        );
        if objects.is_empty() {
            output::complain(format_args!(
                "there is no Gateway of a class of {}",
                self.given.controller
            ));
            return Ok(Exit::Faults);
        }
        let texts: Result<Vec<String>, _> = objects.iter().map(serde_yaml_ng::to_string).collect();
        self.print(&texts?.join("---\n"), &objects)?;
        Ok(Exit::Fine)
    }

    fn shown(&self, documents: Vec<Document>) -> Vec<Document> {
        if self.show_secrets {
            documents
        } else {
            flux::redacted(&documents)
        }
    }

    fn print(&self, yaml: &str, json: &[serde_json::Value]) -> std::io::Result<()> {
        match self.output {
            Format::Text => output::write(yaml),
            Format::Json => output::json(&serde_json::json!({
                "apiVersion": "v1",
                "kind": "List",
                "items": json,
            })),
        }
    }
}
