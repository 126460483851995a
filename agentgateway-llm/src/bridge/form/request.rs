use super::{Block, Sidecars, Tool, ToolChoice};

/// A turn of a conversation, asked of a model.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Request {
    /// The model's name.
    pub model: String,
    /// The answer shall come as a stream.
    pub stream: bool,
    /// What the model is told before the conversation: text, most often.
    pub system: Vec<Block>,
    /// The conversation. Two turns of one role may follow each other; encoders join them where they must.
    pub turns: Vec<Turn>,
    /// The client's tools.
    pub tools: Vec<Tool>,
    /// Whether, and which, tool must be asked for.
    pub tool_choice: Option<ToolChoice>,
    /// Several tools may be asked for in one answer. `None`: the provider's default, which is yes.
    pub parallel_tool_calls: Option<bool>,
    /// The form of the answer.
    pub output: Option<OutputFormat>,
    /// How much the model shall think.
    pub reasoning: Option<ReasoningOptions>,
    /// How tokens are sampled, and how many.
    pub sampling: Sampling,
    /// Who asks: the end user's id (`user`, `safety_identifier`, `metadata.user_id`).
    pub user: Option<String>,
    /// All that only the request's own dialect knows: other members, and tools that the provider runs.
    pub sidecars: Sidecars,
}

/// What one side says.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Turn {
    /// Who says it.
    pub role: Role,
    /// What is said.
    pub blocks: Vec<Block>,
}

impl Turn {
    /// A turn.
    #[must_use]
    pub const fn new(role: Role, blocks: Vec<Block>) -> Self {
        Self { role, blocks }
    }
}

/// Who says a [`Turn`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The user, and the user's tools.
    User,
    /// The model.
    Assistant,
    /// Instructions in the middle of a conversation.
    System,
}

/// The form of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputFormat {
    /// Text.
    Text,
    /// A JSON object of any shape.
    JsonObject,
    /// JSON of this schema.
    JsonSchema {
        /// The schema's name, where the dialect has one.
        name: Option<String>,
        /// What it is for.
        description: Option<String>,
        /// The schema, as it was written.
        schema: Box<str>,
        /// The answer must match exactly.
        strict: Option<bool>,
    },
}

/// How much a model shall think, in the words of whoever asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReasoningOptions {
    /// How hard.
    pub effort: Option<ReasoningEffort>,
    /// At most this many tokens of thought (Anthropic's `budget_tokens`, Gemini's `thinkingBudget`).
    pub budget_tokens: Option<u64>,
    /// The model decides how much (Anthropic's `adaptive`, Gemini's budget of -1).
    pub adaptive: bool,
    /// Whether the thoughts, or a summary, shall be in the answer. `None`: the provider's default.
    pub include: Option<bool>,
}

/// How hard a model shall think.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ReasoningEffort {
    /// Not at all.
    None,
    /// As little as it can.
    Minimal,
    /// A little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// More than much.
    ExtraHigh,
    /// All that it can.
    Max,
}

impl ReasoningEffort {
    /// Each of them, the least first.
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::Minimal,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::ExtraHigh,
        Self::Max,
    ];

    /// OpenAI's word for it; Anthropic's `effort` takes the same from `low` on.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::ExtraHigh => "xhigh",
            Self::Max => "max",
        }
    }

    /// The effort of this word, in any case.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|effort| effort.as_str().eq_ignore_ascii_case(word))
    }

    /// A budget that stands for this effort where a dialect has budgets alone: `None` for no thought.
    ///
    /// The steps double; they are the gateway's own choice, as no provider publishes any.
    #[must_use]
    pub const fn budget_tokens(self) -> Option<u64> {
        Some(match self {
            Self::None => return None,
            Self::Minimal => 1024,
            Self::Low => 2048,
            Self::Medium => 8192,
            Self::High => 16_384,
            Self::ExtraHigh => 24_576,
            Self::Max => 32_768,
        })
    }

    /// The effort that stands for a budget where a dialect has efforts alone.
    #[must_use]
    pub fn of_budget(tokens: u64) -> Self {
        Self::ALL
            .into_iter()
            .find(|effort| effort.budget_tokens().unwrap_or(0) >= tokens)
            .unwrap_or(Self::Max)
    }
}

/// How tokens are sampled, and how many.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Sampling {
    /// The most tokens that the answer may have.
    pub max_tokens: Option<u64>,
    /// The temperature; each dialect has a range of its own.
    pub temperature: Option<f64>,
    /// The share of probability that is sampled from.
    pub top_p: Option<f64>,
    /// How many candidates for a token are looked at.
    pub top_k: Option<u64>,
    /// Where the answer ends.
    pub stop: Vec<String>,
    /// The seed.
    pub seed: Option<i64>,
    /// Against words that were said.
    pub presence_penalty: Option<f64>,
    /// Against words that were said often.
    pub frequency_penalty: Option<f64>,
    /// How many answers; `None` is one.
    pub choices: Option<u64>,
    /// The tokens' probabilities shall be told.
    pub logprobs: Option<bool>,
    /// For how many candidates each.
    pub top_logprobs: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn efforts_and_budgets_stand_for_each_other() {
        for effort in ReasoningEffort::ALL {
            assert_eq!(ReasoningEffort::of_word(effort.as_str()), Some(effort));
            let budget = effort.budget_tokens().unwrap_or(0);
            assert_eq!(ReasoningEffort::of_budget(budget), effort);
        }
        assert_eq!(ReasoningEffort::of_budget(4000), ReasoningEffort::Medium);
        assert_eq!(ReasoningEffort::of_budget(u64::MAX), ReasoningEffort::Max);
    }
}
