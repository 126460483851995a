use serde_json::Value;

use super::refusal::Refusal;

/// What was said to the model.
pub(super) struct Prompt {
    /// The last text of the user; empty when there is none.
    pub(super) last: String,
    /// The words of all turns.
    pub(super) words: u64,
}

// === impl Prompt ===

impl Prompt {
    /// Reads the turns of a conversation whose texts are under `key`, and the instructions to it.
    ///
    /// A turn without a role is the user's, as Gemini has it.
    pub(super) fn of_turns(
        turns: &Value,
        key: &str,
        instructions: &Value,
    ) -> Result<Self, Refusal> {
        let turns = turns.as_array().filter(|turns| !turns.is_empty());
        let turns = turns.ok_or(Refusal::invalid("a list of messages is missing"))?;
        let mut prompt = Self {
            last: String::new(),
            words: words(&text_of(instructions)),
        };
        for turn in turns {
            let text = text_of(&turn[key]);
            prompt.words = prompt.words.saturating_add(words(&text));
            let role = turn["role"].as_str().unwrap_or("user");
            if role == "user" && !text.is_empty() {
                prompt.last = text;
            }
        }
        Ok(prompt)
    }

    /// A prompt that is one text.
    pub(super) fn of_text(text: &str, instructions: &Value) -> Self {
        Self {
            last: text.to_owned(),
            words: words(&text_of(instructions)).saturating_add(words(text)),
        }
    }
}

/// The text of a string, or of the parts in a list that have one.
pub(super) fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect(),
        _ => String::new(),
    }
}

pub(super) fn words(text: &str) -> u64 {
    u64::try_from(text.split_whitespace().count()).unwrap_or(u64::MAX)
}
