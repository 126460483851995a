//! OpenAI Responses.

use std::borrow::Cow;

use agentgateway_core::{
    json::{self, JsonError, Raw, members, members_of},
    sse::SseEvent,
};

use super::{
    facts::{Facts, told},
    names::Names,
};

const RESPONSE: [&str; 6] = [
    "id",
    "model",
    "status",
    "incomplete_details",
    "usage",
    "error",
];

/// An event of a stream.
pub(super) fn event(event: &SseEvent<'_>, names: &Names, facts: &mut Facts) {
    let data = event.data();
    facts.sequence = facts.sequence.max(names.sequence.largest(data));
    let name = match event.event() {
        "" => type_of(data),
        name => Cow::Borrowed(name),
    };
    let ends = match name.as_ref() {
        "response.created" | "response.queued" | "response.in_progress" => false,
        "response.completed" | "response.incomplete" | "response.failed" => true,
        "error" => return failed(data, facts),
        _ => return,
    };
    // A terminal event that cannot be read is cut: it ends nothing.
    if let Ok([Some(response)]) = members(data, ["response"]) {
        read(members_of(response, RESPONSE).unwrap_or_default(), facts);
        facts.done |= ends;
    }
}

/// A whole answer.
pub(super) fn whole(body: &[u8], facts: &mut Facts) -> Result<(), JsonError> {
    read(members(body, RESPONSE)?, facts);
    Ok(())
}

fn read([id, model, status, incomplete, usage, error]: [Option<Raw<'_>>; 6], facts: &mut Facts) {
    facts.name(id, model);
    facts.fault(error);
    if let Some(usage) = told(usage) {
        facts.counts.responses(usage);
    }
    let reason = told(incomplete)
        .and_then(|details| members_of(details, ["reason"]).ok())
        .and_then(|[reason]| told(reason));
    let ended = status.filter(|status| {
        let status = json::string(*status);
        !matches!(status.as_deref(), Some("queued" | "in_progress") | None)
    });
    if ended.is_some() {
        facts.choice(None, reason.or(ended));
    }
}

/// Recorded nested (`error.type`), published flat (`code` beside `type`): both are read.
fn failed(data: &[u8], facts: &mut Facts) {
    let Ok([error, code]) = members(data, ["error", "code"]) else {
        facts.error.get_or_insert_default();
        return;
    };
    if !facts.fault(error) {
        let fault = facts.error.get_or_insert_default();
        fault.code = code.and_then(super::facts::word);
    }
}

fn type_of(data: &[u8]) -> Cow<'_, str> {
    match members(data, ["type"]) {
        Ok([Some(kind)]) => json::string(kind).unwrap_or_default(),
        _ => Cow::default(),
    }
}
