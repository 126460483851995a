//! What Gemini's own members mean where they are lost.

use agentgateway_core::json::{Raw, elements, string};

use super::super::{
    form::Sidecar,
    loss::{Loss, LossReport},
    lost,
};

/// What is lost with a sidecar of Gemini; `None` for a harmless one.
pub(in crate::bridge) fn loss_of(sidecar: &Sidecar) -> Option<Loss> {
    let name = &*sidecar.name;
    let (group, member) = name.split_once('.').unwrap_or(("", name));
    match (group, member) {
        // A part of a kind that is not known.
        ("parts", _) => Some(Loss::UnknownBlock),
        ("tools", _) => Some(Loss::ProviderTool),
        ("functionDeclarations", "response" | "responseJsonSchema") => Some(Loss::Schema),
        ("toolConfig", "retrievalConfig") => Some(Loss::ProviderTool),
        ("toolConfig", "functionCallingConfig.mode") => Some(Loss::Strict),
        // It goes with the provider's tools, and with calls in pieces, which come whole.
        (
            "toolConfig",
            "includeServerSideToolInvocations"
            | "functionCallingConfig.streamFunctionCallArguments",
        ) => None,
        ("generationConfig", "responseModalities") => {
            (!is_text_alone(&sidecar.raw)).then_some(Loss::OutputModality)
        }
        ("generationConfig", "speechConfig" | "imageConfig") => Some(Loss::OutputModality),
        ("generationConfig", "responseMimeType" | "responseSchema" | "responseFormat") => {
            Some(Loss::OutputFormat)
        }
        ("generationConfig", "mediaResolution") | ("", "mediaResolution") => {
            Some(Loss::MediaDetail)
        }
        ("generationConfig", _) if member.starts_with("thinkingConfig.") => {
            Some(Loss::ReasoningEffort)
        }
        ("candidates", "groundingMetadata" | "citationMetadata" | "urlContextMetadata") => {
            Some(Loss::Citations)
        }
        ("candidates", "logprobsResult") => Some(Loss::Logprobs),
        // Notes on an answer that means the same without them.
        ("candidates", _) => None,
        ("", "createTime" | "modelStatus" | "promptFeedback" | "partMetadata") => None,
        // The name is in the form.
        ("inlineData" | "fileData", "displayName") => None,
        ("", "cachedContent") => Some(Loss::StoredConversation),
        ("", "store") if &*sidecar.raw == "false" => None,
        _ => Some(Loss::UnknownMember),
    }
}

/// Notes a member of another dialect.
pub(super) fn foreign(sidecar: &Sidecar, losses: &mut LossReport) {
    lost::member(sidecar, losses);
}

/// Notes a block of another dialect.
pub(super) fn foreign_block(block: &Sidecar, losses: &mut LossReport) {
    lost::block(block, losses);
}

/// Notes those members that are of another dialect.
pub(super) fn foreign_all(sidecars: &[Sidecar], losses: &mut LossReport) {
    for sidecar in sidecars {
        if sidecar.dialect != crate::LlmDialect::Gemini {
            foreign(sidecar, losses);
        }
    }
}

fn is_text_alone(modalities: &str) -> bool {
    let mut alone = true;
    let read = Raw::parse(modalities.as_bytes()).and_then(|raw| {
        elements(raw, |modality| {
            alone &= string(modality).is_some_and(|word| word.eq_ignore_ascii_case("TEXT"));
        })
    });
    read.is_ok() && alone
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LlmDialect;

    #[test]
    fn members_are_lost_by_name() {
        for (name, raw, expected) in [
            ("generationConfig.responseModalities", r#"["TEXT"]"#, None),
            (
                "generationConfig.responseModalities",
                r#"["TEXT", "IMAGE"]"#,
                Some(Loss::OutputModality),
            ),
            (
                "cachedContent",
                r#""cachedContents/x""#,
                Some(Loss::StoredConversation),
            ),
            ("tools.googleSearch", "{}", Some(Loss::ProviderTool)),
            ("parts.executableCode", "{}", Some(Loss::UnknownBlock)),
            ("candidates.groundingMetadata", "{}", Some(Loss::Citations)),
            ("candidates.avgLogprobs", "-0.1", None),
            ("safetySettings", "[]", Some(Loss::UnknownMember)),
            (
                "toolConfig.functionCallingConfig.mode",
                r#""VALIDATED""#,
                Some(Loss::Strict),
            ),
        ] {
            let sidecar = Sidecar::new(LlmDialect::Gemini, name, raw);
            assert_eq!(loss_of(&sidecar), expected, "{name}");
        }
    }
}
