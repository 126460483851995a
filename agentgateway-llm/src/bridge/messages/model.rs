use super::super::form::ReasoningEffort;

/// What a model of Anthropic's takes, by the version in its name; any other name is taken for a model that knows
/// budgets alone, as whoever else serves the dialect does.
///
/// # Source
/// Anthropic documentation, Models overview, Structured outputs, Extended thinking, Adaptive thinking, Effort, and
/// What's new in Claude Opus 4.7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Model(Option<(u16, u16)>);

// === impl Model ===

impl Model {
    /// Reads the version from a name such as `claude-sonnet-4-5-20250929`, `claude-3-7-sonnet-latest` or
    /// `us.anthropic.claude-opus-4-6-v1`.
    pub(super) fn of(name: &str) -> Self {
        let Some((_, rest)) = name.split_once("claude-") else {
            return Self(None);
        };
        // Numbers of more digits are dates; a number with a letter is Bedrock's own version.
        let version = |part: &str| part.parse().ok().filter(|_| part.len() <= 2);
        let mut parts = rest.split(['-', '.', '@', ':', '/']).map(version);
        let Some(major) = parts.by_ref().flatten().next() else {
            return Self(None);
        };
        Self(Some((major, parts.next().flatten().unwrap_or(0))))
    }

    /// It can think.
    pub(super) fn thinks(self) -> bool {
        self.0.is_none_or(|version| version >= (3, 7))
    }

    /// It takes a budget for its thoughts.
    pub(super) fn takes_budget(self) -> bool {
        self.thinks() && self.0.is_none_or(|version| version < (4, 7))
    }

    /// It decides itself how much to think, and takes an effort.
    pub(super) fn is_adaptive(self) -> bool {
        self.0.is_some_and(|version| version >= (4, 6))
    }

    /// It is known not to decide itself.
    pub(super) fn is_fixed(self) -> bool {
        self.0.is_some_and(|version| version < (4, 6))
    }

    /// It takes `temperature`, `top_p` and `top_k`.
    pub(super) fn takes_sampling(self) -> bool {
        self.0.is_none_or(|version| version < (4, 7))
    }

    /// It takes `temperature` and `top_p` together.
    pub(super) fn takes_both(self) -> bool {
        self.0.is_none_or(|version| version < (4, 1))
    }

    /// It takes tools whose arguments match their schema exactly.
    pub(super) fn is_strict(self) -> bool {
        self.0.is_none_or(|version| version >= (4, 5))
    }

    /// The most tokens of an answer that nobody gave a limit, without its thoughts.
    pub(super) fn usual_tokens(self) -> u64 {
        match self.0 {
            Some(version) if version >= (3, 7) => 32_000,
            Some(version) if version >= (3, 5) => 8192,
            Some(_) | None => 4096,
        }
    }

    /// The most tokens that each model of this version can answer with; without a bound where nobody knows.
    pub(super) fn most_tokens(self) -> u64 {
        match self.0 {
            Some(version) if version >= (4, 5) => 64_000,
            // Opus 4 and 4.1: the others take twice as many.
            Some(_) => self.usual_tokens(),
            None => u64::MAX,
        }
    }

    /// The word for an effort, and whether it says just that.
    pub(super) fn effort(self, effort: ReasoningEffort) -> (&'static str, bool) {
        let too_much = self.0.is_some_and(|version| version < (4, 7));
        match effort {
            ReasoningEffort::None | ReasoningEffort::Minimal => ("low", false),
            ReasoningEffort::ExtraHigh if too_much => ("high", false),
            _ => (effort.as_str(), true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_names() {
        for (name, version) in [
            ("claude-sonnet-4-5-20250929", Some((4, 5))),
            ("claude-opus-4-20250514", Some((4, 0))),
            ("claude-3-7-sonnet-latest", Some((3, 7))),
            ("claude-3-haiku-20240307", Some((3, 0))),
            ("us.anthropic.claude-opus-4-6-v1", Some((4, 6))),
            ("anthropic.claude-sonnet-4-20250514-v1:0", Some((4, 0))),
            ("anthropic/claude-sonnet-4.5", Some((4, 5))),
            ("claude-haiku-4-5@20251001", Some((4, 5))),
            ("claude-sonnet-5", Some((5, 0))),
            ("claude-opus-5-5", Some((5, 5))),
            ("claude-mythos-preview", None),
            ("kimi-k2", None),
        ] {
            assert_eq!(Model::of(name), Model(version), "{name}");
        }
    }
}
