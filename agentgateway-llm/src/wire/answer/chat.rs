//! OpenAI Chat Completions, and its older relatives.

use agentgateway_core::{
    json::{self, JsonError, Raw, members, members_of},
    sse::SseEvent,
};

use super::{
    facts::{Facts, told},
    names::Names,
    reader::Seen,
};

/// A chunk of a stream.
pub(super) fn event(event: &SseEvent<'_>, names: &Names, facts: &mut Facts) -> Seen {
    let data = event.data();
    // The official SDKs stop at any data that starts so.
    if data.starts_with(b"[DONE]") {
        facts.done = true;
        return Seen::Other;
    }
    if facts.id.is_some() && !names.of_chat.iter().any(|name| name.is_told(data)) {
        return Seen::Other;
    }
    read(data, facts).unwrap_or(Seen::Other)
}

/// A whole answer.
pub(super) fn whole(body: &[u8], facts: &mut Facts) -> Result<(), JsonError> {
    read(body, facts).map(drop)
}

fn read(json: &[u8], facts: &mut Facts) -> Result<Seen, JsonError> {
    let [id, model, choices, usage, error] =
        members(json, ["id", "model", "choices", "usage", "error"])?;
    facts.name(id, model);
    let failed = facts.fault(error);
    let mut count = 0;
    if let Some(choices) = choices {
        // Choices that are no array tell nothing.
        let _ = json::elements(choices, |choice| {
            count += 1;
            end_of(choice, facts);
        });
    }
    let Some(usage) = told(usage) else {
        return Ok(Seen::Other);
    };
    facts.counts.chat(usage);
    Ok(if choices.is_some() && count == 0 && !failed {
        Seen::UsageChunk
    } else {
        Seen::Other
    })
}

fn end_of(choice: Raw<'_>, facts: &mut Facts) {
    if let Ok([index, reason]) = members_of(choice, ["index", "finish_reason"]) {
        facts.choice(index, told(reason));
    }
}
