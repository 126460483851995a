use agentgateway_core::json::{self, Raw};

use super::super::{
    super::{
        LossReport,
        form::{Block, Content, Opaque, Sidecar, Sidecars, StateOwner},
    },
    json::Members,
    loss::{foreign, is_own, own},
};

/// A message of the assistant.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Message<'a> {
    /// Where `more` has none.
    pub(in super::super) id: Option<&'a str>,
    /// Where `more` has none.
    pub(in super::super) status: Option<&'a str>,
    /// What was kept of the message beside its parts.
    pub(in super::super) more: Option<&'a Sidecar>,
    /// The parts: an array of JSON.
    pub(in super::super) content: &'a [u8],
}

/// Writes the members of a message.
pub(in super::super) fn write_message(message: &Message<'_>, out: &mut Members<'_>) {
    out.string("type", "message");
    let mut kept = Kept::default();
    if let Some(raw) = message
        .more
        .and_then(|more| Raw::parse(more.raw.as_bytes()).ok())
    {
        // It is an object: it was written by the decoder.
        json::entries(raw, |name, value| kept.write(name, value.get(), out)).ok();
    }
    kept.complete(message.id, message.status, out);
    out.string("role", "assistant");
    out.written("content", message.content);
}

/// Writes what was kept of a message of the user's beside its parts.
pub(in super::super) fn write_kept(more: &Sidecar, out: &mut Members<'_>) {
    let mut kept = Kept::default();
    if let Ok(raw) = Raw::parse(more.raw.as_bytes()) {
        json::entries(raw, |name, value| kept.write(name, value.get(), out)).ok();
    }
}

/// A call of a tool.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Call<'a> {
    /// The item's id, where the sidecars have none.
    pub(in super::super) id: Option<&'a str>,
    pub(in super::super) status: Option<&'a str>,
    pub(in super::super) call_id: &'a str,
    pub(in super::super) name: &'a str,
    pub(in super::super) is_custom: bool,
    pub(in super::super) arguments: &'a str,
    pub(in super::super) sidecars: &'a [Sidecar],
}

/// Writes the members of a `function_call` or a `custom_tool_call`.
pub(in super::super) fn write_call(call: &Call<'_>, out: &mut Members<'_>) {
    let kind = match call.is_custom {
        true => "custom_tool_call",
        false => "function_call",
    };
    out.string("type", kind);
    let mut kept = Kept::default();
    for sidecar in call.sidecars.iter().filter(|one| is_own(one)) {
        kept.write(&sidecar.name, &sidecar.raw, out);
    }
    kept.complete(call.id, call.status, out);
    out.string("call_id", call.call_id);
    out.string("name", call.name);
    out.string(arguments_of(call.is_custom), call.arguments);
}

/// The member of a call that says what the tool is given.
pub(in super::super) const fn arguments_of(is_custom: bool) -> &'static str {
    if is_custom { "input" } else { "arguments" }
}

/// What the model thought.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Thought<'a> {
    pub(in super::super) id: Option<&'a str>,
    pub(in super::super) text: &'a str,
    pub(in super::super) state: Option<&'a Opaque<'static>>,
    pub(in super::super) sidecars: &'a [Sidecar],
}

/// Writes the members of a `reasoning` item.
pub(in super::super) fn write_thought(thought: &Thought<'_>, out: &mut Members<'_>) {
    out.string("type", "reasoning");
    if let Some(id) = thought.id {
        out.string("id", id);
    }
    let find = |name| {
        let mut own = thought.sidecars.iter().filter(|one| is_own(one));
        own.find(|one| &*one.name == name)
    };
    match (find("summary"), find("content")) {
        (Some(summary), _) => out.raw("summary", &summary.raw),
        (None, Some(_)) => out.raw("summary", "[]"),
        (None, None) => out.array("summary", |parts| {
            if !thought.text.is_empty() {
                parts.object(|part| {
                    part.string("type", "summary_text");
                    part.string("text", thought.text);
                });
            }
        }),
    }
    for sidecar in thought.sidecars.iter().filter(|one| is_own(one)) {
        if !matches!(&*sidecar.name, "summary" | "id") {
            out.raw(&sidecar.name, &sidecar.raw);
        }
    }
    if let Some(state) = thought.state {
        out.string("encrypted_content", &state.to_slot(StateOwner::OpenAi));
    }
}

/// Writes the members of a part of a message of the assistant: a text, or a refusal.
pub(in super::super) fn part(block: &Block, losses: &mut LossReport, out: &mut Members<'_>) {
    foreign(&block.sidecars, losses);
    match &block.content {
        Content::Refusal(words) => {
            out.string("type", "refusal");
            out.string("refusal", words);
        }
        Content::Text(text) => {
            out.string("type", "output_text");
            out.string("text", text);
            out.array("annotations", |all| {
                for note in named(&block.sidecars, "annotation") {
                    all.raw(&note.raw);
                }
            });
            out.raw("logprobs", &logprobs(&block.sidecars));
        }
        _ => {}
    }
    let known = ["annotation", "logprobs", "message", "role"];
    for sidecar in block.sidecars.iter().filter(|one| is_own(one)) {
        if !known.contains(&&*sidecar.name) {
            out.raw(&sidecar.name, &sidecar.raw);
        }
    }
}

fn named<'a>(sidecars: &'a Sidecars, name: &'a str) -> impl Iterator<Item = &'a Sidecar> {
    sidecars
        .iter()
        .filter(move |one| is_own(one) && &*one.name == name)
}

/// All probabilities as one array: a stream tells them piece by piece.
pub(in super::super) fn logprobs(sidecars: &Sidecars) -> String {
    if own(sidecars, "logprobs").is_none() {
        return "[]".to_owned();
    }
    let inner: Vec<_> = named(sidecars, "logprobs")
        .filter_map(|one| one.raw.strip_prefix('[')?.strip_suffix(']'))
        .filter(|inner| !inner.trim().is_empty())
        .collect();
    format!("[{}]", inner.join(","))
}

/// Members that were kept, and whether they have an id and a status.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    id: bool,
    status: bool,
}

// === impl Kept ===

impl Kept {
    fn write(&mut self, name: &str, raw: &str, out: &mut Members<'_>) {
        match name {
            "id" => self.id = true,
            "status" => self.status = true,
            // Written by whoever calls.
            "type" | "role" | "content" | "call_id" | "name" | "arguments" | "input" => return,
            _ => {}
        }
        out.raw(name, raw);
    }

    fn complete(self, id: Option<&str>, status: Option<&str>, out: &mut Members<'_>) {
        if let Some(id) = id.filter(|_| !self.id) {
            out.string("id", id);
        }
        if let Some(status) = status.filter(|_| !self.status) {
            out.string("status", status);
        }
    }
}
