use super::{Block, Sidecars, StopReason};
use crate::LlmUsage;

/// A whole answer.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Response {
    /// The answer's id, in the provider's words; empty where it told none.
    pub id: String,
    /// The model that answered; empty where the provider told none.
    pub model: String,
    /// When, in seconds since 1970.
    pub created: Option<u64>,
    /// The answers: one, unless more were asked for.
    pub choices: Vec<Choice>,
    /// What it used; empty where the provider told nothing.
    pub usage: LlmUsage,
    /// What only its dialect knows.
    pub sidecars: Sidecars,
}

/// One answer of a [`Response`].
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Choice {
    /// What the model says.
    pub blocks: Vec<Block>,
    /// Why it stopped.
    pub stop: StopReason,
    /// What only its dialect knows, such as the tokens' probabilities.
    pub sidecars: Sidecars,
}
