use agentgateway_core::json::{self, Raw};

use super::{
    super::{
        super::{
            DecodeContext, Unreadable,
            form::{Choice, Response, Role, Sidecar},
            read::Object,
        },
        DIALECT,
        content::read_blocks,
    },
    read_stop,
};
use crate::wire::Counts;

/// Counts that are read, and their former names.
const COUNTS: [&str; 8] = [
    "inputTokens",
    "outputTokens",
    "totalTokens",
    "cacheReadInputTokens",
    "cacheWriteInputTokens",
    "cacheDetails",
    "cacheReadInputTokenCount",
    "cacheWriteInputTokenCount",
];

/// Reads a whole answer.
pub(in super::super) fn decode(
    context: &DecodeContext,
    body: &[u8],
) -> Result<Response, Unreadable> {
    let mut read = Object::of_body(body)?;
    let mut response = Response::default();
    let mut choice = Choice::default();
    let output = read.take_object("output")?;
    let mut output = output.ok_or(Unreadable::new("it has no \"output\""))?;
    if let Some(mut message) = output.take_object("message")? {
        let content = message.take_array("content")?.unwrap_or_default();
        choice.blocks = read_blocks(content, "content", Role::Assistant, context)?;
    }
    let more = read.take("additionalModelResponseFields");
    let sequence = more.and_then(stop_sequence);
    choice.stop = read_stop(&read.require_str("stopReason")?, sequence);
    if let Some(usage) = read.take("usage") {
        let mut counts = Counts::default();
        counts.converse(usage);
        response.usage = counts.usage(DIALECT).unwrap_or_default();
        let mut usage = Object::of(usage, "usage")?;
        for known in COUNTS {
            usage.take(known);
        }
        let named = |own: Sidecar| Sidecar::new(DIALECT, &format!("usage.{}", own.name), &own.raw);
        response.sidecars = usage
            .into_sidecars(DIALECT)
            .into_iter()
            .map(named)
            .collect();
    }
    if let Some(more) = more {
        let own = Sidecar::of(DIALECT, "additionalModelResponseFields", more);
        response.sidecars.push(own);
    }
    if let Some(trace) = read.take("trace") {
        response.model = routed_model(trace).unwrap_or_default();
        response.sidecars.push(Sidecar::of(DIALECT, "trace", trace));
    }
    response.sidecars.extend(read.into_sidecars(DIALECT));
    response.choices.push(choice);
    Ok(response)
}

/// What Anthropic's models tell, where the client asked for it by `additionalModelResponseFieldPaths`.
fn stop_sequence(more: Raw<'_>) -> Option<String> {
    let [sequence] = json::members_of(more, ["stop_sequence"]).ok()?;
    sequence.and_then(json::string).map(Into::into)
}

/// The model that a router chose.
fn routed_model(trace: Raw<'_>) -> Option<String> {
    let [router] = json::members_of(trace, ["promptRouter"]).ok()?;
    let [model] = json::members_of(router?, ["invokedModelId"]).ok()?;
    model.and_then(json::string).map(Into::into)
}
