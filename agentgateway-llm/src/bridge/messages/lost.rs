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
        "tools" | "mcp_servers" | "toolset_name" | "tool_reference" => Some(Loss::ProviderTool),
        // The answer's own has an end; the request's is one that the provider keeps.
        "container" => unless(raw.contains("\"expires_at\""), Loss::StoredConversation),
        "cache_control" => Some(Loss::CacheMarker),
        "thinking" => unless(raw == "null", Loss::ReasoningEffort),
        "thinking.display" => Some(Loss::ReasoningText),
        "output_config.effort" => Some(Loss::ReasoningEffort),
        "output_config.format" | "output_format" => Some(Loss::OutputFormat),
        "citation" => Some(Loss::Citations),
        "citations" => unless(!raw.contains("true"), Loss::Citations),
        "input_examples" => Some(Loss::Schema),
        "transformations" => Some(Loss::MediaDetail),
        "stop_details" => Some(Loss::StopReason),
        "usage.server_tool_use" | "usage.iterations" => Some(Loss::UsageDetail),
        name if name.starts_with("usage.") => None,
        "caller" => unless(raw.contains("\"direct\""), Loss::UnknownMember),
        "allowed_callers" => unless(!raw.contains("code_execution"), Loss::UnknownMember),
        "defer_loading" => unless(raw == "false", Loss::UnknownMember),
        "service_tier" => unless(
            matches!(raw, "\"auto\"" | "\"standard\""),
            Loss::UnknownMember,
        ),
        "speed" => unless(raw == "\"standard\"", Loss::UnknownMember),
        "eager_input_streaming" | "diagnostics" | "fallback" => None,
        "document" | "search_result" => Some(Loss::Document),
        "image" => Some(Loss::Image),
        "container_upload" => Some(Loss::StoredMedia),
        "compaction" => Some(Loss::UnknownBlock),
        name if is_block(name) => Some(Loss::UnknownBlock),
        _ => Some(Loss::UnknownMember),
    }
}

fn is_block(name: &str) -> bool {
    ["_tool_use", "_tool_result", "_delta"]
        .iter()
        .any(|end| name.ends_with(end))
}
