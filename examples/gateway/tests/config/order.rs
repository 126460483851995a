//! The order of documents and files changes nothing.

use agentgateway::config::{Directory, File, Report, Snapshot, Source, load};
use proptest::prelude::*;

/// All documents of the example manifests, and some that have problems.
fn documents(faulty: bool) -> Vec<String> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/manifests");
    let files = Directory::new(directory).read().unwrap();
    let mut documents: Vec<String> = files
        .iter()
        .flat_map(|file| {
            file.text()
                .split("\n---\n")
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    if faulty {
        documents.push(documents[2].replace("9999", "99999"));
        documents.push(crate::route("{}"));
        documents.push("kind: HTTPRout\napiVersion: v1".to_owned());
    }
    documents
}

/// The documents in this order, the first `cut` of them in one file and the rest in another.
fn compiled(documents: &[String], cut: usize) -> Result<Snapshot, Report> {
    let (a, b) = documents.split_at(cut.min(documents.len()));
    let files = [
        File::new("a.yaml", crate::joined(a)),
        File::new("b.yaml", crate::joined(b)),
    ];
    load(files.as_slice())
}

/// What is wrong, without where it stood.
fn complaints(report: &Report) -> Vec<(String, String, String, Option<String>)> {
    let told = report.problems.iter().map(|problem| {
        let problem = problem.clone();
        (problem.object, problem.path, problem.message, problem.hint)
    });
    let mut told: Vec<_> = told
        .filter(|told| !told.2.contains("a second time"))
        .collect();
    told.sort();
    told
}

proptest! {
    #[test]
    fn any_order_gives_the_same_snapshot(
        shuffled in Just(documents(false)).prop_shuffle(),
        cut in 0_usize..12,
    ) {
        let expected = compiled(&documents(false), 3).unwrap();
        prop_assert_eq!(compiled(&shuffled, cut).unwrap(), expected);
    }

    #[test]
    fn any_order_gives_the_same_complaints(
        shuffled in Just(documents(true)).prop_shuffle(),
        cut in 0_usize..12,
    ) {
        let expected = compiled(&documents(true), 3).unwrap_err();
        let report = compiled(&shuffled, cut).unwrap_err();
        prop_assert_eq!(complaints(&report), complaints(&expected));
    }

    /// Fault C01: unknown fields, wrong types, dangling references, port clashes, no YAML at all, keys given twice, large files: all problems in one run, each with file, object, field and the nearest name.
    #[test]
    fn no_text_panics_and_none_is_silent(text in any::<String>(), at in 0_usize..2_000) {
        let files = Directory::new(concat!(env!("CARGO_MANIFEST_DIR"), "/manifests")).read().unwrap();
        let whole: String = files.iter().map(File::text).collect::<Vec<_>>().join("---\n");
        let at = (0..=at.min(whole.len())).rev().find(|at| whole.is_char_boundary(*at)).unwrap_or(0);
        let (head, tail) = whole.split_at(at);
        let mixed = format!("{head}{text}{tail}");
        if let Err(report) = crate::load_text(&mixed) {
            prop_assert!(!report.is_empty());
        }
    }
}
