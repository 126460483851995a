//! What one `delta` says.

use std::borrow::Cow;

use agentgateway_core::json::{self, JsonType, Raw, members_of};

use super::{
    super::{
        super::{
            form::Opaque,
            stream::{BlockKind, CodecError},
        },
        calls::Calls,
        fault::is_told,
        message::{arguments, arguments_of, other, signature},
        reasoning::NATIVE,
    },
    choice::{Call, Choice, Emit, Slot},
    chunk::{each, text, unreadable},
};

const NAMES: [&str; 10] = [
    "content",
    "refusal",
    "reasoning_content",
    "reasoning",
    "reasoning_details",
    "tool_calls",
    "function_call",
    "audio",
    "images",
    "annotations",
];

impl Choice {
    /// Thoughts first, then what is said, then calls: a delta with several of them has them in this order.
    pub(super) fn delta(
        &mut self,
        delta: Raw<'_>,
        calls: &mut Calls,
        to: &mut Emit<'_>,
    ) -> Result<(), CodecError> {
        let [
            content,
            refusal,
            thought,
            other_thought,
            details,
            tool_calls,
            function,
            audio,
            images,
            annotations,
        ] = members_of(delta, NAMES).map_err(unreadable)?;
        let plain = match text(thought)? {
            None => text(other_thought)?,
            plain => plain,
        };
        if let Some(plain) = plain {
            self.thinks_plainly = true;
            self.piece(Slot::Reasoning, plain, to)?;
        }
        if let Some(details) = said(details) {
            each(details, |raw| self.detail(raw, to))?;
        }
        if let Some(content) = said(content) {
            self.content(content, to)?;
        }
        if let Some(refusal) = text(refusal)? {
            self.piece(Slot::Refusal, refusal, to)?;
        }
        for (name, raw) in [("audio", audio), ("images", images)] {
            if let Some(raw) = said(raw) {
                self.whole(BlockKind::Other(other(name, raw)), to)?;
            }
        }
        if let Some(annotations) = said(annotations) {
            self.note("annotations", annotations, to)?;
        }
        if let Some(tool_calls) = said(tool_calls) {
            each(tool_calls, |raw| self.fragment(raw, calls, to))?;
        }
        match said(function) {
            Some(function) => self.old_call(function, calls, to),
            None => Ok(()),
        }
    }

    /// A text; or parts, as Mistral writes them where a model thinks.
    fn content(&mut self, content: Raw<'_>, to: &mut Emit<'_>) -> Result<(), CodecError> {
        if json::type_of(content) != JsonType::Array {
            return match text(Some(content))? {
                Some(piece) => self.piece(Slot::Text, piece, to),
                None => Ok(()),
            };
        }
        each(content, |part| {
            let [kind, words, thinking] =
                members_of(part, ["type", "text", "thinking"]).map_err(unreadable)?;
            match kind.and_then(json::string).as_deref() {
                Some("text") => match text(words)? {
                    Some(piece) => self.piece(Slot::Text, piece, to),
                    None => Ok(()),
                },
                Some("thinking") => self.thinking(thinking, to),
                kind => {
                    let sidecar = other(kind.unwrap_or("content"), part);
                    self.whole(BlockKind::Other(sidecar), to)
                }
            }
        })
    }

    fn thinking(&mut self, thinking: Option<Raw<'_>>, to: &mut Emit<'_>) -> Result<(), CodecError> {
        let Some(thinking) = said(thinking) else {
            return Ok(());
        };
        if json::type_of(thinking) == JsonType::String {
            return match text(Some(thinking))? {
                Some(piece) => self.piece(Slot::Reasoning, piece, to),
                None => Ok(()),
            };
        }
        each(thinking, |piece| {
            let [words] = members_of(piece, ["text"]).map_err(unreadable)?;
            match text(words)? {
                Some(piece) => self.piece(Slot::Reasoning, piece, to),
                None => Ok(()),
            }
        })
    }

