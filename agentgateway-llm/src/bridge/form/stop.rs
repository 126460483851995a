/// Why a model stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// It had said all.
    #[default]
    EndTurn,
    /// It came to one of the client's stop sequences, which is named where the provider does.
    StopSequence(Option<String>),
    /// It came to the most tokens that the answer may have.
    MaxTokens,
    /// The model's context is full.
    ContextFull,
    /// It asks for a tool.
    ToolUse,
    /// The provider, or the model, refuses. The provider's word for why, where it has several.
    Filtered(Option<String>),
    /// The provider pauses, and wants the answer back to go on.
    Pause,
    /// What the model wrote cannot be used, such as a call of a tool that is no call. The provider's word for it.
    Malformed(String),
    /// For a reason that is not known here, in the provider's word.
    Other(String),
}
