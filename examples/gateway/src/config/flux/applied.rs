//! The Flux Kustomization that applies a directory.

use super::object::{name, namespace};
use crate::config::Problem;
use crate::config::suggest::{did_you_mean, quoted};
use crate::config::yaml::{Document, Node};

/// Fields of `spec` that change manifests, and are not applied here.
const CHANGING: [&str; 5] = [
    "patches",
    "components",
    "images",
    "namePrefix",
    "nameSuffix",
];

/// The fields of `spec`.
const SPEC: [&str; 27] = [
    "buildMetadata",
    "commonMetadata",
    "components",
    "decryption",
    "deletionPolicy",
    "dependsOn",
    "force",
    "healthCheckExprs",
    "healthChecks",
    "ignore",
    "ignoreMissingComponents",
    "images",
    "interval",
    "kubeConfig",
    "namePrefix",
    "nameSuffix",
    "patches",
    "path",
    "postBuild",
    "prune",
    "retryInterval",
    "serviceAccountName",
    "sourceRef",
    "suspend",
    "targetNamespace",
    "timeout",
    "wait",
];

/// The Kustomization that applies the directory: the one that was named, the only one, or the only
/// one that changes manifests. `None` when there is none, or none can be told from others.
pub(super) fn applied<'a>(
    kustomizations: &[&'a Document],
    named: Option<&str>,
    problems: &mut Vec<Problem>,
) -> Option<&'a Document> {
    if let Some(wanted) = named {
        let found = kustomizations.iter().find(|document| {
            let root = &document.root;
            name(root) == wanted || format!("{}/{}", namespace(root), name(root)) == wanted
        });
        if found.is_none() {
            let message = format!("there is no Flux Kustomization {}", quoted(wanted));
            let known = kustomizations.iter().map(|document| name(&document.root));
            let mut problem = Problem::whole(message);
            problem.hint = did_you_mean(wanted, known);
            problems.push(problem);
        }
        return found.copied();
    }
    if let [only] = kustomizations {
        return Some(only);
    }
    let changing: Vec<_> = kustomizations
        .iter()
        .filter(|document| !change(document).is_empty())
        .collect();
    let (first, others) = changing.split_first()?;
    if others
        .iter()
        .all(|document| change(document) == change(first))
    {
        return Some(first);
    }
    let names: Vec<_> = changing
        .iter()
        .map(|document| quoted(name(&document.root)))
        .collect();
    let message = format!(
        "the Flux Kustomizations {} change manifests in different ways, and it cannot be told \
         which one applies this directory",
        names.join(", ")
    );
    problems.push(Problem::whole(message).hint("name it"));
    None
}

/// What a Kustomization changes in manifests, comparable to what another does.
fn change(document: &Document) -> Vec<serde_json::Value> {
    let spec = document.root.get("spec");
    let fields = CHANGING.iter();
    let fields = fields.chain(&["postBuild", "targetNamespace", "commonMetadata"]);
    let found = fields.filter_map(|field| Some(spec?.get(field)?.to_json()));
    let mut found: Vec<_> = found.collect();
    if !found.is_empty() {
        // The namespace is where its ConfigMaps are.
        found.push(namespace(&document.root).into());
    }
    found
}

/// What a Kustomization says that is not known, or is not done here.
pub(super) fn check(document: &Document, problems: &mut Vec<Problem>) {
    let Some(spec) = document.root.get("spec") else {
        return;
    };
    check_names(document, spec, "spec", &SPEC, problems);
    for field in CHANGING {
        let found = spec.entries().iter().find(|entry| entry.name == field);
        if let Some(entry) = found.filter(|entry| !empty(&entry.node)) {
            let message = "is not applied when a directory is read";
            let hint = "render it first with `flux build kustomization`";
            let problem = problem(document, entry.at, &format!("spec.{field}"), message);
            problems.push(problem.hint(hint));
        }
    }
    let Some(post_build) = spec.get("postBuild") else {
        return;
    };
    let known = ["substitute", "substituteFrom", "substituteStrategy"];
    check_names(document, post_build, "spec.postBuild", &known, problems);
    let references = post_build.get("substituteFrom");
    for (index, item) in references
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        let path = format!("spec.postBuild.substituteFrom[{index}]");
        check_names(
            document,
            item,
            &path,
            &["kind", "name", "optional"],
            problems,
        );
    }
}

fn empty(node: &Node) -> bool {
    node.is_null() || node.as_str() == Some("") || node.to_json() == serde_json::json!([])
}

fn check_names(
    document: &Document,
    node: &Node,
    path: &str,
    known: &[&str],
    problems: &mut Vec<Problem>,
) {
    for entry in node.entries() {
        if !known.contains(&entry.name.as_str()) {
            let path = format!("{path}.{}", entry.name);
            let mut problem = problem(document, entry.at, &path, "is not a known field");
            problem.hint = did_you_mean(&entry.name, known.iter().copied());
            problems.push(problem);
        }
    }
}

/// A problem with a field of a document.
pub(super) fn problem(
    document: &Document,
    at: crate::config::yaml::Position,
    path: &str,
    message: impl Into<String>,
) -> Problem {
    let mut problem = Problem::of_file(&document.file, message).at(at);
    problem.object = super::object::object_name(&document.root);
    problem.path = path.to_owned();
    problem
}
