//! The Flux Kustomization that applies a directory.

use super::object::{name, namespace};
use crate::config::Problem;
use crate::config::object::decode;
use crate::config::suggest::{did_you_mean, quoted};
use crate::config::yaml::{Document, Node};
use crate::expression::parses;

/// Fields of `spec` that change manifests, and are not applied here.
const CHANGING: [&str; 5] = [
    "patches",
    "components",
    "images",
    "namePrefix",
    "nameSuffix",
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

/// What is wrong with a Kustomization by its own schema, and what of it is not done here.
pub(super) fn check(document: &Document, problems: &mut Vec<Problem>) {
    problems.extend(decode(std::slice::from_ref(document)).1);
    let spec = document.root.get("spec");
    for field in CHANGING {
        let mut entries = spec.map(Node::entries).unwrap_or_default().iter();
        let found = entries.find(|entry| entry.name == field);
        if let Some(entry) = found.filter(|entry| !empty(&entry.node)) {
            let message = "is not applied when a directory is read";
            let hint = "render it first with `flux build kustomization`";
            let problem = problem(document, entry.at, &format!("spec.{field}"), message);
            problems.push(problem.hint(hint));
        }
    }
    expressions(document, problems);
}

/// The expressions must be CEL, for Flux applies nothing otherwise.
fn expressions(document: &Document, problems: &mut Vec<Problem>) {
    for (list, fields) in [
        ("healthCheckExprs", &["current", "failed", "inProgress"][..]),
        ("dependsOn", &["readyExpr"]),
    ] {
        let items = document.root.path(&["spec", list]).map(Node::items);
        for (index, item) in items.unwrap_or_default().iter().enumerate() {
            for field in fields {
                let Some(node) = item.get(field) else {
                    continue;
                };
                let Some(Err(error)) = node.as_str().map(parses) else {
                    continue;
                };
                let path = format!("spec.{list}[{index}].{field}");
                let message = format!("is no expression in CEL: {error}");
                problems.push(problem(document, node.at, &path, message));
            }
        }
    }
}

fn empty(node: &Node) -> bool {
    node.is_null() || node.as_str() == Some("") || node.to_json() == serde_json::json!([])
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
