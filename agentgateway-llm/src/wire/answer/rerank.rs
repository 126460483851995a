//! Cohere Rerank, and what others make of it.

use agentgateway_core::json::{self, JsonError, Raw, members};

use super::facts::{Facts, told};

/// A whole answer: an object; some servers answer with the bare array of results.
pub(super) fn whole(body: &[u8], facts: &mut Facts) -> Result<(), JsonError> {
    if body.trim_ascii_start().first() == Some(&b'[') {
        return json::elements(Raw::parse(body)?, |_| {});
    }
    let names = ["id", "model", "meta", "usage", "error"];
    let [id, model, meta, usage, error] = members(body, names)?;
    facts.name(id, model);
    facts.fault(error);
    facts.counts.rerank(told(meta), told(usage));
    Ok(())
}
