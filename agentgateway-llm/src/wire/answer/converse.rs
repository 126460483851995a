//! Bedrock Converse.

use agentgateway_core::json::{self, JsonError, Raw, members, members_of};
use http::{HeaderMap, HeaderName};

use super::facts::{Facts, told};
use crate::{
    LlmFault,
    wire::event_stream::{ERROR_CODE, EVENT_TYPE, EXCEPTION_TYPE, Frame, MESSAGE_TYPE},
};

const X_AMZN_ERRORTYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const X_AMZN_REQUESTID: HeaderName = HeaderName::from_static("x-amzn-requestid");
/// The longest word of a head that is kept, in bytes.
const MAX_WORD_BYTES: usize = 256;

/// What stands in the head alone: the answer's id, and the type of an error.
pub(super) fn head(headers: &HeaderMap, failed: bool, facts: &mut Facts) {
    let word = |name| {
        let value: &http::HeaderValue = headers.get(name)?;
        let text = value.to_str().ok()?;
        (1..=MAX_WORD_BYTES).contains(&text.len()).then_some(text)
    };
    facts.id = word(X_AMZN_REQUESTID).map(Into::into);
    // What follows the name says where it comes from.
    let name = word(X_AMZN_ERRORTYPE).and_then(|told| told.split(':').next());
    if let Some(name) = name.filter(|_| failed) {
        facts.error.get_or_insert_default().kind = Some(name.into());
    }
}

/// A frame of a stream.
pub(super) fn frame(frame: &Frame<'_>, facts: &mut Facts) {
    let failure = match frame.text(MESSAGE_TYPE) {
        Some("exception") => Some(EXCEPTION_TYPE),
        Some("error") => Some(ERROR_CODE),
        _ => None,
    };
    if let Some(name) = failure {
        facts.error = Some(LlmFault {
            kind: frame.text(name).map(Into::into),
            code: None,
        });
        return;
    }
    let keys = ["stopReason", "usage", "trace"];
    match frame.text(EVENT_TYPE) {
        // One that cannot be read ends nothing.
        Some("messageStop") => {
            if let Ok([reason, ..]) = members(frame.payload(), keys) {
                read(reason, None, None, facts);
                facts.done |= reason.is_some();
            }
        }
        Some("metadata") => {
            if let Ok([_, usage, trace]) = members(frame.payload(), keys) {
                read(None, usage, trace, facts);
            }
        }
        _ => {}
    }
}

/// A whole answer.
pub(super) fn whole(body: &[u8], facts: &mut Facts) -> Result<(), JsonError> {
    let [reason, usage, trace] = members(body, ["stopReason", "usage", "trace"])?;
    read(reason, usage, trace, facts);
    Ok(())
}

fn read(
    reason: Option<Raw<'_>>,
    usage: Option<Raw<'_>>,
    trace: Option<Raw<'_>>,
    facts: &mut Facts,
) {
    // A router tells which model it chose.
    let router = told(trace).and_then(|trace| members_of(trace, ["promptRouter"]).ok());
    let model = router.and_then(|[router]| members_of(told(router)?, ["invokedModelId"]).ok());
    if let Some([model]) = model {
        facts.name(None, model.filter(|model| json::string(*model).is_some()));
    }
    if let Some(reason) = told(reason) {
        facts.choice(None, Some(reason));
    }
    if let Some(usage) = told(usage) {
        facts.counts.converse(usage);
    }
}
