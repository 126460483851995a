//! What is lost with a member that only this dialect knows, or that only another one does.

use super::super::{
    Loss, LossReport,
    form::{MediaKind, Sidecar},
    lost,
};
use crate::LlmDialect;

/// What a dialect without this member loses; `None` where the member asks for what happens anyway, or tells
/// nothing that a client acts on.
pub(in crate::bridge) fn loss_of(sidecar: &Sidecar) -> Option<Loss> {
    let raw = &*sidecar.raw;
    if sidecar.name.starts_with("tools.") {
        return Some(Loss::ProviderTool);
    }
    match &*sidecar.name {
        // Carried in the form itself, and kept for this dialect's own spelling.
        "message.role" | "message.tool_name" | "cache_control" | "prompt_cache_breakpoint" => None,
        "stream_options.include_obfuscation" => None,
        // What providers tell of themselves.
        "system_fingerprint"
        | "provider"
        | "native_finish_reason"
        | "x_groq"
        | "stop_reason"
        | "prompt_filter_results"
        | "content_filter_results"
        | "prompt_logprobs"
        | "kv_transfer_params"
        | "prompt_token_ids"
        | "token_ids" => None,
        "store" | "background" if raw == "false" => None,
        "service_tier" if matches!(raw, "\"auto\"" | "\"default\"") => None,
        "verbosity" if raw == "\"medium\"" => None,
        "modalities" if is_text_alone(raw) => None,
        "modalities" => Some(Loss::OutputModality),
        // A request's own `audio` says which voice to answer with.
        "audio" if raw.contains("\"voice\"") => Some(Loss::OutputModality),
        "web_search_options" | "plugins" => Some(Loss::ProviderTool),
        "tool_choice" => Some(Loss::ToolChoice),
        "response_format" => Some(Loss::OutputFormat),
        "reasoning_effort" | "thinking" | "enable_thinking" | "chat_template_kwargs" => {
            Some(Loss::ReasoningEffort)
        }
        "include_reasoning" | "reasoning_format" => Some(Loss::ReasoningText),
        "prompt_cache_key" | "prompt_cache_retention" | "prompt_cache_options" => {
            Some(Loss::CacheMarker)
        }
        "safety_identifier" => Some(Loss::User),
        "annotations" | "message.annotations" | "citations" | "search_results" => {
            Some(Loss::Citations)
        }
        "logprobs" => Some(Loss::Logprobs),
        "audio" => Some(Loss::Audio),
        "images" => Some(Loss::Image),
        _ => Some(Loss::UnknownMember),
    }
}

fn is_text_alone(raw: &str) -> bool {
    let inner = raw.strip_prefix('[').and_then(|raw| raw.strip_suffix(']'));
    inner.is_some_and(|inner| inner.trim() == "\"text\"")
}

/// What is lost with media that have no place at all.
pub(super) const fn of_media(kind: MediaKind) -> Loss {
    match kind {
        MediaKind::Image => Loss::Image,
        MediaKind::Audio => Loss::Audio,
        MediaKind::Video => Loss::Video,
        MediaKind::Document => Loss::Document,
    }
}

/// Notes what the members of other dialects lose here.
pub(super) fn foreign(sidecars: &[Sidecar], losses: &mut LossReport) {
    for sidecar in sidecars {
        if sidecar.dialect == LlmDialect::OpenAiChat {
            continue;
        }
        lost::member(sidecar, losses);
    }
}

/// Notes what a block of another dialect loses here.
pub(super) fn foreign_block(sidecar: &Sidecar, losses: &mut LossReport) {
    lost::block(sidecar, losses);
}

/// Whether a block is of this dialect; one that is not is noted.
pub(super) fn is_own(sidecar: &Sidecar, losses: &mut LossReport) -> bool {
    let own = sidecar.dialect == LlmDialect::OpenAiChat;
    if !own {
        foreign_block(sidecar, losses);
    }
    own
}
