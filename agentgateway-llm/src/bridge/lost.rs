use super::{Loss, chat, form::Sidecar, messages};
use crate::LlmDialect;

/// What is lost where a member of one dialect has no place in another; `None` for what changes nothing.
pub(in crate::bridge) fn lost(sidecar: &Sidecar) -> Option<Loss> {
    match sidecar.dialect {
        LlmDialect::OpenAiChat => chat::loss_of(sidecar),
        LlmDialect::AnthropicMessages => messages::loss_of(sidecar),
        _ => Some(Loss::UnknownMember),
    }
}
