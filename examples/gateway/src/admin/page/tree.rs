use std::fmt::{self, Write};

use super::{escape::Escaped, shown::Shown, view::badge};
use crate::overview::{Condition, Health, Item, Overview};

/// How deep the tree may be; nothing of it is deeper.
const MAX_DEPTH: usize = 16;

/// The objects, what fails first and open; of many, those that fail.
pub(super) fn section(out: &mut String, overview: &Overview) -> fmt::Result {
    out.push_str("<section><h2>Objects</h2>\n");
    let shown = Shown::of(overview);
    list(out, &overview.items, &shown, 0)?;
    if shown.left_out > 0 {
        writeln!(
            out,
            "<p>{} more are left out: <code>agentgateway status</code> and <a href=\"/overview\">/overview</a> show all.</p>",
            shown.left_out
        )?;
    }
    out.push_str("</section>\n");
    Ok(())
}

fn list(out: &mut String, items: &[Item], shown: &Shown, depth: usize) -> fmt::Result {
    let mut items = items.iter().filter(|item| shown.has(item)).peekable();
    if items.peek().is_none() || depth > MAX_DEPTH {
        return Ok(());
    }
    out.push_str("<ul class=\"tree\">\n");
    for item in items {
        out.push_str("<li>");
        one(out, item)?;
        list(out, &item.children, shown, depth + 1)?;
        out.push_str("</li>\n");
    }
    out.push_str("</ul>\n");
    Ok(())
}

fn one(out: &mut String, item: &Item) -> fmt::Result {
    let open = if item.health == Health::Fine {
        ""
    } else {
        " open"
    };
    write!(
        out,
        "<details{open}><summary>{} <span class=\"kind\">{}</span> <strong>",
        badge(item.health),
        Escaped(&item.kind)
    )?;
    if !item.namespace.is_empty() {
        write!(
            out,
            "<span class=\"space\">{}/</span>",
            Escaped(&item.namespace)
        )?;
    }
    write!(out, "{}</strong>", Escaped(&item.name))?;
    if !item.details.is_empty() {
        write!(
            out,
            " <span class=\"detail\">{}</span>",
            Escaped(item.details.join(" \u{b7} "))
        )?;
    }
    let below = item.children.iter().map(Item::failing).sum::<usize>();
    if below > 0 {
        write!(out, " <span class=\"below\">{below} failing below</span>")?;
    }
    out.push_str("</summary>\n");
    conditions(out, &item.conditions)?;
    for note in &item.notes {
        writeln!(out, "<p>{}</p>", Escaped(note))?;
    }
    for remedy in &item.remedies {
        writeln!(
            out,
            "<figure><figcaption>This would put it right</figcaption><pre><code>{}</code></pre></figure>",
            Escaped(remedy.trim_end())
        )?;
    }
    out.push_str("</details>\n");
    Ok(())
}

fn conditions(out: &mut String, conditions: &[Condition]) -> fmt::Result {
    if conditions.is_empty() {
        return Ok(());
    }
    out.push_str(
        "<table class=\"conditions\"><thead><tr><th scope=\"col\">Condition</th><th scope=\"col\">Status</th>\
         <th scope=\"col\">Reason</th><th scope=\"col\">Message</th></tr></thead><tbody>\n",
    );
    let mut sorted: Vec<&Condition> = conditions.iter().collect();
    sorted.sort_by_key(|condition| std::cmp::Reverse(condition.health()));
    let mut told: Vec<&str> = Vec::new();
    for condition in sorted {
        // Conditions of one cause say it in the same words: once is enough.
        let mut message = condition.message.as_str();
        if told.iter().any(|told| message.contains(told)) {
            message = "for the same reason";
        } else if condition.health() != Health::Fine && !message.is_empty() {
            told.push(message);
        }
        let class = match condition.health() {
            Health::Fine => "fine",
            Health::Waiting => "waiting",
            Health::Failing => "failing",
        };
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"{class}\">{}</td><td>{}</td><td>{}</td></tr>",
            Escaped(&condition.kind),
            Escaped(&condition.status),
            Escaped(&condition.reason),
            Escaped(message)
        )?;
    }
    out.push_str("</tbody></table>\n");
    Ok(())
}
