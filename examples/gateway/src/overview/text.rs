use std::fmt::{self, Write};

use super::{Configuration, Health, Item};

/// How many problems of a configuration are shown.
const MAX_PROBLEMS: usize = 20;

/// The items in words: a line each, conditions that are not as they should be below it, what is worth
/// knowing, and what would put them right.
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
) -> fmt::Result {
    let indent = "  ".repeat(depth);
    head(out, item.health, &indent, &item.title(), paint)?;
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
            below(out, &format!(": {message}"), &format!("     {indent}    "))?;
            told.push(message);
        }
    }
    for note in &item.notes {
        write!(out, "     {indent}  ")?;
        below(out, &format!("note: {note}"), &format!("     {indent}    "))?;
    }
    for remedy in &item.remedies {
        for line in remedy.lines() {
            writeln!(out, "     {indent}    {line}")?;
        }
    }
    Ok(())
}

/// What runs, why what is on disk does not, and what is to come.
#[must_use]
pub fn configuration_words(
    configuration: &Configuration,
    paint: impl Fn(Health, &str) -> String,
) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = whole(&mut out, configuration, &paint);
    out
}

fn whole(
    out: &mut String,
    of: &Configuration,
    paint: &impl Fn(Health, &str) -> String,
) -> fmt::Result {
    head(out, of.health(), "", "Configuration", paint)?;
    if of.generation == 0 {
        return writeln!(out, ": none; the services in the process are served");
    }
    writeln!(out, ": generation {} since {}", of.generation, of.since)?;
    if !of.applied {
        let since = &of.refused_since;
        writeln!(
            out,
            "       on disk: refused since {since}; what ran before runs on"
        )?;
        for problem in of.problems.iter().take(MAX_PROBLEMS) {
            write!(out, "         ")?;
            below(out, problem, "           ")?;
        }
        if let Some(more @ 1..) = of.problems.len().checked_sub(MAX_PROBLEMS) {
            writeln!(out, "         and {more} more; `check` tells all")?;
        }
    }
    for grant in &of.revoked {
        writeln!(out, "       revoked, as it is not on disk: {grant}")?;
    }
    for field in &of.restart {
        writeln!(out, "       pending restart: {field}")?;
    }
    for (listener, why) in &of.unprogrammed {
        write!(out, "       not served: ")?;
        below(out, &format!("{listener}: {why}"), "         ")?;
    }
    if of.validating {
        writeln!(out, "       a change is being validated")?;
    }
    Ok(())
}

fn head(
    out: &mut String,
    health: Health,
    indent: &str,
    title: &str,
    paint: &impl Fn(Health, &str) -> String,
) -> fmt::Result {
    let word = match health {
        Health::Fine => "ok  ",
        Health::Waiting => "wait",
        Health::Failing => "FAIL",
    };
    write!(out, "{} {indent}{title}", paint(health, word))
}

/// A text whose further lines stand behind this.
fn below(out: &mut String, text: &str, indent: &str) -> fmt::Result {
    let mut lines = text.lines();
    writeln!(out, "{}", lines.next().unwrap_or_default())?;
    lines.try_for_each(|line| writeln!(out, "{indent}{line}"))
}
