use agentgateway_core::json::{self, Raw};
use bytes::{BufMut, BytesMut};

use super::super::{
    super::{
        codec::Refused,
        form::{OutputFormat, ReasoningEffort, ReasoningOptions, Request, Sampling, Sidecar},
        loss::{Loss, LossReport},
        read::{self as reading, Object},
    },
    model, read, schema,
    write::{Members, Number},
};
use crate::LlmDialect;

/// The most stop sequences that Gemini takes.
const MAX_STOPS: usize = 5;

/// Reads `generationConfig`.
pub(super) fn decode(mut config: Object<'_>, request: &mut Request) -> Result<(), Refused> {
    request.sampling = Sampling {
        max_tokens: config.take_u64("maxOutputTokens")?,
        temperature: config.take_f64("temperature")?,
        top_p: config.take_f64("topP")?,
        top_k: config.take_u64("topK")?,
        stop: read::take_strings(&mut config, "stopSequences")?,
        seed: signed(&mut config, "seed")?,
        presence_penalty: config.take_f64("presencePenalty")?,
        frequency_penalty: config.take_f64("frequencyPenalty")?,
        choices: config.take_u64("candidateCount")?,
        logprobs: config.take_bool("responseLogprobs")?,
        top_logprobs: config.take_u64("logprobs")?,
    };
    output(&mut config, request)?;
    if let Some(thinking) = read::take_object(&mut config, "thinkingConfig")? {
        request.reasoning = Some(reasoning(thinking, &mut request.sidecars)?);
    }
    read::keep_rest(config, "generationConfig.", &mut request.sidecars);
    Ok(())
}

fn signed(config: &mut Object<'_>, name: &str) -> Result<Option<i64>, Refused> {
    let Some(raw) = config.take(name) else {
        return Ok(None);
    };
    let number = raw.get().parse().ok();
    let wrong = || Refused::wrong_type(&config.path(name), "a whole number", raw);
    number.ok_or_else(wrong).map(Some)
}

fn output(config: &mut Object<'_>, request: &mut Request) -> Result<(), Refused> {
    let mime = config.take("responseMimeType");
    let openapi = config.take("responseSchema");
    let json_schema = config
        .take("responseJsonSchema")
        .or_else(|| config.take("_responseJsonSchema"));
    let word = mime
        .map(|raw| reading::string(raw, &config.path("responseMimeType")))
        .transpose()?;
    let schema = |schema| OutputFormat::JsonSchema {
        name: None,
        description: None,
        schema,
        strict: None,
    };
    request.output = match (word.as_deref(), json_schema, openapi) {
        (None | Some("application/json"), Some(raw), _) => Some(schema(reading::owned(raw))),
        (None | Some("application/json"), None, Some(raw)) => {
            let place = config.path("responseSchema");
            Some(schema(schema::to_json_schema(raw, &place)?))
        }
        (Some("application/json"), None, None) => Some(OutputFormat::JsonObject),
        (Some("text/plain"), None, None) => Some(OutputFormat::Text),
        // Such as `text/x.enum`: nobody else has it.
        _ => {
            let mut keep = |name: &str, raw: Option<Raw<'_>>| {
                request.sidecars.extend(raw.map(|raw| {
                    let name = format!("generationConfig.{name}");
                    Sidecar::of(LlmDialect::Gemini, &name, raw)
                }));
            };
            keep("responseMimeType", mime);
            keep("responseSchema", openapi);
            keep("responseJsonSchema", json_schema);
            None
        }
    };
    Ok(())
}

fn reasoning(
    mut thinking: Object<'_>,
    sidecars: &mut Vec<Sidecar>,
) -> Result<ReasoningOptions, Refused> {
    let mut options = ReasoningOptions {
        include: thinking.take_bool("includeThoughts")?,
        ..ReasoningOptions::default()
    };
    match signed(&mut thinking, "thinkingBudget")? {
        None => {}
        Some(0) => options.effort = Some(ReasoningEffort::None),
        Some(tokens) => match u64::try_from(tokens) {
            Ok(tokens) => options.budget_tokens = Some(tokens),
            Err(_) => options.adaptive = true,
        },
    }
    let prefix = "generationConfig.thinkingConfig.";
    if let Some(raw) = thinking.take("thinkingLevel") {
        let level = json::string(raw).and_then(|word| ReasoningEffort::of_word(&word));
        if level.is_none() {
            let name = format!("{prefix}thinkingLevel");
            sidecars.push(Sidecar::of(LlmDialect::Gemini, &name, raw));
        }
        options.effort = level.or(options.effort);
    }
    read::keep_rest(thinking, prefix, sidecars);
    Ok(options)
}

