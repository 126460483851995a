use std::sync::Arc;

use agentgateway_core::{
    body::End,
    context::{MeterClaim, Used},
};

use crate::{
    LlmCall, LlmDialect, LlmOperation, LlmReport,
    wire::{Names, Relayed},
};

/// How many bytes of a request make a token, roughly.
const INPUT_BYTES_PER_TOKEN: u64 = 4;

/// Tells the policies that ask what a call used.
#[derive(Debug)]
pub(super) struct Reading {
    claim: MeterClaim,
    relayed: Relayed,
}

impl Reading {
    pub(super) fn new(claim: MeterClaim, call: &LlmCall, names: &Arc<Names>) -> Self {
        Self {
            claim,
            relayed: Relayed::new(call.dialect(), names),
        }
    }

    pub(super) fn begin_stream(&mut self) {
        self.relayed.begin();
    }

    pub(super) fn event(&mut self, data: &[u8]) {
        self.relayed.event(data);
    }

    pub(super) fn whole(&mut self, body: &[u8]) {
        self.relayed.whole(body);
    }

    pub(super) fn settle(self, call: &LlmCall, report: &LlmReport, is_refused: bool, end: End<'_>) {
        let used = used(call, report, is_refused, end, self.relayed.tokens());
        self.claim.settle(&used, end);
    }
}

/// What is known of a call's usage, or can be guessed.
fn used(
    call: &LlmCall,
    report: &LlmReport,
    is_refused: bool,
    end: End<'_>,
    relayed: Option<u64>,
) -> Used {
    let usage = report.usage.unwrap_or_default();
    let mut told = Used::tokens(usage.input_tokens(), usage.output_tokens());
    told.all_tokens = usage.total_tokens;
    // Who says zero of words that passed knows nothing of them: a translation must write a number.
    if told.output_tokens == Some(0) && relayed > Some(0) {
        told = Used::default();
    }
    let is_free = is_refused || call.operation() == LlmOperation::CountTokens;
    if is_free && usage.is_empty() {
        return Used::tokens(0, 0);
    }
    let is_whole = end.is_success() && report.error.is_none();
    if (is_free || is_whole || tells_last(call)) && is_known(call, &told) {
        return told;
    }
    let mut used = Used::default();
    if !call.operation().generates() {
        // What passes of vectors and scores is no output of a model's.
        used = Used::tokens(Some(call.body_bytes() / INPUT_BYTES_PER_TOKEN), Some(0));
        used.estimated = true;
        return used;
    }
    // What passed unread may have any length.
    if let Some(output) = told
        .output_tokens
        .max(relayed.map(|tokens| within(call, tokens)))
    {
        let input = told.input_tokens;
        let guessed = call.body_bytes() / INPUT_BYTES_PER_TOKEN;
        used = Used::tokens(input.unwrap_or(guessed), output);
    }
    used.estimated = true;
    used
}

/// Whether what is told is all that counts: who generates uses both, and one half of it is not the whole.
fn is_known(call: &LlmCall, told: &Used) -> bool {
    let both = told.input_tokens.is_some() && told.output_tokens.is_some();
    let is_enough = !call.operation().generates() && told.total().is_some();
    told.all_tokens.is_some() || both || is_enough
}

/// Whether usage is told when all of it is known; else what is told early is less than the whole.
fn tells_last(call: &LlmCall) -> bool {
    matches!(
        call.dialect(),
        LlmDialect::OpenAiChat | LlmDialect::OpenAiResponses | LlmDialect::BedrockConverse
    )
}

/// No more than the client asked for.
fn within(call: &LlmCall, tokens: u64) -> u64 {
    let Some(most) = call.max_tokens() else {
        return tokens;
    };
    tokens.min(most.saturating_mul(call.choice_count().unwrap_or(1).max(1)))
}
