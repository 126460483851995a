use std::{
    fmt::{self, Display, Write as _},
    time::SystemTime,
};

use super::Served;
use crate::observe::Request;

const HEAD: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>agentgateway</title>\
<meta name=viewport content='width=device-width'><style>\
body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1a1a1a}\
table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}th{color:#666;font-weight:600}\
th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #e5e5e5;vertical-align:top}\
td.n{text-align:right;font-variant-numeric:tabular-nums}code{font-size:12px}\
.good{color:#17663a}.bad{color:#a11}</style><h1>agentgateway</h1>";

/// The page of listeners and the last requests.
pub(super) fn page(served: &[Served], requests: &[Request]) -> String {
    let mut out = String::from(HEAD);
    // Writing to a string cannot fail.
    let _ = write_page(&mut out, served, requests);
    out
}

fn write_page(out: &mut String, served: &[Served], requests: &[Request]) -> fmt::Result {
    out.push_str("<h2>Listeners</h2><table><tr><th>Name<th>Address<th>Routes");
    for listener in served {
        write!(
            out,
            "<tr><td>{}<td>{}<td>",
            Escaped(&listener.name),
            listener.addr
        )?;
        for route in &listener.routes {
            write!(out, "<code>{}</code><br>", Escaped(route))?;
        }
    }
    write!(
        out,
        "</table><h2>Last requests</h2><p>The newest first, at most 200. <a href=/metrics>Metrics</a>\
         <table><tr><th>Age<th>Protocol<th>Call<th>Outcome<th>Status<th>Duration<th>Trace"
    )?;
    for request in requests {
        write_request(out, request)?;
    }
    if requests.is_empty() {
        out.push_str("<tr><td colspan=7>None yet.");
    }
    out.push_str("</table></html>");
    Ok(())
}

fn write_request(out: &mut String, request: &Request) -> fmt::Result {
    let age = SystemTime::now()
        .duration_since(request.at)
        .unwrap_or_default()
        .as_secs();
    let class = if request.outcome == "complete" {
        "good"
    } else {
        "bad"
    };
    write!(
        out,
        "<tr><td class=n>{age} s<td>{}<td><code>{}</code><td class={class}>{}",
        request.protocol,
        Escaped(&request.call),
        Escaped(&request.outcome)
    )?;
    match request.status {
        Some(status) => write!(out, "<td class=n>{status}")?,
        None => out.push_str("<td>"),
    }
    write!(
        out,
        "<td class=n>{:.1} ms<td><code>{}</code>",
        request.duration.as_secs_f64() * 1000.0,
        request.trace_id.as_deref().unwrap_or_default()
    )
}

/// Text in HTML.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_name_from_a_client_cannot_run() {
        let request = Request::sample("<script>alert('x')</script>", Duration::from_millis(12));
        let page = page(&[], &[request]);
        assert!(!page.contains("<script>"));
        assert!(page.contains("&lt;script&gt;"));
        assert!(page.contains("12.0 ms"));
    }
}
