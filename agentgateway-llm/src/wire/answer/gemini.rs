//! Gemini: the chunks of a stream are answers themselves.

use agentgateway_core::{
    json::{self, JsonError, Raw, members, members_of},
    sse::SseEvent,
};

use super::facts::{Facts, told};

const CHUNK: [&str; 6] = [
    "candidates",
    "usageMetadata",
    "promptFeedback",
    "modelVersion",
    "responseId",
    "error",
];

pub(super) fn event(event: &SseEvent<'_>, facts: &mut Facts) {
    if let Ok(chunk) = members(event.data(), CHUNK) {
        read(chunk, facts);
    }
}

/// A whole answer: an object, or the array that a stream without `alt=sse` is.
pub(super) fn whole(body: &[u8], facts: &mut Facts) -> Result<(), JsonError> {
    if body.trim_ascii_start().first() != Some(&b'[') {
        read(members(body, CHUNK)?, facts);
        return Ok(());
    }
    json::elements(Raw::parse(body)?, |chunk| {
        if let Ok(chunk) = members_of(chunk, CHUNK) {
            read(chunk, facts);
        }
    })
}

fn read([candidates, usage, feedback, model, id, error]: [Option<Raw<'_>>; 6], facts: &mut Facts) {
    facts.name(id, model);
    facts.fault(error);
    if let Some(candidates) = candidates {
        // Candidates that are no array tell nothing.
        let _ = json::elements(candidates, |candidate| {
            if let Ok([index, reason]) = members_of(candidate, ["index", "finishReason"]) {
                facts.choice(index, told(reason));
            }
        });
    }
    if let Some(usage) = told(usage) {
        facts.counts.gemini(usage);
    }
    // A prompt that is blocked has no candidate.
    let blocked = told(feedback)
        .and_then(|feedback| members_of(feedback, ["blockReason"]).ok())
        .and_then(|[reason]| told(reason));
    if blocked.is_some() {
        facts.choice(None, blocked);
        facts.done = true;
    }
}
