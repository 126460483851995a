use std::fmt;

use super::{form::Sidecar, lost};

/// Something that a dialect has no place for, and that a translation therefore leaves out or says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Loss {
    // What changes the meaning of a request.
    /// An image that the dialect cannot carry at all.
    Image,
    /// Sound that the dialect cannot carry.
    Audio,
    /// A film that the dialect cannot carry.
    Video,
    /// A document that the dialect cannot carry, or not in this form.
    Document,
    /// Media behind a URL, where the dialect wants the bytes. Nothing here fetches it.
    RemoteMedia,
    /// Media in the store of another provider.
    StoredMedia,
    /// Media in the answer of a tool.
    ToolResultMedia,
    /// A tool that the client's provider runs itself, such as a search of the web.
    ProviderTool,
    /// A tool whose input is no JSON (OpenAI's custom tools), where nothing makes a function of it.
    CustomTool,
    /// The choice of tools cannot be said.
    ToolChoice,
    /// At most one call of a tool at a time cannot be asked for.
    ParallelToolCalls,
    /// Arguments of a call that are no JSON object.
    ToolArguments,
    /// The form of the answer cannot be asked for.
    OutputFormat,
    /// The answer shall be something else than text: sound, an image.
    OutputModality,
    /// More than one answer.
    Choices,
    /// A conversation that the client's provider keeps.
    StoredConversation,
    /// The answer shall be made in the background.
    Background,
    /// A block or an item of a kind that the other dialect does not know.
    UnknownBlock,
    // What tunes a request.
    /// The temperature is out of the other dialect's range, or has no place.
    Temperature,
    /// `top_p`
    TopP,
    /// `top_k`
    TopK,
    /// The seed.
    Seed,
    /// A penalty for words that were said.
    Penalties,
    /// The probabilities of tokens.
    Logprobs,
    /// More stop sequences than the dialect takes, or none at all.
    StopSequences,
    /// The most tokens of an answer have no place.
    MaxTokens,
    /// How hard the model shall think cannot be said, or is said otherwise: a budget for an effort.
    ReasoningEffort,
    /// The model's thoughts have no place.
    ReasoningText,
    /// State that only another provider can read.
    ReasoningState,
    /// A marker of what to cache.
    CacheMarker,
    /// That a tool's arguments, or an answer, match their schema exactly.
    Strict,
    /// That an answer is a JSON object: the model is asked for it in words.
    JsonMode,
    /// A part of a schema, or of a description of a tool or an answer.
    Schema,
    /// That a custom tool's input matches its grammar: the model is told it in words.
    ToolGrammar,
    /// How closely an image is looked at.
    MediaDetail,
    /// A file's name.
    MediaName,
    /// That a tool failed.
    ToolResultError,
    /// Instructions in the middle of a conversation; they go to its beginning.
    SystemTurn,
    /// Who asks.
    User,
    /// A member that the other dialect does not know.
    UnknownMember,
    // What of an answer has no place.
    /// Citations and other notes on a text.
    Citations,
    /// Why the model stopped, said less exactly.
    StopReason,
    /// Counts of tokens.
    UsageDetail,
    /// Refusals in words of their own are text.
    Refusal,
}

/// What a [`Loss`] does to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LossKind {
    /// The request would mean something else.
    Meaning,
    /// The request means the same, and may be answered a little differently.
    Tuning,
    /// The answer says less than it could.
    Answer,
}

impl LossKind {
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

// === impl Loss ===

impl Loss {
    /// Each of them, in the order of the documentation.
    pub const ALL: [Self; 44] = [
        Self::Image,
        Self::Audio,
        Self::Video,
        Self::Document,
        Self::RemoteMedia,
        Self::StoredMedia,
        Self::ToolResultMedia,
        Self::ProviderTool,
        Self::CustomTool,
        Self::ToolChoice,
        Self::ParallelToolCalls,
        Self::ToolArguments,
        Self::OutputFormat,
        Self::OutputModality,
        Self::Choices,
        Self::StoredConversation,
        Self::Background,
        Self::UnknownBlock,
        Self::Temperature,
        Self::TopP,
        Self::TopK,
        Self::Seed,
        Self::Penalties,
        Self::Logprobs,
        Self::StopSequences,
        Self::MaxTokens,
        Self::ReasoningEffort,
        Self::ReasoningText,
        Self::ReasoningState,
        Self::CacheMarker,
        Self::Strict,
        Self::JsonMode,
        Self::Schema,
        Self::ToolGrammar,
        Self::MediaDetail,
        Self::MediaName,
        Self::ToolResultError,
        Self::SystemTurn,
        Self::User,
        Self::UnknownMember,
        Self::Citations,
        Self::StopReason,
        Self::UsageDetail,
        Self::Refusal,
    ];

