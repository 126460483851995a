//! What is lost with a member or a block that only another dialect knows.

use super::{Loss, LossReport, chat, converse, form::Sidecar, gemini, messages, ollama, responses};
use crate::LlmDialect;

/// Notes what is lost with a member that has no place in the dialect that is written.
pub(in crate::bridge) fn member(sidecar: &Sidecar, losses: &mut LossReport) {
    if let Some(loss) = loss_of(sidecar) {
        losses.add_at(loss, sidecar.name.clone());
    }
}

/// Notes what is lost with a whole block: of one that is not known, nobody knows what it means.
pub(in crate::bridge) fn block(sidecar: &Sidecar, losses: &mut LossReport) {
    match loss_of(sidecar) {
        Some(Loss::UnknownMember) => losses.add_at(Loss::UnknownBlock, sidecar.name.clone()),
        Some(loss) => losses.add_at(loss, sidecar.name.clone()),
        None => {}
    }
}

/// What its own dialect says of it; `None` for what changes nothing.
fn loss_of(sidecar: &Sidecar) -> Option<Loss> {
    match sidecar.dialect {
        LlmDialect::OpenAiChat => chat::loss_of(sidecar),
        LlmDialect::OpenAiResponses => responses::loss_of(sidecar),
        LlmDialect::AnthropicMessages => messages::loss_of(sidecar),
        LlmDialect::Gemini => gemini::loss_of(sidecar),
        LlmDialect::BedrockConverse => converse::loss_of(sidecar),
        LlmDialect::OLLAMA => ollama::loss_of(sidecar),
        // Nobody here knows what it means.
        LlmDialect::CohereRerank | LlmDialect::Other(_) => Some(Loss::UnknownMember),
    }
}
