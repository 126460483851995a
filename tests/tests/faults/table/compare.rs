//! The page as it is against the page as it should be.

use std::fs;

use super::{
    not_yet::NOT_YET,
    page::page,
    scan::{root, workspace},
};

/// What stands above it is written by hand.
const MARK: &str = "<!-- Below: written by UPDATE_FAULTS=1 cargo test -p agentgateway-tests --test faults table -->\n";

#[test]
fn the_table_is_what_the_tests_say() {
    let path = root().join("docs/faults.md");
    let there = fs::read_to_string(&path).unwrap();
    let (head, _) = there
        .split_once(MARK)
        .expect("the mark of the written part");
    let page = format!("{head}{MARK}{}", page(&workspace()));
    if page == there {
        return;
    }
    assert!(
        std::env::var_os("UPDATE_FAULTS").is_some(),
        "docs/faults.md is not what the tests say: run \
         UPDATE_FAULTS=1 cargo test -p agentgateway-tests --test faults table"
    );
    fs::write(path, page).unwrap();
}

#[test]
fn every_row_has_a_test_or_a_reason() {
    let faults = workspace();
    let rows = (1..=60).map(|n| format!("H{n:02}"));
    let rows = rows.chain((1..=20).map(|n| format!("S{n:02}")));
    let rows = rows.chain((1..=14).map(|n| format!("C{n:02}")));
    let rows = rows.chain((1..=22).map(|n| format!("O{n:02}")));
    let rows = rows.chain((1..=37).map(|n| format!("L{n:02}")));
    let bare: Vec<_> = rows
        .filter(|row| !faults.iter().any(|fault| fault.id == *row))
        .filter(|row| !NOT_YET.iter().any(|(id, _)| id == row))
        .collect();
    assert!(bare.is_empty(), "no test and no reason: {bare:?}");
}
