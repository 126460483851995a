//! One kustomization.

use super::path::split;
use crate::config::flux::object::{FLUX_GROUP, group, kind};
use crate::config::suggest::{did_you_mean, quoted};
use crate::config::yaml::{Document, Entry, Node, Position, Value, parse};
use crate::config::{File, Problem};

/// What a kustomization may say that changes no manifest here.
const HARMLESS: [&str; 6] = [
    "apiVersion",
    "kind",
    "metadata",
    "sortOptions",
    "buildMetadata",
    "generatorOptions",
];

/// What it may say that would change manifests, and is not done here.
const REFUSED: [&str; 26] = [
    "bases",
    "commonAnnotations",
    "commonLabels",
    "components",
    "configMapGenerator",
    "configurations",
    "crds",
    "generators",
    "helmChartInflationGenerator",
    "helmCharts",
    "helmGlobals",
    "imageTags",
    "images",
    "labels",
    "namePrefix",
    "nameSuffix",
    "openapi",
    "patches",
    "patchesJson6902",
    "patchesStrategicMerge",
    "replacements",
    "replicas",
    "secretGenerator",
    "transformers",
    "validators",
    "vars",
];

/// A kustomization, as far as it is followed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kustomization {
    pub(super) file: String,
    pub(super) folder: String,
    pub(super) resources: Vec<(String, Position)>,
    pub(super) namespace: Option<String>,
}

/// Reads a kustomization; `None` when it cannot be followed at all.
pub(super) fn read(file: &File, problems: &mut Vec<Problem>) -> Option<Kustomization> {
    let (documents, faults) = parse(file);
    let broken = !faults.is_empty();
    problems.extend(faults);
    let document = match documents.as_slice() {
        [document] => document,
        _ if broken => return None,
        documents => {
            let message = format!("holds {} documents; one is expected", documents.len());
            problems.push(Problem::of_file(file.name(), message));
            return None;
        }
    };
    if !is_own_kind(document, problems) {
        return None;
    }
    let (folder, _) = split(file.name());
    let mut read = Kustomization {
        file: file.name().to_owned(),
        folder: folder.to_owned(),
        resources: Vec::new(),
        namespace: None,
    };
    for entry in document.root.entries() {
        read.take(entry, problems);
    }
    Some(read)
}

/// Whether the document is a kustomization of kustomize.
fn is_own_kind(document: &Document, problems: &mut Vec<Problem>) -> bool {
    let root = &document.root;
    let problem = Problem::of_file(&document.file, "").at(root.at);
    let told = |message: &str| Problem {
        message: message.to_owned(),
        ..problem
    };
    let problem = if !matches!(root.value, Value::Object(_)) {
        told("a kustomization must be an object")
    } else if group(root) == FLUX_GROUP {
        told("is a Kustomization of Flux, where kustomize expects one of its own")
            .hint("give the file another name, and list it in no resources")
    } else if !matches!(kind(root), "" | "Kustomization") {
        let message = format!("kind {} is not supported here", quoted(kind(root)));
        told(&message).hint("render it first with `kustomize build`")
    } else if !matches!(group(root), "" | "kustomize.config.k8s.io") {
        told("apiVersion must be \"kustomize.config.k8s.io/v1beta1\"")
    } else {
        return true;
    };
    problems.push(problem);
    false
}

impl Kustomization {
    fn take(&mut self, entry: &Entry, problems: &mut Vec<Problem>) {
        match entry.name.as_str() {
            "resources" => self.take_resources(&entry.node, problems),
            "namespace" => match entry.node.as_str() {
                Some(namespace) if !namespace.is_empty() => {
                    self.namespace = Some(namespace.to_owned());
                }
                _ if is_empty(&entry.node) => {}
                _ => {
                    let message = format!("expected a string, found {}", entry.node.type_name());
                    problems.push(self.problem("namespace", message, entry.node.at));
                }
            },
            name if HARMLESS.contains(&name) || is_empty(&entry.node) => {}
            "bases" => problems.push(
                self.problem("bases", "was replaced by resources", entry.at)
                    .hint("move its entries to resources"),
            ),
            name if REFUSED.contains(&name) => problems.push(
                self.problem(name, "is not applied when a directory is read", entry.at)
                    .hint("render it first: `kustomize build DIR > rendered/all.yaml`"),
            ),
            name => {
                let known = ["resources", "namespace"].iter().chain(&HARMLESS);
                let hint = did_you_mean(name, known.chain(&REFUSED).copied());
                let mut problem = self.problem(name, "is not a field of a kustomization", entry.at);
                problem.hint = hint;
                problems.push(problem);
            }
        }
    }

    fn take_resources(&mut self, list: &Node, problems: &mut Vec<Problem>) {
        if !matches!(list.value, Value::List(_)) && !list.is_null() {
            let message = format!("expected a list, found {}", list.type_name());
            problems.push(self.problem("resources", message, list.at));
        }
        for (index, item) in list.items().iter().enumerate() {
            match item.as_str() {
                Some(entry) if !entry.is_empty() => {
                    self.resources.push((entry.to_owned(), item.at));
                }
                _ => {
                    let message = format!("expected a path, found {}", item.type_name());
                    let path = format!("resources[{index}]");
                    problems.push(self.problem(&path, message, item.at));
                }
            }
        }
    }

    /// A problem with a field.
    pub(super) fn problem(&self, path: &str, message: impl Into<String>, at: Position) -> Problem {
        let mut problem = Problem::of_file(&self.file, message).at(at);
        problem.path = path.to_owned();
        problem
    }
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
