use std::fmt::{self, Write};

use super::{Facts, Tracing, escape::Escaped, view::badge};
use crate::overview::Health;

/// Facts with their names.
pub(super) fn section(out: &mut String, title: &str, facts: &Facts) -> fmt::Result {
    if facts.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section><h2>{title}</h2>")?;
    list(out, facts)?;
    out.push_str("</section>\n");
    Ok(())
}

/// Where spans go.
pub(super) fn tracing(out: &mut String, tracing: &[Tracing]) -> fmt::Result {
    if tracing.is_empty() {
        return Ok(());
    }
    out.push_str("<section><h2>Traces</h2>\n");
    for one in tracing {
        writeln!(
            out,
            "<h3>{} {}</h3>",
            badge(one.health),
            Escaped(&one.title)
        )?;
        list(out, &one.facts)?;
    }
    out.push_str("</section>\n");
    Ok(())
}

fn list(out: &mut String, facts: &Facts) -> fmt::Result {
    out.push_str("<dl>");
    for (name, value, health) in facts {
        let class = match health {
            Health::Fine => "",
            Health::Waiting => " class=\"waiting\"",
            Health::Failing => " class=\"failing\"",
        };
        writeln!(
            out,
            "<div><dt>{}</dt><dd{class}>{}</dd></div>",
            Escaped(name),
            Escaped(value)
        )?;
    }
    out.push_str("</dl>");
    Ok(())
}
