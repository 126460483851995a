use std::borrow::Cow;

use bytes::BytesMut;

use super::super::{
    super::{
        codec::AnswerContext,
        form::{Choice, Content, Response},
        loss::LossReport,
        summary::{EncodedResponse, Summary},
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
) -> EncodedResponse {
    loss::foreign_all(&response.sidecars, losses);
    let feedback = read::own(&response.sidecars, "").any(|(name, _)| name == "promptFeedback");
    let blocked = feedback
        && response
            .choices
            .iter()
            .all(|choice| choice.blocks.is_empty());
    let model = match &*response.model {
        "" => &context.model,
        model => model,
    };
    let id = response_id(context, &response.id);
    let mut summary = Summary::new(&id, model);
    let mut candidates = Vec::new();
    if !blocked {
        for (index, choice) in response.choices.iter().enumerate() {
            candidates.push(candidate(index, choice, losses, &mut summary));
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
        body.string("modelVersion", model);
        body.string("responseId", &id);
        body.raws(read::own(&response.sidecars, ""));
    });
    let written = EncodedResponse::new(out);
    // It may tell that the prompt is blocked.
    match feedback {
        true => written,
        false => written.summary(summary),
    }
}

/// The id of an answer.
pub(in super::super) fn response_id<'a>(context: &'a AnswerContext, id: &'a str) -> Cow<'a, str> {
    Cow::Borrowed(if id.is_empty() { &context.seed } else { id })
}

/// What Gemini says of a call that is none.
pub(in super::super) fn finish_message(name: &str, arguments: &str) -> String {
    format!("Malformed function call: {name}({arguments})")
}

fn candidate(
    index: usize,
    choice: &Choice,
    losses: &mut LossReport,
    summary: &mut Summary,
) -> BytesMut {
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
    let length: usize = written.iter().map(|part| part.len() + 1).sum();
    let mut out = BytesMut::with_capacity(length + 128);
    write::object(&mut out, |candidate| {
        candidate.object("content", |content| {
            content.array_of("parts", &written);
            content.string("role", "model");
        });
        if let Some((name, arguments)) = &parts.malformed {
            summary.finished(stop::MALFORMED_CALL);
            candidate.string("finishReason", stop::MALFORMED_CALL);
            candidate.string("finishMessage", &finish_message(name, arguments));
        } else {
            let word = stop::word(&choice.stop, losses);
            summary.finished(&word);
            candidate.string("finishReason", &word);
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
