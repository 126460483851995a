use super::super::{Loss, LossReport, form::Sidecar, lost};

/// What a sidecar is, which its name alone does not say.
#[derive(Clone, Copy, Debug)]
pub(super) enum Beside {
    /// A member of an object.
    Member,
    /// A block.
    Block,
}

/// Notes a sidecar that cannot be written.
pub(super) fn foreign(sidecar: &Sidecar, beside: Beside, losses: &mut LossReport) {
    match beside {
        Beside::Member => lost::member(sidecar, losses),
        Beside::Block => lost::block(sidecar, losses),
    }
}

/// What is lost where a sidecar of this dialect has no place; `None` for what changes nothing.
pub(in crate::bridge) fn loss_of(sidecar: &Sidecar) -> Option<Loss> {
    let raw = &*sidecar.raw;
    let unless = |harmless: bool, loss| (!harmless).then_some(loss);
    match &*sidecar.name {
        // They are read too, into what every dialect knows.
        "additionalModelRequestFields.thinking"
        | "additionalModelRequestFields.top_k"
        | "additionalModelRequestFields.reasoning_effort"
        | "additionalModelRequestFields.reasoningConfig"
        | "outputConfig.effort"
        | "additionalModelResponseFields"
        | "json"
        | "metrics" => None,
        "toolConfig.tools" => unless(raw.starts_with("{\"cachePoint\""), Loss::ProviderTool),
        "toolUse" | "toolAddition" | "toolRemoval" => Some(Loss::ProviderTool),
        "cachePoint" => Some(Loss::CacheMarker),
        "citation" | "citations" => unless(raw == "false", Loss::Citations),
        "document" | "searchResult" => Some(Loss::Document),
        "image" => Some(Loss::Image),
        "video" => Some(Loss::Video),
        "audio" => Some(Loss::Audio),
        // The prompt is kept by the provider.
        "promptVariables" => Some(Loss::StoredConversation),
        "serviceTier" => unless(raw.contains("\"default\""), Loss::UnknownMember),
        "performanceConfig" => unless(raw.contains("\"standard\""), Loss::UnknownMember),
        "usage.serverToolUsage" => unless(raw == "{}", Loss::UsageDetail),
        name if name.starts_with("usage.") => Some(Loss::UsageDetail),
        "reasoningContent" | "toolResult" => Some(Loss::UnknownBlock),
        _ => Some(Loss::UnknownMember),
    }
}
