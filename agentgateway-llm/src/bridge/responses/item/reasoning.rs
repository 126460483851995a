use std::borrow::Cow;

use agentgateway_core::json::{self, Raw, members_of};

use super::{
    super::{
        super::{
            Refused,
            form::{Block, Content, Opaque, Reasoning, Sidecar, StateOwner},
            read::Object,
        },
        ids,
    },
    message::{is_told, list},
};
use crate::LlmDialect::OpenAiResponses;

/// Reads a `reasoning` item.
pub(super) fn read(mut item: Object<'_>) -> Result<Block, Refused> {
    let id = item.take_str("id")?.unwrap_or_default();
    let summary = item.take_array("summary")?.unwrap_or_default();
    let content = item.take_array("content")?.unwrap_or_default();
    let state = item.take_str("encrypted_content")?;
    let state = state
        .filter(|state| !state.is_empty())
        .map(|state| Opaque::from_slot(StateOwner::OpenAi, state).into_owned());
    let text = match text_of(&summary) {
        text if text.is_empty() => text_of(&content),
        text => text,
    };
    let redacted = text.is_empty() && is_withheld(state.as_ref(), &id);
    let mut block = Block::new(Content::Reasoning(Reasoning {
        text,
        state,
        redacted,
        id: ids::told(&id).map(str::to_owned),
    }));
    // What the text alone does not tell: the borders of the summary's parts, and thoughts beside their summary.
    if summary.len() > 1 || (!summary.is_empty() && !content.is_empty()) {
        block.sidecars.push(kept("summary", &summary));
    }
    if !content.is_empty() {
        block.sidecars.push(kept("content", &content));
    }
    let rest = item.into_sidecars(OpenAiResponses).into_iter();
    block
        .sidecars
        .extend(rest.filter(|one| &*one.name != "id" || is_told(&one.raw)));
    Ok(block)
}

/// State without text: OpenAI withholds the thoughts, and of other owners' state the id tells it, since theirs may
/// also have no text for once.
fn is_withheld(state: Option<&Opaque<'_>>, id: &str) -> bool {
    state.is_some_and(|state| state.is_for(StateOwner::OpenAi) || ids::is_redacted(id))
}

fn kept(name: &str, parts: &[Raw<'_>]) -> Sidecar {
    Sidecar::new(OpenAiResponses, name, &list(parts))
}

fn text_of(parts: &[Raw<'_>]) -> String {
    let texts: Vec<_> = parts
        .iter()
        .filter_map(|part| members_of(*part, ["text"]).ok())
        .filter_map(|[text]| text.and_then(json::string))
        .filter(|text: &Cow<'_, str>| !text.is_empty())
        .collect();
    texts.join("\n\n")
}
