//! JSON mode: an answer that is a JSON object of any shape.
//!
//! OpenAI, Gemini and Ollama have a word for it. Anthropic Messages and Bedrock Converse hold a model to a schema, and to
//! one in which every object is closed, so that an object of any shape cannot be said there; a tool that must be called
//! in the place of an answer would shut out thoughts and the client's own tools. The model is asked in words instead:
//! these are no more than the client asks for, and OpenAI's clients must have said them already.

use super::{
    Loss, LossReport,
    form::{Block, Content, OutputFormat, Request},
};

/// What the model is told behind all other instructions, so that a cached prompt stays one.
const WORDS: &str = "Your answer must be a single valid JSON object, with no text before or after it and no Markdown \
                     code fence.";

/// Asks for JSON in words, where the dialect has no JSON mode (`has_it`), or the conversation does not speak of it:
/// then OpenAI refuses its own.
///
/// # Source
/// OpenAI API, `ResponseFormatJsonObject`: "the model will not generate JSON without a system or user message
/// instructing it to do so"; Anthropic documentation, Structured outputs, JSON Schema limitations.
pub(in crate::bridge) fn say(request: &mut Request, has_it: bool, losses: &mut LossReport) {
    if request.output != Some(OutputFormat::JsonObject) {
        return;
    }
    if !has_it {
        losses.add(Loss::JsonMode);
        request.output = None;
    }
    if !(has_it && speaks_of_json(request)) {
        request.system.push(Block::text(WORDS));
    }
}

fn speaks_of_json(request: &Request) -> bool {
    let said = request.turns.iter().flat_map(|turn| &turn.blocks);
    request.system.iter().chain(said).any(|block| {
        matches!(&block.content, Content::Text(text)
            if text.as_bytes().windows(4).any(|word| word.eq_ignore_ascii_case(b"json")))
    })
}
