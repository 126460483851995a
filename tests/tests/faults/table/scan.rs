//! Finds the lines that tell of faults, and the tests that they stand above.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// One line `Fault …`, with the test that it stands above.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fault {
    pub(super) id: String,
    pub(super) words: String,
    pub(super) part: bool,
    pub(super) guard: String,
    /// From the root of the workspace.
    pub(super) file: String,
    /// The function; the name of the file for a script.
    pub(super) test: String,
}

/// The root of the workspace.
pub(super) fn root() -> PathBuf {
    agentgateway_tests::here().join("..")
}

/// All faults of the workspace's tests and scripts.
pub(super) fn workspace() -> Vec<Fault> {
    let root = root();
    let mut found = Vec::new();
    for path in files(&root) {
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let file = path.strip_prefix(&root).unwrap().display().to_string();
        if file.ends_with(".rs") {
            found.extend(of_source(&file, &text));
        } else if file.starts_with("tests/") {
            found.extend(of_script(&file, &text));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Sources everywhere, and all that may be a script under `tests/`.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut folders = vec![root.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let foreign = name.starts_with('.') || name == "target" || name == "node_modules";
            if foreign || path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if is_read(&path, &name) {
                found.push(path);
            }
        }
    }
    found
}

fn is_read(path: &Path, name: &str) -> bool {
    let kind = path.extension().map(|kind| kind.to_string_lossy());
    match kind.as_deref() {
        Some("rs" | "py" | "sh") => true,
        None => !name.is_empty(),
        Some(_) => false,
    }
}

fn of_source(file: &str, text: &str) -> Vec<Fault> {
    let (mut found, mut waiting) = (Vec::new(), Vec::new());
    let (mut tested, mut ignored) = (false, false);
    for line in text.lines().map(str::trim) {
        if let Some(said) = line.strip_prefix("/// Fault ") {
            waiting.push(read(file, said));
        } else if waiting.is_empty() {
            continue;
        } else if line.starts_with("#[ignore") {
            ignored = true;
        } else if line.starts_with("#[") && line.contains("test") {
            tested = true;
        } else if let Some(name) = function(line) {
            assert!(tested, "{file}: {name} tells of a fault and is no test");
            assert!(!ignored, "{file}: {name} tells of a fault and is not run");
            found.extend(waiting.drain(..).map(|fault: Fault| Fault {
                test: name.to_owned(),
                ..fault
            }));
            tested = false;
        }
    }
    assert!(
        waiting.is_empty(),
        "{file}: {waiting:?} stands above nothing"
    );
    found
}

fn of_script(file: &str, text: &str) -> Vec<Fault> {
    let said = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("# Fault "));
    let name = file.rsplit('/').next().unwrap_or_default();
    said.map(|said| Fault {
        test: name.to_owned(),
        ..read(file, said)
    })
    .collect()
}

/// The name of the function that the line begins.
fn function(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let line = line.strip_prefix("async ").unwrap_or(line);
    line.strip_prefix("fn ")?.split('(').next()
}

/// `H02 (guard: hyper): words.`
fn read(file: &str, said: &str) -> Fault {
    let Some((head, words)) = said.split_once(": ").and_then(|halves| {
        // The mark in brackets has a colon too.
        let torn = halves.0.contains('(') && !halves.0.contains(')');
        if torn {
            said.split_once("): ")
        } else {
            Some(halves)
        }
    }) else {
        panic!("{file}: no words in `Fault {said}`");
    };
    let (id, mark) = head.split_once(" (").unwrap_or((head, ""));
    let mark = mark.trim_end_matches(')');
    let letter = id.starts_with(|first: char| first.is_ascii_uppercase());
    let number = id
        .get(1..)
        .is_some_and(|n| n.len() == 2 && n.parse::<u8>().is_ok());
    assert!(letter && number, "{file}: `{id}` is no row");
    let guard = mark.strip_prefix("guard: ").unwrap_or_default();
    assert!(
        mark.is_empty() || mark == "part" || !guard.is_empty(),
        "{file}: `{mark}` is neither `part` nor a guard"
    );
    assert!(
        !words.contains('|'),
        "{file}: a bar breaks the table: {words}"
    );
    Fault {
        id: id.to_owned(),
        words: words.trim().to_owned(),
        part: mark == "part",
        guard: guard.to_owned(),
        file: file.to_owned(),
        test: String::new(),
    }
}

#[test]
fn reads_marks_and_finds_the_test_below() {
    let text = "
        @ Fault H02 (guard: hyper): two lengths: 400.
        @ Fault H13 (part): a long head is 431.
        #[tokio::test(
            flavor = \"multi_thread\")]
        async fn says_so() {}

        @ Fault S01: cut anywhere.
        #[test]
        fn is_cut(a: u8) {}
    ";
    let found = of_source("x.rs", &text.replace('@', "///"));
    let short: Vec<_> = found
        .iter()
        .map(|f| {
            (
                f.id.as_str(),
                f.guard.as_str(),
                f.part,
                f.test.as_str(),
                f.words.as_str(),
            )
        })
        .collect();
    assert_eq!(
        short,
        [
            ("H02", "hyper", false, "says_so", "two lengths: 400."),
            ("H13", "", true, "says_so", "a long head is 431."),
            ("S01", "", false, "is_cut", "cut anywhere."),
        ]
    );
    let script = of_script("tests/soak", "#!/bin/sh\n# Fault H21: a thousand stop.\n");
    assert_eq!(
        (script[0].test.as_str(), script[0].id.as_str()),
        ("soak", "H21")
    );
}

#[test]
#[should_panic(expected = "is not run")]
fn what_is_not_run_proves_nothing() {
    of_source(
        "x.rs",
        "/// Fault S01: words.\n#[test]\n#[ignore = \"slow\"]\nfn never() {}\n",
    );
}

#[test]
#[should_panic(expected = "is no test")]
fn what_is_no_test_proves_nothing() {
    of_source("x.rs", "/// Fault S01: words.\nfn helper() {}\n");
}
