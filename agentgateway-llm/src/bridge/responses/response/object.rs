use super::{
    super::{
        super::{LossReport, form::Sidecar},
        json::Members,
        loss::is_own,
    },
    stop::Ending,
    usage,
};
use crate::LlmUsage;

/// What a response object says.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Answer<'a> {
    pub(in super::super) id: &'a str,
    pub(in super::super) model: &'a str,
    pub(in super::super) created: u64,
    /// How it ended; `None` while it goes on.
    pub(in super::super) ending: Option<Ending>,
    /// The items: an array of JSON.
    pub(in super::super) output: &'a [u8],
    pub(in super::super) usage: LlmUsage,
    pub(in super::super) sidecars: &'a [Sidecar],
}

/// The members that the schema demands and that repeat the request, which is not known here.
const DEFAULTS: [(&str, &str); 7] = [
    ("instructions", "null"),
    ("metadata", "{}"),
    ("parallel_tool_calls", "true"),
    ("temperature", "null"),
    ("tool_choice", "\"auto\""),
    ("tools", "[]"),
    ("top_p", "null"),
];

/// Writes the members of a response object.
pub(in super::super) fn write(answer: &Answer<'_>, losses: &mut LossReport, out: &mut Members<'_>) {
    let own = || answer.sidecars.iter().filter(|one| is_own(one));
    out.string("id", answer.id);
    out.string("object", "response");
    out.number("created_at", answer.created);
    let unknown = own().find(|one| &*one.name == "incomplete_details");
    match unknown {
        Some(_) => out.string("status", "incomplete"),
        None => out.string(
            "status",
            answer.ending.map_or("in_progress", Ending::status),
        ),
    }
    match answer.ending {
        Some(Ending::Failed) => out.object("error", |error| {
            error.string("code", "server_error");
            error.string("message", "What the model wrote cannot be used.");
        }),
        _ => out.null("error"),
    }
    match (unknown, answer.ending) {
        (Some(_), _) => {}
        (None, Some(Ending::Incomplete(reason))) => out.object("incomplete_details", |details| {
            details.string("reason", reason);
        }),
        (None, _) => out.null("incomplete_details"),
    }
    out.string("model", answer.model);
    out.written("output", answer.output);
    for (name, json) in DEFAULTS {
        if own().all(|one| &*one.name != name) {
            out.written(name, json.as_bytes());
        }
    }
    for sidecar in own() {
        out.raw(&sidecar.name, &sidecar.raw);
    }
    usage::write(&answer.usage, losses, out);
}
