//! Bedrock Converse.

use agentgateway_core::json::{JsonError, Raw, members};

use super::facts::{Facts, told};

/// A whole answer.
pub(super) fn whole(body: &[u8], facts: &mut Facts) -> Result<(), JsonError> {
    let [reason, usage] = members(body, ["stopReason", "usage"])?;
    read(reason, usage, facts);
    Ok(())
}

fn read(reason: Option<Raw<'_>>, usage: Option<Raw<'_>>, facts: &mut Facts) {
    if let Some(reason) = told(reason) {
        facts.choice(None, Some(reason));
    }
    if let Some(usage) = told(usage) {
        facts.counts.converse(usage);
    }
}