    /// A short stable name, for headers, logs, spans and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Document => "document",
            Self::RemoteMedia => "remote_media",
            Self::StoredMedia => "stored_media",
            Self::ToolResultMedia => "tool_result_media",
            Self::ProviderTool => "provider_tool",
            Self::CustomTool => "custom_tool",
            Self::ToolChoice => "tool_choice",
            Self::ParallelToolCalls => "parallel_tool_calls",
            Self::ToolArguments => "tool_arguments",
            Self::OutputFormat => "output_format",
            Self::OutputModality => "output_modality",
            Self::Choices => "choices",
            Self::StoredConversation => "stored_conversation",
            Self::Background => "background",
            Self::UnknownBlock => "unknown_block",
            Self::Temperature => "temperature",
            Self::TopP => "top_p",
            Self::TopK => "top_k",
            Self::Seed => "seed",
            Self::Penalties => "penalties",
            Self::Logprobs => "logprobs",
            Self::StopSequences => "stop_sequences",
            Self::MaxTokens => "max_tokens",
            Self::ReasoningEffort => "reasoning_effort",
            Self::ReasoningText => "reasoning_text",
            Self::ReasoningState => "reasoning_state",
            Self::CacheMarker => "cache_marker",
            Self::Strict => "strict",
            Self::JsonMode => "json_mode",
            Self::Schema => "schema",
            Self::ToolGrammar => "tool_grammar",
            Self::MediaDetail => "media_detail",
            Self::MediaName => "media_name",
            Self::ToolResultError => "tool_result_error",
            Self::SystemTurn => "system_turn",
            Self::User => "user",
            Self::UnknownMember => "unknown_member",
            Self::Citations => "citations",
            Self::StopReason => "stop_reason",
            Self::UsageDetail => "usage_detail",
            Self::Refusal => "refusal",
        }
    }

    /// What it does to the conversation.
    #[must_use]
    pub const fn kind(self) -> LossKind {
        match self {
            Self::Image
            | Self::Audio
            | Self::Video
            | Self::Document
            | Self::RemoteMedia
            | Self::StoredMedia
            | Self::ToolResultMedia
            | Self::ProviderTool
            | Self::CustomTool
            | Self::ToolChoice
            | Self::ParallelToolCalls
            | Self::ToolArguments
            | Self::OutputFormat
            | Self::OutputModality
            | Self::Choices
            | Self::StoredConversation
            | Self::Background
            | Self::UnknownBlock => LossKind::Meaning,
            Self::Citations | Self::StopReason | Self::UsageDetail | Self::Refusal => {
                LossKind::Answer
            }
            _ => LossKind::Tuning,
        }
    }

    const fn bit(self) -> u64 {
        1 << self as u64
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a translation could not carry: each [`Loss`] once, however often it happened, and where the first that
/// changes the meaning stands.
///
/// It holds no value of the messages, only names of their members, so it may be logged.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct LossReport {
    bits: u64,
    place: Option<(Loss, Box<str>)>,
}

// === impl LossReport ===

