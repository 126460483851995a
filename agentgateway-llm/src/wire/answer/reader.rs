use std::sync::Arc;

use agentgateway_core::{json::JsonError, rescue::Ending, sse::SseEvent};

use http::HeaderMap;

use super::{anthropic, chat, converse, facts::Facts, gemini, names::Names, rerank, responses};
use crate::{LlmDialect, LlmOperation, LlmReport, bridge::Summary, wire::event_stream::Frame};

/// Reads one answer.
#[derive(Debug)]
pub(crate) struct Answer {
    reader: Reader,
    facts: Facts,
    counts_tokens: bool,
}

#[derive(Debug)]
enum Reader {
    Chat(Arc<Names>),
    Responses(Arc<Names>),
    Anthropic,
    Gemini,
    Converse,
    Rerank,
}

/// What an event was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The extra chunk of a chat stream that tells the usage and nothing else.
    UsageChunk,
    /// Anything else.
    Other,
}

impl Answer {
    pub(crate) fn new(dialect: LlmDialect, operation: LlmOperation, names: &Arc<Names>) -> Self {
        let reader = match dialect {
            LlmDialect::OpenAiChat | LlmDialect::Other(_) => Reader::Chat(Arc::clone(names)),
            LlmDialect::OpenAiResponses => Reader::Responses(Arc::clone(names)),
            LlmDialect::AnthropicMessages => Reader::Anthropic,
            LlmDialect::Gemini => Reader::Gemini,
            LlmDialect::BedrockConverse => Reader::Converse,
            LlmDialect::CohereRerank => Reader::Rerank,
        };
        Self {
            reader,
            facts: Facts::default(),
            counts_tokens: operation == LlmOperation::CountTokens,
        }
    }

    /// What stands in the head alone (Bedrock).
    pub(crate) fn head(&mut self, headers: &HeaderMap, failed: bool) {
        if matches!(self.reader, Reader::Converse) {
            converse::head(headers, failed, &mut self.facts);
        }
    }

    /// One frame of a binary stream (Bedrock).
    pub(crate) fn frame(&mut self, frame: &Frame<'_>) {
        if matches!(self.reader, Reader::Converse) {
            converse::frame(frame, &mut self.facts);
        }
    }

    /// One event of a stream. What cannot be read tells nothing, and passes.
    pub(crate) fn event(&mut self, event: &SseEvent<'_>) -> Seen {
        let facts = &mut self.facts;
        match &self.reader {
            Reader::Chat(names) => return chat::event(event, names, facts),
            Reader::Responses(names) => responses::event(event, names, facts),
            Reader::Anthropic => anthropic::event(event, facts),
            Reader::Gemini => gemini::event(event, facts),
            // The streams of the one are binary, the other has none.
            Reader::Converse | Reader::Rerank => {}
        }
        Seen::Other
    }

    /// The whole body of an answer that is no event stream.
    ///
    /// # Errors
    /// It is no JSON of the shape that the dialect has: it may be cut.
    pub(crate) fn whole(&mut self, body: &[u8]) -> Result<(), JsonError> {
        let facts = &mut self.facts;
        match &self.reader {
            Reader::Chat(_) => chat::whole(body, facts),
            Reader::Responses(_) => responses::whole(body, facts),
            Reader::Anthropic => anthropic::whole(body, facts),
            Reader::Gemini => gemini::whole(body, facts),
            Reader::Converse => converse::whole(body, facts),
            Reader::Rerank => rerank::whole(body, facts),
        }
    }

    /// What the body says, of one that was written here.
    pub(crate) fn told(&mut self, summary: &Summary) {
        self.facts.told(summary);
    }

    /// How the stream would stand if it ended now.
    ///
    /// Behind an error that the provider told in the stream, a missing marker needs no second error
    /// event: the stream counts as truncated, and its clean end passes.
    pub(crate) fn ending(&self) -> Ending {
        let done = match self.reader {
            Reader::Gemini => self.facts.done || self.facts.all_ended(),
            Reader::Chat(_)
            | Reader::Responses(_)
            | Reader::Anthropic
            | Reader::Converse
            | Reader::Rerank => self.facts.done,
        };
        match (done, &self.facts.error) {
            (true, _) => Ending::Complete,
            (false, Some(_)) => Ending::Resumable,
            (false, None) => Ending::Truncated,
        }
    }

    /// The `sequence_number` of an event that would follow now (Responses).
    pub(crate) fn next_sequence(&self) -> u64 {
        self.facts.sequence.map_or(0, |last| last.saturating_add(1))
    }

    /// What the answer told. Nothing is left.
    pub(crate) fn take_report(&mut self, dialect: LlmDialect) -> LlmReport {
        let mut report = std::mem::take(&mut self.facts).into_report(dialect);
        if self.counts_tokens {
            report.usage = None;
        }
        report
    }
}