    fn detail(&mut self, detail: Raw<'_>, to: &mut Emit<'_>) -> Result<(), CodecError> {
        let names = ["type", "text", "summary", "signature", "data", "id"];
        let [kind, words, summary, signature, data, id] =
            members_of(detail, names).map_err(unreadable)?;
        let state = |raw| -> Result<Option<Opaque<'static>>, CodecError> {
            let text = text(raw)?;
            Ok(text.map(|text| Opaque::from_slot(NATIVE, text).into_owned()))
        };
        match kind.and_then(json::string).as_deref() {
            Some("reasoning.text" | "reasoning.summary") => {
                let words = match text(words)? {
                    None => text(summary)?,
                    words => words,
                };
                if let Some(piece) = words.filter(|_| !self.thinks_plainly) {
                    self.piece(Slot::Reasoning, piece, to)?;
                }
                match state(signature)? {
                    Some(state) => self.state(state, to),
                    None => Ok(()),
                }
            }
            Some("reasoning.encrypted") => match state(data)? {
                Some(state) => {
                    let id = text(id)?.map(|id| Cow::Owned(id.into_owned()));
                    let redacted = Some(state);
                    self.whole(BlockKind::Reasoning { id, redacted }, to)
                }
                None => Ok(()),
            },
            _ => {
                let sidecar = other("reasoning_details", detail);
                self.whole(BlockKind::Other(sidecar), to)
            }
        }
    }

    fn fragment(
        &mut self,
        raw: Raw<'_>,
        calls: &mut Calls,
        to: &mut Emit<'_>,
    ) -> Result<(), CodecError> {
        let names = ["index", "id", "function", "custom", "extra_content"];
        let [index, id, function, custom, extra] = members_of(raw, names).map_err(unreadable)?;
        let custom = said(custom);
        let is_custom = custom.is_some();
        let [name, told] = match custom.or(said(function)) {
            Some(called) => {
                members_of(called, ["name", arguments_of(is_custom)]).map_err(unreadable)?
            }
            None => [None; 2],
        };
        let name = text(name)?;
        let id = text(id)?;
        let key = index.and_then(json::unsigned);
        let at = match self.known(key, id.as_deref(), name.as_deref()) {
            Some(at) => at,
            None => {
                let told = id.unwrap_or_default().into_owned();
                let id = calls.id(Some(&told));
                self.call(Call::new(key, told, id))?
            }
        };
        if let Some(call) = self.calls.get_mut(at) {
            if call.name.is_empty() {
                call.name = name.unwrap_or_default().into_owned();
                call.is_custom = is_custom;
                call.state = extra.and_then(signature);
            }
        }
        let piece = match told {
            Some(raw) => {
                arguments(raw).ok_or(CodecError::malformed("arguments that are no string"))?
            }
            None => Cow::Borrowed(""),
        };
        self.piece(Slot::Call(at), piece, to)
    }

    /// Which call a fragment belongs to; `None` for a new one. Some servers give all calls one index, or none.
    fn known(&self, key: Option<u64>, id: Option<&str>, name: Option<&str>) -> Option<usize> {
        let at = match (key, id) {
            (Some(_), _) => self.calls.iter().rposition(|call| call.key == key),
            (None, Some(id)) => self.calls.iter().rposition(|call| call.told == id),
            (None, None) => self.calls.len().checked_sub(1),
        }?;
        let call = self.calls.get(at)?;
        let is_other = match id {
            Some(id) => name.is_some() && !call.told.is_empty() && call.told != id,
            None => key.is_none() && name.is_some() && !call.name.is_empty(),
        };
        (!is_other).then_some(at)
    }

    /// The `function_call` of old: one, without an id.
    fn old_call(
        &mut self,
        function: Raw<'_>,
        calls: &mut Calls,
        to: &mut Emit<'_>,
    ) -> Result<(), CodecError> {
        let [name, told] = members_of(function, ["name", "arguments"]).map_err(unreadable)?;
        let key = Some(u64::MAX);
        let known = self.calls.iter().rposition(|call| call.key == key);
        let at = match known {
            Some(at) => at,
            None => self.call(Call::new(key, String::new(), calls.id(None)))?,
        };
        if let (Some(call), Some(name)) = (self.calls.get_mut(at), text(name)?) {
            if call.name.is_empty() {
                call.name = name.into_owned();
            }
        }
        let piece = text(told)?.unwrap_or_default();
        self.piece(Slot::Call(at), piece, to)
    }
}

/// A member that says something.
fn said(raw: Option<Raw<'_>>) -> Option<Raw<'_>> {
    raw.filter(|raw| is_told(*raw))
}