impl LossReport {
    /// A report of nothing lost.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bits: 0,
            place: None,
        }
    }

    /// Whether nothing was lost.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bits == 0
    }

    /// Whether this was lost.
    #[must_use]
    pub const fn has(&self, loss: Loss) -> bool {
        self.bits & loss.bit() != 0
    }

    /// What was lost, in the order of [`Loss::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = Loss> + use<> {
        let bits = self.bits;
        Loss::ALL
            .into_iter()
            .filter(move |loss| bits & loss.bit() != 0)
    }

    /// Notes a loss.
    pub const fn add(&mut self, loss: Loss) {
        self.bits |= loss.bit();
    }

    /// Notes a loss and the member that it is about, such as `tools[2]`: a name, never a value.
    pub fn add_at(&mut self, loss: Loss, place: impl Into<Box<str>>) {
        self.add(loss);
        if self.place.is_none() && loss.kind() == LossKind::Meaning {
            self.place = Some((loss, place.into()));
        }
    }

    /// Notes what is lost with a member that has no place in the dialect that is written: what its own dialect says
    /// of it, which may be nothing. Encoders call it for each [sidecar](super::form::Sidecar) of another dialect.
    pub fn add_member(&mut self, sidecar: &Sidecar) {
        lost::member(sidecar, self);
    }

    /// As [`add_member`](Self::add_member), for a whole block: one of a kind that nobody knows is
    /// [`Loss::UnknownBlock`].
    pub fn add_block(&mut self, sidecar: &Sidecar) {
        lost::block(sidecar, self);
    }

    /// The first loss of meaning whose place was noted.
    #[must_use]
    pub fn place(&self) -> Option<(Loss, &str)> {
        self.place.as_ref().map(|(loss, place)| (*loss, &**place))
    }

    /// Takes up what another report holds.
    pub fn merge(&mut self, other: Self) {
        self.bits |= other.bits;
        self.place = self.place.take().or(other.place);
    }
}

impl fmt::Debug for LossReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// The names of what was lost, with commas between them; `nothing` for none.
impl fmt::Display for LossReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing");
        }
        for (at, loss) in self.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{loss}")?;
        }
        Ok(())
    }
}

/// What is done about losses of a request.
///
/// By default a request whose meaning would change is refused, and all other losses are told in the header
/// `x-agw-loss` of the answer and on the span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LossPolicy {
    refused: u8,
    told: bool,
}

// === impl LossPolicy ===

impl LossPolicy {
    /// The default.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            refused: LossKind::Meaning.bit(),
            told: true,
        }
    }

    /// Whether a request with a loss of this kind is refused. Default: true for [`LossKind::Meaning`] alone.
    #[must_use]
    pub const fn refuse(mut self, kind: LossKind, refuse: bool) -> Self {
        if refuse {
            self.refused |= kind.bit();
        } else {
            self.refused &= !kind.bit();
        }
        self
    }

    /// Whether losses are told in a header of the answer. Default: true.
    #[must_use]
    pub const fn tell(mut self, tell: bool) -> Self {
        self.told = tell;
        self
    }

    /// Whether losses are told in a header.
    #[must_use]
    pub const fn tells(&self) -> bool {
        self.told
    }

    /// The first loss for which a request is refused.
    #[must_use]
    pub fn refuses(&self, report: &LossReport) -> Option<Loss> {
        report
            .iter()
            .find(|loss| self.refused & loss.kind().bit() != 0)
    }
}

impl Default for LossPolicy {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loss_has_a_bit_and_a_name_of_its_own() {
        let mut all = LossReport::new();
        for loss in Loss::ALL {
            assert!(!all.has(loss), "{loss}");
            all.add(loss);
        }
        assert_eq!(all.iter().count(), Loss::ALL.len());
        let names: std::collections::BTreeSet<_> =
            Loss::ALL.iter().map(|loss| loss.as_str()).collect();
        assert_eq!(names.len(), Loss::ALL.len());
    }

    #[test]
    fn the_first_place_of_meaning_is_kept() {
        let mut report = LossReport::new();
        report.add_at(Loss::TopK, "top_k");
        assert_eq!(report.place(), None);
        report.add_at(Loss::ProviderTool, "tools[1]");
        report.add_at(Loss::Audio, "messages[0]");
        assert_eq!(report.place(), Some((Loss::ProviderTool, "tools[1]")));
        assert_eq!(report.to_string(), "audio, provider_tool, top_k");
    }

    #[test]
    fn meaning_is_refused_and_tuning_is_not_unless_asked() {
        let mut report = LossReport::new();
        report.add(Loss::TopK);
        let policy = LossPolicy::new();
        assert_eq!(policy.refuses(&report), None);
        let strict = policy.refuse(LossKind::Tuning, true);
        assert_eq!(strict.refuses(&report), Some(Loss::TopK));
        report.add(Loss::Audio);
        assert_eq!(policy.refuses(&report), Some(Loss::Audio));
        let lax = policy.refuse(LossKind::Meaning, false);
        assert_eq!(lax.refuses(&report), None);
    }
}
