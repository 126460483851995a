use agentgateway_core::json::{self, JsonType, Raw};

use super::super::{
    Loss, LossReport,
    form::{Sidecar, Sidecars},
    lost,
};
use crate::LlmDialect;

/// What it means to lose one of this dialect's own sidecars; `None` where nothing is lost with it.
pub(in crate::bridge) fn loss_of(sidecar: &Sidecar) -> Option<Loss> {
    let raw = &*sidecar.raw;
    if sidecar.name.starts_with("tools.") {
        return Some(Loss::ProviderTool);
    }
    if sidecar.name.starts_with("content.") {
        return Some(Loss::UnknownBlock);
    }
    Some(match &*sidecar.name {
        // Items.
        "item_reference" => Loss::StoredConversation,
        name if is_item(name) => Loss::ProviderTool,
        // Members of the request.
        "previous_response_id" | "conversation" | "prompt" => Loss::StoredConversation,
        "background" if raw == "true" => Loss::Background,
        "tool_choice" if is_understood(raw) => return None,
        "tool_choice" => Loss::ToolChoice,
        "reasoning.effort" => Loss::ReasoningEffort,
        "text.format" => Loss::OutputFormat,
        "include" if asks_for_more(raw) => Loss::UnknownMember,
        "truncation" if raw == "\"auto\"" => Loss::UnknownMember,
        "service_tier" if raw != "\"auto\"" && raw != "\"default\"" => Loss::UnknownMember,
        "metadata" if raw != "{}" => Loss::UnknownMember,
        // Notes on a text.
        "annotation" => Loss::Citations,
        "logprobs" => Loss::Logprobs,
        name if SAYS_NOTHING.contains(&name) => return None,
        _ => Loss::UnknownMember,
    })
}

/// Members that say nothing to another provider: ids and marks of this dialect's own, what stands in the canonical
/// form beside the sidecar, defaults, and what an answer repeats of its request.
const SAYS_NOTHING: &[&str] = &[
    // Marks, and members of items.
    "id",
    "status",
    "message",
    "role",
    "summary",
    "content",
    "strict",
    "name",
    "prompt_cache_breakpoint",
    // Of the request, or repeated in the answer.
    "background",
    "include",
    "reasoning.summary",
    "reasoning.generate_summary",
    "service_tier",
    "store",
    "stream_options",
    "text",
    "truncation",
    "user",
    // Of the answer.
    "billing",
    "completed_at",
    "content_filters",
    "frequency_penalty",
    "incomplete_details",
    "instructions",
    "max_output_tokens",
    "moderation",
    "object",
    "output_text",
    "parallel_tool_calls",
    "presence_penalty",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "temperature",
    "tool_usage",
    "tools",
    "top_logprobs",
    "top_p",
    "metadata",
];

/// Whether the sidecar is an item of a tool that the provider runs, or of another kind that only it knows.
fn is_item(name: &str) -> bool {
    name.ends_with("_call")
        || name.ends_with("_call_output")
        || name.starts_with("mcp_")
        || name.starts_with("tool_search_")
        || matches!(
            name,
            "additional_tools" | "program" | "program_output" | "compaction" | "compaction_trigger"
        )
}

/// Whether the canonical form has this choice: in an answer it repeats the request's.
fn is_understood(choice: &str) -> bool {
    let Ok(raw) = Raw::parse(choice.as_bytes()) else {
        return false;
    };
    let kind = || {
        let [kind] = json::members_of(raw, ["type"]).ok()?;
        json::string(kind?)
    };
    json::type_of(raw) == JsonType::String
        || matches!(kind().as_deref(), Some("function" | "custom"))
}

/// Whether `include` asks for something else than what the canonical form carries anyway.
fn asks_for_more(raw: &str) -> bool {
    let rest = raw.replace("\"reasoning.encrypted_content\"", "");
    rest.contains('"')
}

/// The dialect's own sidecar of this name.
pub(super) fn own<'a>(sidecars: &'a Sidecars, name: &str) -> Option<&'a Sidecar> {
    sidecars
        .iter()
        .find(|one| is_own(one) && &*one.name == name)
}

pub(super) fn is_own(sidecar: &Sidecar) -> bool {
    sidecar.dialect == LlmDialect::OpenAiResponses
}

/// Notes the loss of another dialect's members.
pub(super) fn foreign(sidecars: &Sidecars, losses: &mut LossReport) {
    for sidecar in sidecars.iter().filter(|one| !is_own(one)) {
        lost::member(sidecar, losses);
    }
}

/// Notes the loss of a block, most often another dialect's.
pub(super) fn foreign_block(sidecar: &Sidecar, losses: &mut LossReport) {
    lost::block(sidecar, losses);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_that_an_answer_repeats_is_no_loss() {
        let of = |raw: &str| {
            loss_of(&Sidecar::new(
                LlmDialect::OpenAiResponses,
                "tool_choice",
                raw,
            ))
        };
        assert_eq!(of("\"auto\""), None);
        assert_eq!(of(r#"{"type":"function","name":"f"}"#), None);
        assert_eq!(of(r#"{"type":"file_search"}"#), Some(Loss::ToolChoice));
    }
}
