use std::{
    fmt::{self, Write},
    time::SystemTime,
};

use super::escape::Escaped;
use crate::{admin::Served, observe::Request};

/// How many routes are shown, of all listeners together.
const MAX_ROUTES: usize = 500;

/// The listeners that are bound, with their routes.
pub(super) fn listeners(out: &mut String, served: &[Served]) -> fmt::Result {
    out.push_str(
        "<section><h2>Listeners</h2>\n<table><thead><tr><th scope=\"col\">Name</th>\
         <th scope=\"col\">Address</th><th scope=\"col\">Routes</th></tr></thead><tbody>\n",
    );
    let mut left = MAX_ROUTES;
    for listener in served {
        write!(
            out,
            "<tr><th scope=\"row\">{}</th><td><code>{}</code></td><td>",
            Escaped(&listener.name),
            listener.addr
        )?;
        let shown = listener.routes.iter().take(left);
        left -= shown.len();
        let more = listener.routes.len() - shown.len();
        for route in shown {
            write!(out, "<code>{}</code><br>", Escaped(route))?;
        }
        if more > 0 {
            write!(out, "and {more} more")?;
        }
        out.push_str("</td></tr>\n");
    }
    if served.is_empty() {
        out.push_str("<tr><td colspan=\"3\">None is bound.</td></tr>\n");
    }
    out.push_str("</tbody></table></section>\n");
    Ok(())
}

/// The last requests.
pub(super) fn requests(out: &mut String, requests: &[Request]) -> fmt::Result {
    out.push_str(
        "<section><h2>Last requests</h2>\n<p>The newest first, at most 200.</p>\n<table class=\"requests\"><thead><tr>\
         <th scope=\"col\" class=\"n\">Age</th><th scope=\"col\">Protocol</th><th scope=\"col\">Call</th>\
         <th scope=\"col\">Outcome</th><th scope=\"col\" class=\"n\">Status</th>\
         <th scope=\"col\" class=\"n\">Duration</th><th scope=\"col\">Trace</th></tr></thead><tbody>\n",
    );
    let now = SystemTime::now();
    for request in requests {
        one(out, request, now)?;
    }
    if requests.is_empty() {
        out.push_str("<tr><td colspan=\"7\">None yet.</td></tr>\n");
    }
    out.push_str("</tbody></table></section>\n");
    Ok(())
}

fn one(out: &mut String, request: &Request, now: SystemTime) -> fmt::Result {
    let age = now.duration_since(request.at).unwrap_or_default().as_secs();
    let class = if request.outcome == "complete" {
        "fine"
    } else {
        "failing"
    };
    let status = request.status.map(|status| status.to_string());
    writeln!(
        out,
        "<tr><td class=\"n\">{age} s</td><td>{}</td><td><code>{}</code></td><td class=\"{class}\">{}</td>\
         <td class=\"n\">{}</td><td class=\"n\">{:.1} ms</td><td><code>{}</code></td></tr>",
        request.protocol,
        Escaped(&request.call),
        Escaped(&request.outcome),
        status.unwrap_or_default(),
        request.duration.as_secs_f64() * 1000.0,
        Escaped(request.trace_id.as_deref().unwrap_or_default())
    )
}