/// Writes the members of `generationConfig`.
pub(super) fn encode(config: &mut Members<'_>, request: &Request, losses: &mut LossReport) {
    sampling(config, &request.sampling, losses);
    match &request.output {
        None => {}
        Some(OutputFormat::Text) => config.string("responseMimeType", "text/plain"),
        Some(OutputFormat::JsonObject) => config.string("responseMimeType", "application/json"),
        Some(OutputFormat::JsonSchema {
            schema,
            description,
            ..
        }) => {
            if description.is_some() {
                losses.add(Loss::Schema);
            }
            config.string("responseMimeType", "application/json");
            config.raw("responseJsonSchema", schema);
        }
    }
    config.object_if_any("thinkingConfig", |thinking| {
        if let Some(options) = &request.reasoning {
            encode_reasoning(thinking, options, &request.model, losses);
        }
        let prefix = "generationConfig.thinkingConfig.";
        thinking.raws(read::own(&request.sidecars, prefix));
    });
    config.raws(read::own(&request.sidecars, "generationConfig."));
}

fn sampling(config: &mut Members<'_>, sampling: &Sampling, losses: &mut LossReport) {
    let temperature = sampling.temperature.map(|told| told.clamp(0.0, 2.0));
    if temperature != sampling.temperature {
        losses.add(Loss::Temperature);
    }
    let seed = sampling.seed.and_then(|seed| i32::try_from(seed).ok());
    if seed.map(i64::from) != sampling.seed {
        losses.add(Loss::Seed);
    }
    let stop = sampling.stop.get(..MAX_STOPS).unwrap_or(&sampling.stop);
    if stop.len() < sampling.stop.len() {
        losses.add(Loss::StopSequences);
    }
    config.some("maxOutputTokens", sampling.max_tokens);
    config.some("temperature", temperature.map(Real));
    config.some("topP", sampling.top_p.map(Real));
    config.some("topK", sampling.top_k);
    if !stop.is_empty() {
        config.strings("stopSequences", stop);
    }
    config.some("seed", seed);
    config.some("presencePenalty", sampling.presence_penalty.map(Real));
    config.some("frequencyPenalty", sampling.frequency_penalty.map(Real));
    config.some("candidateCount", sampling.choices);
    config.some("responseLogprobs", sampling.logprobs);
    config.some("logprobs", sampling.top_logprobs);
}

/// Gemini takes a budget or a level, never both: the budget where there is one.
fn encode_reasoning(
    thinking: &mut Members<'_>,
    options: &ReasoningOptions,
    name: &str,
    losses: &mut LossReport,
) {
    thinking.some("includeThoughts", options.include);
    if let Some(tokens) = options.budget_tokens {
        if options.effort.is_some() {
            losses.add(Loss::ReasoningEffort);
        }
        return thinking.number("thinkingBudget", tokens);
    }
    match options.effort {
        None if options.adaptive => thinking.number("thinkingBudget", -1),
        None => {}
        // What models of the third generation make of it is up to them: some cannot do without a thought.
        Some(ReasoningEffort::None) => thinking.number("thinkingBudget", 0),
        Some(effort) if model::is_third_generation(name) => {
            if effort == ReasoningEffort::Max {
                losses.add(Loss::ReasoningEffort);
            }
            thinking.string("thinkingLevel", level(effort));
        }
        Some(effort) => {
            losses.add(Loss::ReasoningEffort);
            thinking.some("thinkingBudget", effort.budget_tokens());
        }
    }
}

/// # Source
/// google-genai 3.6, `ThinkingLevel`.
const fn level(effort: ReasoningEffort) -> &'static str {
    match effort {
        ReasoningEffort::None | ReasoningEffort::Minimal => "MINIMAL",
        ReasoningEffort::Low => "LOW",
        ReasoningEffort::Medium => "MEDIUM",
        ReasoningEffort::High => "HIGH",
        ReasoningEffort::ExtraHigh | ReasoningEffort::Max => "XHIGH",
    }
}

/// A number as Gemini's own clients write it: a whole one has a fraction too.
#[derive(Clone, Copy)]
struct Real(f64);

impl Number for Real {
    fn write(self, out: &mut BytesMut) {
        out.put_slice(format!("{:?}", self.0).as_bytes());
    }
}
