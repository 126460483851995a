//! Reading a client's request.

use agentgateway_core::json::Raw;

use super::{
    super::{
        super::{
            codec::{Refused, Target},
            form::{OutputFormat, ReasoningEffort, ReasoningOptions, Request, Sampling, Sidecar},
            read::{Object, elements, owned, string},
        },
        calls::Calls,
        message::{other, prefixed},
    },
    conversation, tools,
};
use crate::LlmDialect;

pub(in super::super) fn decode(target: &Target<'_>, body: &[u8]) -> Result<Request, Refused> {
    let mut object = Object::of_body(body)?;
    let model = object.take_str("model")?.filter(|model| !model.is_empty());
    let model = match model {
        Some(model) => model.into_owned(),
        // Azure's path names the deployment.
        None if !target.model.is_empty() => target.model.clone().into_owned(),
        None => return Err(Refused::at("model", "is missing: it must be a string")),
    };
    let mut request = Request {
        model,
        stream: object.take_bool("stream")?.unwrap_or(target.stream),
        ..Request::default()
    };
    let messages = object
        .take_array("messages")?
        .ok_or_else(|| Refused::at("messages", "is missing: it must be an array"))?;
    conversation::read(messages, Calls::of_request(body), &mut request)?;
    tools::read(&mut object, &mut request)?;
    request.sampling = sampling(&mut object)?;
    request.output = output(&mut object, &mut request.sidecars)?;
    request.reasoning = reasoning(&mut object, &mut request.sidecars)?;
    request.user = match object.take_str("safety_identifier")? {
        Some(user) => {
            let second = object.take_str("user")?;
            let differs = second.filter(|second| *second != user);
            if let Some(second) = differs {
                let raw = agentgateway_core::json::quote(&second);
                let sidecar = Sidecar::new(LlmDialect::OpenAiChat, "user", &raw);
                request.sidecars.push(sidecar);
            }
            Some(user)
        }
        None => object.take_str("user")?,
    }
    .map(Into::into);
    if let Some(mut options) = object.take_object("stream_options")? {
        options.take("include_usage");
        let left = prefixed("stream_options.", options);
        request.sidecars.extend(left);
    }
    let left = object.into_sidecars(LlmDialect::OpenAiChat);
    request.sidecars.extend(left);
    Ok(request)
}

fn sampling(object: &mut Object<'_>) -> Result<Sampling, Refused> {
    let old = object.take_u64("max_tokens")?;
    Ok(Sampling {
        max_tokens: object.take_u64("max_completion_tokens")?.or(old),
        temperature: object.take_f64("temperature")?,
        top_p: object.take_f64("top_p")?,
        // Of servers that follow OpenAI; -1 is vLLM's for none.
        top_k: match object.take("top_k") {
            Some(raw) if raw.get() == "-1" => None,
            Some(raw) => Some(super::super::super::read::whole(raw, "top_k")?),
            None => None,
        },
        stop: stop(object)?,
        seed: object.take("seed").map(seed).transpose()?,
        presence_penalty: object.take_f64("presence_penalty")?,
        frequency_penalty: object.take_f64("frequency_penalty")?,
        choices: object.take_u64("n")?,
        logprobs: object.take_bool("logprobs")?,
        top_logprobs: object.take_u64("top_logprobs")?,
    })
}

fn seed(raw: Raw<'_>) -> Result<i64, Refused> {
    let seed = raw.get().parse().ok();
    seed.ok_or_else(|| Refused::wrong_type("seed", "a whole number of 64 bits", raw))
}

/// A string, or an array of strings.
fn stop(object: &mut Object<'_>) -> Result<Vec<String>, Refused> {
    let Some(raw) = object.take("stop") else {
        return Ok(Vec::new());
    };
    if let Some(one) = agentgateway_core::json::string(raw) {
        return Ok(vec![one.into_owned()]);
    }
    elements(raw, "stop")?
        .into_iter()
        .map(|raw| string(raw, "stop").map(Into::into))
        .collect()
}

fn output(
    object: &mut Object<'_>,
    sidecars: &mut Vec<Sidecar>,
) -> Result<Option<OutputFormat>, Refused> {
    let Some(raw) = object.take("response_format") else {
        return Ok(None);
    };
    let mut format = Object::of(raw, "response_format")?;
    let kind = format.require_str("type")?;
    let found = match &*kind {
        "text" => Some(OutputFormat::Text),
        "json_object" => Some(OutputFormat::JsonObject),
        "json_schema" => json_schema(&mut format, sidecars)?,
        _ => None,
    };
    if found.is_none() {
        sidecars.push(other("response_format", raw));
    }
    Ok(found)
}

/// `None` where there is no schema: what is asked for then, only the provider knows.
fn json_schema(
    format: &mut Object<'_>,
    sidecars: &mut Vec<Sidecar>,
) -> Result<Option<OutputFormat>, Refused> {
    let Some(mut inner) = format.take_object("json_schema")? else {
        return Ok(None);
    };
    let Some(schema) = inner.take("schema") else {
        return Ok(None);
    };
    let format = OutputFormat::JsonSchema {
        name: inner.take_str("name")?.map(Into::into),
        description: inner.take_str("description")?.map(Into::into),
        schema: owned(schema),
        strict: inner.take_bool("strict")?,
    };
    sidecars.extend(prefixed("response_format.", inner));
    Ok(Some(format))
}

/// `reasoning_effort`, and OpenRouter's `reasoning`.
///
/// # Source
/// OpenRouter API, Reasoning Tokens.
fn reasoning(
    object: &mut Object<'_>,
    sidecars: &mut Vec<Sidecar>,
) -> Result<Option<ReasoningOptions>, Refused> {
    let mut options = ReasoningOptions::default();
    if let Some(raw) = object.take("reasoning_effort") {
        let word = string(raw, "reasoning_effort")?;
        options.effort = ReasoningEffort::of_word(&word);
        if options.effort.is_none() {
            sidecars.push(other("reasoning_effort", raw));
        }
    }
    if let Some(mut inner) = object.take_object("reasoning")? {
        let effort = inner.take_str("effort")?;
        let effort = effort.as_deref().and_then(ReasoningEffort::of_word);
        options.effort = options.effort.or(effort);
        options.budget_tokens = inner.take_u64("max_tokens")?;
        options.include = inner.take_bool("exclude")?.map(|exclude| !exclude);
        match inner.take_bool("enabled")? {
            Some(false) => options.effort = Some(ReasoningEffort::None),
            Some(true) => {
                options.adaptive = options.effort.is_none() && options.budget_tokens.is_none();
            }
            None => {}
        }
        sidecars.extend(prefixed("reasoning.", inner));
    }
    Ok((options != ReasoningOptions::default()).then_some(options))
}
