use std::borrow::Cow;

use bytes::{Bytes, BytesMut};

use super::super::{
    super::{
        codec::AnswerContext,
        form::{Choice, Content, Response},
        loss::LossReport,
    },
    loss,
    part::Parts,
    read, stop, usage, write,
};

/// Writes a whole answer.
pub(in super::super) fn encode(
    context: &AnswerContext,
    response: &Response,
    losses: &mut LossReport,
) -> Bytes {
    loss::foreign_all(&response.sidecars, losses);
    let blocked = read::own(&response.sidecars, "").any(|(name, _)| name == "promptFeedback")
        && response
            .choices
            .iter()
            .all(|choice| choice.blocks.is_empty());
    let mut candidates = Vec::new();
    if !blocked {
        for (index, choice) in response.choices.iter().enumerate() {
            candidates.push(candidate(index, choice, losses));
        }
    }
    let mut out = BytesMut::with_capacity(1024);
    write::object(&mut out, |body| {
        if !blocked {
            body.array_of("candidates", &candidates);
        }
        if !response.usage.is_empty() {
            usage::encode(body.name("usageMetadata"), &response.usage, losses);
        }
        let model = Some(response.model.as_str()).filter(|model| !model.is_empty());
        body.string("modelVersion", model.unwrap_or(&context.model));
        body.string("responseId", &response_id(context, &response.id));
        body.raws(read::own(&response.sidecars, ""));
    });
    out.freeze()
}

/// The id of an answer.
pub(in super::super) fn response_id<'a>(context: &'a AnswerContext, id: &'a str) -> Cow<'a, str> {
    Cow::Borrowed(if id.is_empty() { &context.seed } else { id })
}

/// What Gemini says of a call that is none.
pub(in super::super) fn finish_message(name: &str, arguments: &str) -> String {
    format!("Malformed function call: {name}({arguments})")
}

fn candidate(index: usize, choice: &Choice, losses: &mut LossReport) -> BytesMut {
    let mut parts = Parts::of_answer();
    for block in &choice.blocks {
        let name = match &block.content {
            Content::ToolCall(call) => call.name.as_str(),
            _ => "",
        };
        parts.block(block, name);
    }
    let written = parts.finish();
    losses.merge(std::mem::take(&mut parts.losses));
    loss::foreign_all(&choice.sidecars, losses);
    let mut out = BytesMut::new();
    write::object(&mut out, |candidate| {
        candidate.object("content", |content| {
            content.array_of("parts", &written);
            content.string("role", "model");
        });
        if let Some((name, arguments)) = &parts.malformed {
            candidate.string("finishReason", stop::MALFORMED_CALL);
            candidate.string("finishMessage", &finish_message(name, arguments));
        } else {
            candidate.string("finishReason", &stop::word(&choice.stop, losses));
        }
        candidate.number("index", index);
        for (name, raw) in notes(choice) {
            if parts.malformed.is_none() || name != "finishMessage" {
                candidate.raw(name, raw);
            }
        }
    });
    out
}

/// What was told of the candidate, also beside its blocks (in streams): the last of each name counts.
fn notes(choice: &Choice) -> Vec<(&str, &str)> {
    let beside = choice.blocks.iter().map(|block| &block.sidecars);
    let all = beside.chain([&choice.sidecars]);
    let mut notes: Vec<(&str, &str)> = Vec::new();
    for (name, raw) in all.flat_map(|sidecars| read::own(sidecars, "candidates.")) {
        match notes.iter_mut().find(|(known, _)| *known == name) {
            Some(known) => known.1 = raw,
            None => notes.push((name, raw)),
        }
    }
    notes
}
