//! Whole directories, from files to documents; and the fixtures that tests of this room share.

mod objects;
mod substitution;

use std::path::{Path, PathBuf};

use super::{Assembled, Lint, Severity, SourceOptions, assemble_documents, render};
use crate::config::redact::redacted;
use crate::config::yaml::{Document, parse};
use crate::config::{Directory, File, LoadOptions, Report, Role, Source, load};

/// A file or folder of the shared fixtures; `None`, said aloud, where they are absent.
pub(super) fn fixture(name: &str) -> Option<PathBuf> {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = folders
        .map(|folder| folder.join("shared/data/gateway-api").join(name))
        .find(|path| path.exists());
    if found.is_none() {
        eprintln!("skipped: ../shared/data/gateway-api/{name} is absent");
    }
    found
}

fn file(name: &str, text: &str) -> File {
    File::new(name, text)
}

/// What every Flux Kustomization says.
const REQUIRED: &str =
    "  interval: 1m\n  prune: true\n  sourceRef: {kind: GitRepository, name: g}\n";

fn flux(spec: &str) -> File {
    let head = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: \
                apps, namespace: flux-system}\nspec:\n";
    file("flux/apps.yaml", &format!("{head}{REQUIRED}{spec}"))
}

fn map(namespace: &str, name: &str, data: &str) -> File {
    let text = format!(
        "kind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\ndata: {data}\n"
    );
    file(&format!("flux/{namespace}-{name}.yaml"), &text)
}

fn run_with(
    files: &[File],
    options: &SourceOptions,
) -> (Vec<serde_json::Value>, Vec<Lint>, Vec<String>) {
    let Assembled {
        documents,
        lints,
        problems,
        ..
    } = assemble_documents(files, options);
    let trees = documents.iter().map(|document| document.root.to_json());
    let problems = problems.iter().map(ToString::to_string);
    (trees.collect(), lints, problems.collect())
}

fn run(files: &[File]) -> (Vec<serde_json::Value>, Vec<Lint>, Vec<String>) {
    run_with(files, &SourceOptions::new())
}

#[test]
fn the_fixture_renders_to_what_flux_applies() {
    let (Some(raw), Some(rendered)) = (fixture("manifests"), fixture("manifests-rendered")) else {
        return;
    };
    let files = Directory::new(raw).read().unwrap();
    let Assembled {
        documents,
        lints,
        problems,
        hidden,
        ..
    } = assemble_documents(&files, &SourceOptions::new());
    assert_eq!(problems, []);
    let expected = Directory::new(rendered).read().unwrap();
    let expected = assemble_documents(&expected, &SourceOptions::new()).documents;
    let trees = |documents: &[Document]| -> Vec<_> {
        documents
            .iter()
            .map(|document| document.root.to_json())
            .collect()
    };
    assert_eq!(trees(&documents), trees(&expected));
    // What is rendered reads as the same, and is written the same.
    let text = render(&documents);
    let (again, problems) = parse(&File::new("all.yaml", text.clone()));
    assert_eq!(problems, []);
    assert_eq!(trees(&again), trees(&expected));
    assert_eq!(render(&again), text);
    assert!(render(&redacted(&documents, &hidden)).contains("Authorization: <redacted>"));
    // Its dependencies are defined elsewhere; its health check has expressions.
    let severities: Vec<_> = lints.iter().map(|lint| lint.severity).collect();
    assert_eq!(severities, [Severity::Note, Severity::Note], "{lints:?}");
}

#[test]
fn manifests_without_any_of_it_stay_as_they_are() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests");
    let files = Directory::new(own).read().unwrap();
    let Assembled {
        documents,
        lints,
        problems,
        ..
    } = assemble_documents(&files, &SourceOptions::new());
    assert_eq!((lints, problems), (vec![], vec![]));
    let parsed: Vec<_> = files.iter().flat_map(|file| parse(file).0).collect();
    assert!(!documents.is_empty());
    assert_eq!(documents, parsed);
}
