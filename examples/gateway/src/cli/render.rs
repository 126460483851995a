use std::path::PathBuf;

use clap::Args;

use super::{
    Exit, Finding, Format, Severity,
    loaded::{Configuration, Loaded},
    manifests::{Given, Served},
    output,
};
use crate::config::{
    deployment::{Asked, deployment},
    flux,
    redact::{Hidden, holds_secrets, redacted},
    yaml::{Document, Node, Value},
};

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
    /// Print values of Secrets, credentials and header edits too
    #[arg(long)]
    pub show_secrets: bool,
    /// How to print it: text is YAML
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    /// What is said beside the directory.
    #[command(flatten)]
    pub given: Given,
    /// Which Gateways are served.
    #[command(flatten)]
    pub served: Served,
}

impl Render {
    /// Prints the manifests as a cluster would see them, or the objects that run them.
    ///
    /// # Errors
    /// Standard output takes no more.
    pub fn run(&self) -> anyhow::Result<Exit> {
        let loaded = Loaded::read(&self.directory, &self.given.serving(&self.served))?;
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
        if self.deployment {
            return self.deployment(&loaded, configuration);
        }
        let documents = if self.show_secrets {
            loaded.documents.clone()
        } else {
            redacted(&loaded.documents, &loaded.hidden)
        };
        let json: Vec<_> = documents.iter().map(|one| one.root.to_json()).collect();
        self.print(&flux::render(&documents), &json)?;
        Ok(Exit::Fine)
    }

    /// The objects that run the Gateways. What holds secrets stands in a Secret, or is left out.
    fn deployment(&self, loaded: &Loaded, configuration: &Configuration) -> anyhow::Result<Exit> {
        let (secret, mut manifests): (Vec<Document>, Vec<Document>) = loaded
            .documents
            .iter()
            .cloned()
            .partition(|document| holds_secrets(document, &loaded.hidden));
        if !self.show_secrets {
            for document in &secret {
                match without_values(document, &loaded.hidden) {
                    Some(rest) => {
                        output::remark(format_args!(
                            "warning: {}: values of its variables are left out: give them as env.NAME in the Secret that the volume names, or see --show-secrets",
                            name(document)
                        ));
                        manifests.push(rest);
                    }
                    None => output::remark(format_args!(
                        "warning: {} is left out, because it holds credentials or values of headers: mount it with the Secret that the volume names, or see --show-secrets",
                        name(document)
                    )),
                }
            }
        }
        let secrets = self.show_secrets.then(|| flux::render(&secret));
        let asked = Asked {
            config: &flux::render(&manifests),
            secrets: secrets.as_deref(),
            arguments: &self.given.arguments(),
        };
        let options = self.given.serving(&self.served).compile_options();
        let deployed = deployment(&configuration.store, &options, asked);
        let objects = deployed.objects;
        if objects.is_empty() {
            output::complain(format_args!(
                "there is no Gateway of a class of {}",
                self.given.controller
            ));
            return Ok(Exit::Faults);
        }
        for remark in deployed.remarks {
            output::remark(format_args!("note: {}", loaded.hidden.scrub(&remark)));
        }
        let texts: Result<Vec<String>, _> = objects.iter().map(serde_yaml_ng::to_string).collect();
        self.print(&texts?.join("---\n"), &objects)?;
        Ok(Exit::Fine)
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

/// `Kind namespace/name`.
fn name(document: &Document) -> String {
    let text = |path: &[&str]| {
        document
            .root
            .path(path)
            .and_then(Node::as_str)
            .unwrap_or_default()
    };
    let (kind, name) = (text(&["kind"]), text(&["metadata", "name"]));
    match text(&["metadata", "namespace"]) {
        "" => format!("{kind} {name}"),
        namespace => format!("{kind} {namespace}/{name}"),
    }
}

/// Parameters without the variables whose values they hold: a Gateway that refers to them is served all
/// the same. `None` for everything else.
fn without_values(document: &Document, hidden: &Hidden) -> Option<Document> {
    let mut rest = document.clone();
    let spec = member(&mut rest.root, "spec")?;
    if document.root.get("kind").and_then(Node::as_str) != Some("AgentgatewayParameters") {
        return None;
    }
    if let Some(Value::List(items)) = member(spec, "env").map(|env| &mut env.value) {
        items.retain(|item| item.get("value").is_none());
    }
    (!holds_secrets(&rest, hidden)).then_some(rest)
}

fn member<'a>(node: &'a mut Node, name: &str) -> Option<&'a mut Node> {
    let Value::Object(entries) = &mut node.value else {
        return None;
    };
    let mut entries = entries.iter_mut();
    let found = entries.find(|entry| entry.name == name)?;
    Some(&mut found.node)
}
