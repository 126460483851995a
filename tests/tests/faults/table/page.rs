//! The table as Markdown.

use std::fmt::Write as _;

use super::{not_yet::NOT_YET, scan::Fault};

const AREAS: [(char, &str); 8] = [
    ('H', "HTTP on the wire"),
    ('S', "Codecs and streaming parsers"),
    ('L', "LLM"),
    ('M', "MCP"),
    ('A', "A2A"),
    ('C', "Configuration"),
    ('O', "Lifecycle and operation"),
    ('E', "Embedding"),
];

/// All tables; faults that say the same in several tests are one line.
pub(super) fn page(faults: &[Fault]) -> String {
    let mut out = String::new();
    for (letter, title) in AREAS {
        let own: Vec<_> = faults
            .iter()
            .filter(|fault| fault.id.starts_with(letter))
            .collect();
        if own.is_empty() {
            continue;
        }
        write!(
            out,
            "\n### {title}\n\n| id | what is expected | guard | tests |\n|---|---|---|---|\n"
        )
        .unwrap();
        let same = |a: &&Fault, b: &&Fault| key(a) == key(b);
        for rows in own.chunk_by(same) {
            let first = rows[0];
            let part = if first.part { "In part: " } else { "" };
            let tests = tests(rows);
            let (id, words, guard) = (&first.id, &first.words, &first.guard);
            writeln!(out, "| {id} | {part}{words} | {guard} | {tests} |").unwrap();
        }
    }
    out.push_str("\n### No test yet\n\n| id | why |\n|---|---|\n");
    for (id, why) in NOT_YET {
        writeln!(out, "| {id} | {why} |").unwrap();
    }
    out
}

fn key(fault: &Fault) -> (&str, &str, bool, &str) {
    (&fault.id, &fault.words, fault.part, &fault.guard)
}

/// `file`: `test`, `test`; and the next file.
fn tests(rows: &[&Fault]) -> String {
    let files = rows.chunk_by(|a, b| a.file == b.file).map(|rows| {
        let names: Vec<_> = rows
            .iter()
            .map(|fault| format!("`{}`", fault.test))
            .collect();
        format!("{}: {}", rows[0].file, names.join(", "))
    });
    files.collect::<Vec<_>>().join("; ")
}
