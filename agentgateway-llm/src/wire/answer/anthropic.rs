//! Anthropic Messages.

use agentgateway_core::{
    json::{self, JsonError, Raw, members, members_of},
    sse::SseEvent,
};

use super::facts::{Facts, told};

const MESSAGE: [&str; 5] = ["id", "model", "stop_reason", "usage", "error"];

pub(super) fn event(event: &SseEvent<'_>, facts: &mut Facts) {
    let data = event.data();
    match event.event() {
        "" => {
            // Named inside only, as some relays leave it.
            if let Ok([Some(kind)]) = members(data, ["type"]) {
                if let Some(kind) = json::string(kind) {
                    named(&kind, data, facts);
                }
            }
        }
        name => named(name, data, facts),
    }
}

fn named(name: &str, data: &[u8], facts: &mut Facts) {
    match name {
        "message_start" => {
            if let Ok([Some(message)]) = members(data, ["message"]) {
                read(members_of(message, MESSAGE).unwrap_or_default(), facts);
            }
        }
        "message_delta" => {
            let Ok([delta, usage]) = members(data, ["delta", "usage"]) else {
                return;
            };
            if let Some(Ok([Some(reason)])) = delta.map(|delta| members_of(delta, ["stop_reason"]))
            {
                facts.choice(None, told(Some(reason)));
            }
            if let Some(usage) = told(usage) {
                facts.counts.anthropic(usage);
            }
        }
        // One that cannot be read is cut: it ends nothing.
        "message_stop" => facts.done |= members(data, ["type"]).is_ok(),
        "error" => {
            let error = members(data, ["error"]).ok().and_then(|[error]| error);
            if !facts.fault(error) {
                facts.error.get_or_insert_default();
            }
        }
        _ => {}
    }
}

/// A whole answer.
pub(super) fn whole(body: &[u8], facts: &mut Facts) -> Result<(), JsonError> {
    read(members(body, MESSAGE)?, facts);
    Ok(())
}

fn read([id, model, reason, usage, error]: [Option<Raw<'_>>; 5], facts: &mut Facts) {
    facts.name(id, model);
    facts.fault(error);
    if let Some(reason) = told(reason) {
        facts.choice(None, Some(reason));
    }
    if let Some(usage) = told(usage) {
        facts.counts.anthropic(usage);
    }
}
