//! Writing what tunes a request.

use super::super::{
    super::{
        Loss, LossReport,
        form::{OutputFormat, ReasoningEffort, Request, Sampling},
    },
    json::Members,
    sidecars::{self, own},
};
use crate::bridge::names::fitting;

/// The most stop sequences that a request has.
const MAX_STOPS: usize = 4;
/// The longest id of a user.
const MAX_USER_CHARS: usize = 64;
const TEMPERATURES: std::ops::RangeInclusive<f64> = 0.0..=2.0;

/// Writes how tokens are sampled; `limit` is the member that says how many there may be.
pub(super) fn sampling(
    body: &mut Members<'_>,
    limit: &'static str,
    told: &Sampling,
    losses: &mut LossReport,
) {
    if let Some(count) = told.max_tokens {
        body.number(limit, count);
    }
    if let Some(temperature) = told.temperature {
        if !TEMPERATURES.contains(&temperature) {
            losses.add(Loss::Temperature);
        }
        let clamped = temperature.clamp(*TEMPERATURES.start(), *TEMPERATURES.end());
        body.number("temperature", clamped);
    }
    if let Some(share) = told.top_p {
        body.number("top_p", share);
    }
    if told.top_k.is_some() {
        losses.add(Loss::TopK);
    }
    if told.stop.len() > MAX_STOPS {
        losses.add(Loss::StopSequences);
    }
    if !told.stop.is_empty() {
        body.array("stop", |stops| {
            for stop in told.stop.iter().take(MAX_STOPS) {
                stops.string(stop);
            }
        });
    }
    if let Some(seed) = told.seed {
        body.number("seed", seed);
    }
    if let Some(penalty) = told.presence_penalty {
        body.number("presence_penalty", penalty);
    }
    if let Some(penalty) = told.frequency_penalty {
        body.number("frequency_penalty", penalty);
    }
    if let Some(choices) = told.choices {
        body.number("n", choices);
    }
    if let Some(wanted) = told.logprobs {
        body.boolean("logprobs", wanted);
    } else if told.top_logprobs.is_some() {
        // Without it OpenAI refuses the other.
        body.boolean("logprobs", true);
    }
    if let Some(count) = told.top_logprobs {
        body.number("top_logprobs", count);
    }
}

pub(super) fn output(body: &mut Members<'_>, request: &Request) {
    let Some(format) = &request.output else {
        return;
    };
    body.object("response_format", |out| match format {
        OutputFormat::Text => out.string("type", "text"),
        OutputFormat::JsonObject => out.string("type", "json_object"),
        OutputFormat::JsonSchema {
            name,
            description,
            schema,
            strict,
        } => {
            out.string("type", "json_schema");
            out.object("json_schema", |out| {
                // It must have one.
                let name = name.as_deref().unwrap_or("answer");
                out.string("name", &fitting(name));
                if let Some(description) = description {
                    out.string("description", description);
                }
                out.raw("schema", schema);
                if let Some(strict) = strict {
                    out.boolean("strict", *strict);
                }
                sidecars::write(out, &request.sidecars, "response_format.");
            });
        }
    });
}

pub(super) fn reasoning(body: &mut Members<'_>, request: &Request, losses: &mut LossReport) {
    let Some(told) = &request.reasoning else {
        return;
    };
    if told.budget_tokens.is_some() {
        losses.add(Loss::ReasoningEffort);
    }
    if told.include == Some(true) {
        // Whether thoughts are told is the provider's choice.
        losses.add(Loss::ReasoningText);
    }
    let meant = told.budget_tokens.map(ReasoningEffort::of_budget);
    let is_written = own(&request.sidecars).any(|sidecar| &*sidecar.name == "reasoning_effort");
    if let Some(effort) = told.effort.or(meant).filter(|_| !is_written) {
        body.string("reasoning_effort", effort.as_str());
    }
}

/// OpenAI refuses ids that are longer than it takes.
pub(super) fn user(body: &mut Members<'_>, request: &Request, losses: &mut LossReport) {
    let Some(user) = &request.user else {
        return;
    };
    let is_written = own(&request.sidecars).any(|sidecar| &*sidecar.name == "user");
    if user.chars().count() > MAX_USER_CHARS {
        losses.add(Loss::User);
    } else if is_written {
        body.string("safety_identifier", user);
    } else {
        body.string("user", user);
    }
}
