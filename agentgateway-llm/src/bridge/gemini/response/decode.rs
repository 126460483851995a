use agentgateway_core::json::Raw;

use super::super::{
    super::{
        codec::{DecodeContext, Refused, Unreadable},
        form::{Choice, Content, Response, Sidecar, StopReason},
        read::nth,
    },
    names::Calls,
    part::{Reader, Side},
    read, stop, usage,
};
use crate::LlmDialect;

/// Reads a whole answer.
pub(in super::super) fn decode(
    context: &DecodeContext,
    body: &[u8],
) -> Result<Response, Unreadable> {
    let mut body = read::body(body)?;
    if body.take("error").is_some() {
        return Err(Unreadable::new("it is an error"));
    }
    let mut response = Response {
        id: body
            .take_str("responseId")?
            .unwrap_or_default()
            .into_owned(),
        model: body
            .take_str("modelVersion")?
            .unwrap_or_default()
            .into_owned(),
        usage: body
            .take("usageMetadata")
            .map(usage::read)
            .unwrap_or_default(),
        ..Response::default()
    };
    let mut reader = Reader {
        side: Side::Answer,
        calls: Calls::of_answer(&response.id),
        context,
    };
    let candidates = body.take_array("candidates")?.unwrap_or_default();
    for (at, raw) in candidates.into_iter().enumerate() {
        let choice = candidate(raw, &nth("candidates", at), &mut reader)?;
        response.choices.push(choice);
    }
    let feedback = body.take("promptFeedback");
    if response.choices.is_empty() {
        let blocked = feedback.map(block_reason).transpose()?.flatten();
        let Some(reason) = blocked else {
            return Err(Unreadable::new("it has no candidates"));
        };
        response.choices.push(Choice {
            stop: StopReason::Filtered(Some(reason)),
            ..Choice::default()
        });
    }
    let kept = feedback.map(|raw| Sidecar::of(LlmDialect::Gemini, "promptFeedback", raw));
    response.sidecars.extend(kept);
    read::keep_rest(body, "", &mut response.sidecars);
    Ok(response)
}

fn block_reason(feedback: Raw<'_>) -> Result<Option<String>, Refused> {
    let mut feedback = read::object(feedback, "promptFeedback")?;
    Ok(feedback.take_str("blockReason")?.map(Into::into))
}

fn candidate(raw: Raw<'_>, place: &str, reader: &mut Reader<'_>) -> Result<Choice, Refused> {
    let mut candidate = read::object(raw, place)?;
    let mut choice = Choice::default();
    if let Some(mut content) = read::take_object(&mut candidate, "content")? {
        let place = content.path("parts");
        for raw in content.take_array("parts")?.unwrap_or_default() {
            reader.part(raw, &place, &mut choice.blocks)?;
        }
    }
    let reason = candidate.take_str("finishReason")?;
    let called = choice
        .blocks
        .iter()
        .any(|block| matches!(block.content, Content::ToolCall(_)));
    choice.stop = stop::of_word(reason.as_deref().unwrap_or(stop::UNSPECIFIED), called);
    // It is the place in the list.
    let _ = candidate.take("index");
    read::keep_rest(candidate, "candidates.", &mut choice.sidecars);
    Ok(choice)
}
