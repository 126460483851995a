//! Thoughts and their state, in messages.

use agentgateway_core::json::Raw;

use super::{
    super::{
        codec::Refused,
        form::{Block, Content, Opaque, Reasoning, StateOwner},
        read::{Object, elements, nth, string},
    },
    json::Elements,
    sidecars::own,
};
use crate::LlmDialect;

/// Whose the state in `reasoning_details` is where it has no mark.
pub(super) const NATIVE: StateOwner = StateOwner::Other;

/// Takes the thoughts of a message.
///
/// `reasoning_details` say all that `reasoning` does, where they have a text at all.
pub(super) fn take(message: &mut Object<'_>) -> Result<Vec<Block>, Refused> {
    let plain = message.take_str("reasoning_content")?;
    let other = message.take_str("reasoning")?;
    let text = plain.filter(|text| !text.is_empty()).or(other);
    let mut blocks = details(message)?;
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(blocks);
    };
    let mut thoughts = blocks
        .iter_mut()
        .filter_map(|block| match &mut block.content {
            Content::Reasoning(thought) if !thought.redacted => Some(thought),
            _ => None,
        });
    let first = thoughts.next();
    let is_told = first.as_ref().is_some_and(|first| !first.text.is_empty())
        || thoughts.any(|thought| !thought.text.is_empty());
    match first {
        _ if is_told => {}
        Some(first) => first.text = text.into_owned(),
        None => {
            let thought = Reasoning {
                text: text.into_owned(),
                ..Reasoning::default()
            };
            blocks.insert(0, Block::new(Content::Reasoning(thought)));
        }
    }
    Ok(blocks)
}

fn details(message: &mut Object<'_>) -> Result<Vec<Block>, Refused> {
    let place = message.path("reasoning_details");
    let Some(found) = message.take_array("reasoning_details")? else {
        return Ok(Vec::new());
    };
    let numbered = found.into_iter().enumerate();
    numbered
        .map(|(at, raw)| detail(raw, &nth(&place, at)))
        .collect()
}

fn detail(raw: Raw<'_>, place: &str) -> Result<Block, Refused> {
    let mut detail = Object::of(raw, place)?;
    let kind = detail.require_str("type")?;
    let id = detail.take_str("id")?.map(Into::into);
    detail.take("index");
    let thought = match &*kind {
        "reasoning.text" => Reasoning {
            text: detail.take_str("text")?.unwrap_or_default().into(),
            state: state(&mut detail, "signature")?,
            redacted: false,
            id,
        },
        "reasoning.summary" => Reasoning {
            text: detail.take_str("summary")?.unwrap_or_default().into(),
            state: state(&mut detail, "signature")?,
            redacted: false,
            id,
        },
        "reasoning.encrypted" => Reasoning {
            text: String::new(),
            state: state(&mut detail, "data")?,
            redacted: true,
            id,
        },
        _ => {
            let other = super::message::other("reasoning_details", raw);
            return Ok(Block::new(Content::Other(other)));
        }
    };
    let mut block = Block::new(Content::Reasoning(thought));
    block.sidecars = detail.into_sidecars(LlmDialect::OpenAiChat);
    Ok(block)
}

fn state(detail: &mut Object<'_>, name: &str) -> Result<Option<Opaque<'static>>, Refused> {
    let text = detail.take_str(name)?;
    Ok(text
        .filter(|text| !text.is_empty())
        .map(|text| Opaque::from_slot(NATIVE, text).into_owned()))
}

/// A part `thinking` of a content: Mistral's.
///
/// # Source
/// Mistral API, Reasoning.
pub(super) fn part(raw: Raw<'_>, place: &str) -> Result<Block, Refused> {
    let mut part = Object::of(raw, place)?;
    part.take("type");
    part.take("closed");
    let place = part.path("thinking");
    let mut thought = Reasoning::default();
    match part.take("thinking") {
        Some(raw) if agentgateway_core::json::string(raw).is_some() => {
            thought.text = string(raw, &place)?.into();
        }
        Some(raw) => {
            for (at, piece) in elements(raw, &place)?.into_iter().enumerate() {
                let mut piece = Object::of(piece, &nth(&place, at))?;
                thought.text += &piece.take_str("text")?.unwrap_or_default();
            }
        }
        None => {}
    }
    thought.state = state(&mut part, "signature")?;
    let mut block = Block::new(Content::Reasoning(thought));
    block.sidecars = part.into_sidecars(LlmDialect::OpenAiChat);
    Ok(block)
}

/// Writes a thought as an element of `reasoning_details`. The official SDK of Python adds such elements up by
/// their `index`.
pub(super) fn write_detail(
    details: &mut Elements<'_>,
    index: u32,
    block: &Block,
    thought: &Reasoning,
) {
    details.object(|detail| {
        let slot = thought.state.as_ref().map(|state| state.to_slot(NATIVE));
        if thought.redacted {
            detail.string("type", "reasoning.encrypted");
            detail.string("data", slot.as_deref().unwrap_or_default());
        } else {
            detail.string("type", "reasoning.text");
            detail.string("text", &thought.text);
            if let Some(slot) = slot {
                detail.string("signature", &slot);
            }
        }
        if let Some(id) = &thought.id {
            detail.string("id", id);
        }
        detail.number("index", index);
        for sidecar in own(&block.sidecars) {
            if !sidecar.name.contains('.') {
                detail.raw(&sidecar.name, &sidecar.raw);
            }
        }
    });
}
