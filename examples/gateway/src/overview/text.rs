use std::fmt::Write;

use super::{Health, Item};

/// The items in words: a line each, conditions that are not as they should be below it, and what
/// would put them right.
#[must_use]
pub fn words(items: &[Item], paint: impl Fn(Health, &str) -> String) -> String {
    let mut out = String::new();
    let mut waiting: Vec<(usize, &Item)> = items.iter().rev().map(|item| (0, item)).collect();
    while let Some((depth, item)) = waiting.pop() {
        // Writing to a string cannot fail.
        let _ = one(&mut out, depth, item, &paint);
        waiting.extend(item.children.iter().rev().map(|child| (depth + 1, child)));
    }
    out
}

fn one(
    out: &mut String,
    depth: usize,
    item: &Item,
    paint: &impl Fn(Health, &str) -> String,
) -> std::fmt::Result {
    let indent = "  ".repeat(depth);
    let word = match item.health {
        Health::Fine => "ok  ",
        Health::Waiting => "wait",
        Health::Failing => "FAIL",
    };
    write!(out, "{} {indent}{}", paint(item.health, word), item.title())?;
    if !item.details.is_empty() {
        write!(out, ": {}", item.details.join(", "))?;
    }
    out.push('\n');
    let mut told: Vec<&str> = Vec::new();
    for condition in &item.conditions {
        if condition.health() == Health::Fine {
            continue;
        }
        write!(
            out,
            "     {indent}  {}={} {}",
            condition.kind, condition.status, condition.reason
        )?;
        // Conditions of one cause say it in the same words.
        let message = condition.message.as_str();
        if message.is_empty() || told.iter().any(|told| message.contains(told)) {
            out.push('\n');
        } else {
            writeln!(out, ": {message}")?;
            told.push(message);
        }
    }
    for remedy in &item.remedies {
        for line in remedy.lines() {
            writeln!(out, "     {indent}    {line}")?;
        }
    }
    Ok(())
}
