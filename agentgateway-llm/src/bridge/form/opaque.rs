use std::borrow::Cow;

/// The mark of state that is carried through a foreign dialect.
const MARK: &str = "agw1.";

/// Who can read a piece of [`Opaque`] state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StateOwner {
    /// Claude models: signatures of thinking, redacted thinking. Bedrock serves the same models.
    Anthropic,
    /// Gemini: thought signatures.
    Gemini,
    /// OpenAI Responses: encrypted reasoning.
    OpenAi,
    /// Another provider of OpenAI's dialects.
    Other,
}

impl StateOwner {
    const fn name(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::OpenAi => "openai",
            Self::Other => "other",
        }
    }

    fn of_name(name: &str) -> Option<Self> {
        [Self::Anthropic, Self::Gemini, Self::OpenAi, Self::Other]
            .into_iter()
            .find(|owner| owner.name() == name)
    }
}

/// State that a provider gives away and wants back unchanged: nobody else can read it, and another provider
/// refuses it.
///
/// In its owner's dialect it is written as it is. In a foreign dialect's slot for such state it is
/// [marked](Self::to_slot) with its owner, so that it finds its way home when the client sends it back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opaque<'a> {
    /// Who can read it.
    pub owner: StateOwner,
    /// As the owner wrote it, most often base64.
    pub data: Cow<'a, str>,
}

impl<'a> Opaque<'a> {
    /// State of this owner.
    #[must_use]
    pub fn new(owner: StateOwner, data: impl Into<Cow<'a, str>>) -> Self {
        Self {
            owner,
            data: data.into(),
        }
    }

    /// What stands in a dialect's slot whose native owner is `native`: marked state of whomever, or the native
    /// owner's own.
    #[must_use]
    pub fn from_slot(native: StateOwner, text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        let marked = text
            .strip_prefix(MARK)
            .and_then(|rest| rest.split_once('.'));
        if let Some((owner, data)) = marked {
            if let Some(owner) = StateOwner::of_name(owner) {
                return Self::new(owner, data.to_owned());
            }
        }
        Self::new(native, text)
    }

    /// What to write into a dialect's slot whose native owner is `native`.
    #[must_use]
    pub fn to_slot(&self, native: StateOwner) -> Cow<'_, str> {
        if self.owner == native {
            Cow::Borrowed(&self.data)
        } else {
            Cow::Owned(format!("{MARK}{}.{}", self.owner.name(), self.data))
        }
    }

    /// Whether a provider of this owner can read it.
    #[must_use]
    pub fn is_for(&self, owner: StateOwner) -> bool {
        self.owner == owner
    }

    /// A copy that owns its data.
    #[must_use]
    pub fn into_owned(self) -> Opaque<'static> {
        Opaque {
            owner: self.owner,
            data: Cow::Owned(self.data.into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_finds_its_way_home_through_a_foreign_slot() {
        let own = Opaque::new(StateOwner::Gemini, "c2ln");
        assert_eq!(own.to_slot(StateOwner::Gemini), "c2ln");
        let slot = own.to_slot(StateOwner::Anthropic).into_owned();
        assert_eq!(slot, "agw1.gemini.c2ln");
        let back = Opaque::from_slot(StateOwner::Anthropic, slot);
        assert_eq!(back, own);
    }

    #[test]
    fn what_is_not_marked_is_the_native_owners() {
        for text in ["c2ln", "", "agw1.", "agw1.nobody.x", "agw1.gemini"] {
            let state = Opaque::from_slot(StateOwner::Anthropic, text);
            assert_eq!(state, Opaque::new(StateOwner::Anthropic, text));
        }
    }
}
