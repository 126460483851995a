use agentgateway_core::json;

use super::super::{
    super::{
        Loss, LossReport, Refused,
        form::{
            Content, OutputFormat, ReasoningEffort, ReasoningOptions, Request, Sidecar, StateOwner,
        },
        read::{Object, owned},
    },
    json::Members,
    loss::{is_own, own},
};
use crate::LlmDialect::OpenAiResponses;

/// What `include` asks for that the canonical form knows.
const LOGPROBS: &str = "message.output_text.logprobs";
const STATE: &str = "reasoning.encrypted_content";
/// The fewest tokens that `max_output_tokens` may say.
const FEWEST_TOKENS: u64 = 16;
/// The longest `safety_identifier`.
const LONGEST_IDENTIFIER: usize = 64;

/// Reads `text`, `reasoning`, `include`, and who asks.
pub(super) fn read(object: &mut Object<'_>, request: &mut Request) -> Result<(), Refused> {
    if let Some(text) = object.take_object("text")? {
        read_text(text, request)?;
    }
    if let Some(reasoning) = object.take_object("reasoning")? {
        read_reasoning(reasoning, request)?;
    }
    read_include(object, request)?;
    read_user(object, request)
}

fn nested(name: &str, rest: Object<'_>, request: &mut Request) {
    for inner in rest.into_sidecars(OpenAiResponses) {
        let name = format!("{name}.{}", inner.name);
        let sidecar = Sidecar::new(OpenAiResponses, &name, &inner.raw);
        request.sidecars.push(sidecar);
    }
}

fn read_text(mut text: Object<'_>, request: &mut Request) -> Result<(), Refused> {
    if let Some(raw) = text.take("format") {
        let mut format = Object::of(raw, "text.format")?;
        request.output = match &*format.require_str("type")? {
            "text" => Some(OutputFormat::Text),
            "json_object" => Some(OutputFormat::JsonObject),
            "json_schema" => Some(OutputFormat::JsonSchema {
                name: format.take_str("name")?.map(Into::into),
                description: format.take_str("description")?.map(Into::into),
                schema: format
                    .take("schema")
                    .map(owned)
                    .ok_or_else(|| Refused::at("text.format.schema", "is missing"))?,
                strict: format.take_bool("strict")?,
            }),
            _ => {
                let sidecar = Sidecar::of(OpenAiResponses, "text.format", raw);
                request.sidecars.push(sidecar);
                None
            }
        };
    }
    nested("text", text, request);
    Ok(())
}

fn read_reasoning(mut reasoning: Object<'_>, request: &mut Request) -> Result<(), Refused> {
    let mut options = ReasoningOptions::default();
    if let Some(raw) = reasoning.take("effort") {
        let word = json::string(raw).unwrap_or_default();
        options.effort = ReasoningEffort::of_word(&word);
        if options.effort.is_none() {
            let sidecar = Sidecar::of(OpenAiResponses, "reasoning.effort", raw);
            request.sidecars.push(sidecar);
        }
    }
    let had = request.sidecars.len();
    nested("reasoning", reasoning, request);
    let is_summary = |one: &Sidecar| {
        matches!(
            &*one.name,
            "reasoning.summary" | "reasoning.generate_summary"
        )
    };
    if request.sidecars.iter().skip(had).any(is_summary) {
        options.include = Some(true);
    }
    if options != ReasoningOptions::default() {
        request.reasoning = Some(options);
    }
    Ok(())
}

fn read_include(object: &mut Object<'_>, request: &mut Request) -> Result<(), Refused> {
    let Some(all) = object.take_array("include")? else {
        return Ok(());
    };
    let is_logprobs = |raw: &json::Raw<'_>| json::string(*raw).as_deref() == Some(LOGPROBS);
    if all.iter().any(is_logprobs) {
        request.sampling.logprobs = Some(true);
    }
    let rest: Vec<_> = all
        .iter()
        .filter(|raw| !is_logprobs(raw))
        .map(|raw| raw.get())
        .collect();
    if !rest.is_empty() {
        let raw = format!("[{}]", rest.join(","));
        let sidecar = Sidecar::new(OpenAiResponses, "include", &raw);
        request.sidecars.push(sidecar);
    }
    Ok(())
}

fn read_user(object: &mut Object<'_>, request: &mut Request) -> Result<(), Refused> {
    let user = object.take("user");
    let identifier = object.take_str("safety_identifier")?;
    if let Some(raw) = user {
        let sidecar = Sidecar::of(OpenAiResponses, "user", raw);
        request.sidecars.push(sidecar);
        let user = crate::bridge::read::string(raw, "user")?;
        request.user = Some(user.into_owned());
    }
    // Where there are both, `user` is the older word.
    if let Some(identifier) = identifier {
        request.user = Some(identifier.into_owned());
    }
    Ok(())
}

/// Writes what [`read`] reads, and how tokens are sampled.
pub(super) fn write(request: &Request, losses: &mut LossReport, out: &mut Members<'_>) {
    write_sampling(request, losses, out);
    write_text(request, out);
    write_reasoning(request, losses, out);
    write_include(request, out);
    write_user(request, out);
}

fn write_sampling(request: &Request, losses: &mut LossReport, out: &mut Members<'_>) {
    let sampling = &request.sampling;
    if let Some(most) = sampling.max_tokens {
        if most < FEWEST_TOKENS {
            losses.add(Loss::MaxTokens);
        }
        out.number("max_output_tokens", most.max(FEWEST_TOKENS));
    }
    if let Some(temperature) = sampling.temperature {
        out.number("temperature", temperature);
    }
    if let Some(top_p) = sampling.top_p {
        out.number("top_p", top_p);
    }
    if let Some(top) = sampling.top_logprobs {
        out.number("top_logprobs", top);
    }
    let penalties = sampling.presence_penalty.is_some() || sampling.frequency_penalty.is_some();
    let several = sampling.choices.is_some_and(|choices| choices > 1);
    for (lost, loss) in [
        (sampling.top_k.is_some(), Loss::TopK),
        (!sampling.stop.is_empty(), Loss::StopSequences),
        (sampling.seed.is_some(), Loss::Seed),
        (penalties, Loss::Penalties),
        (several, Loss::Choices),
    ] {
        if lost {
            losses.add(loss);
        }
    }
}

/// The own sidecars below a member, without its name.
fn inner<'a>(
    request: &'a Request,
    prefix: &'a str,
) -> impl Iterator<Item = (&'a str, &'a str)> + Clone {
    let own = request.sidecars.iter().filter(|one| is_own(one));
    own.filter_map(move |one| {
        let name = one.name.strip_prefix(prefix)?;
        Some((name, &*one.raw))
    })
}

fn write_text(request: &Request, out: &mut Members<'_>) {
    let rest = inner(request, "text.");
    if request.output.is_none() && rest.clone().next().is_none() {
        return;
    }
    out.object("text", |text| {
        if let Some(format) = &request.output {
            text.object("format", |out| write_format(format, out));
        }
        for (name, raw) in rest {
            text.raw(name, raw);
        }
    });
}

fn write_format(format: &OutputFormat, out: &mut Members<'_>) {
    match format {
        OutputFormat::Text => out.string("type", "text"),
        OutputFormat::JsonObject => out.string("type", "json_object"),
        OutputFormat::JsonSchema {
            name,
            description,
            schema,
            strict,
        } => {
            out.string("type", "json_schema");
            // It must have one.
            out.string("name", name.as_deref().unwrap_or("answer"));
            if let Some(words) = description {
                out.string("description", words);
            }
            out.raw("schema", schema);
            if let Some(strict) = strict {
                out.boolean("strict", *strict);
            }
        }
    }
}

fn write_reasoning(request: &Request, losses: &mut LossReport, out: &mut Members<'_>) {
    let rest = inner(request, "reasoning.");
    let options = request.reasoning.clone().unwrap_or_default();
    let budget = options
        .budget_tokens
        .filter(|_| options.effort.is_none())
        .map(ReasoningEffort::of_budget);
    if options.budget_tokens.is_some() {
        losses.add(Loss::ReasoningEffort);
    }
    let effort = options.effort.or(budget);
    let summary = options.include == Some(true)
        && rest.clone().all(|(name, _)| !name.ends_with("summary"))
        && effort != Some(ReasoningEffort::None);
    if effort.is_none() && !summary && rest.clone().next().is_none() {
        return;
    }
    out.object("reasoning", |reasoning| {
        if let Some(effort) = effort {
            reasoning.string("effort", effort.as_str());
        }
        if summary {
            reasoning.string("summary", "auto");
        }
        for (name, raw) in rest {
            reasoning.raw(name, raw);
        }
    });
}

fn write_include(request: &Request, out: &mut Members<'_>) {
    let own = own(&request.sidecars, "include").map(|one| &*one.raw);
    let list = own.and_then(|raw| raw.strip_prefix('[')?.strip_suffix(']'));
    let mut all: Vec<String> = list.map(str::to_owned).into_iter().collect();
    if request.sampling.logprobs == Some(true) {
        all.push(json::quote(LOGPROBS));
    }
    if own.is_none() && wants_state(request) {
        all.push(json::quote(STATE));
    }
    if !all.is_empty() {
        out.raw("include", &format!("[{}]", all.join(",")));
    }
}

/// A request of another dialect, which keeps nothing at the provider, for a model that thinks: its state must come
/// with the answer. A model that does not think refuses to be asked for it.
fn wants_state(request: &Request) -> bool {
    let thinks = request.reasoning.as_ref().is_some_and(|options| {
        options.effort != Some(ReasoningEffort::None)
            && (options.effort.is_some()
                || options.adaptive
                || options.budget_tokens.is_some_and(|tokens| tokens > 0))
    });
    own(&request.sidecars, "store").is_none() && (thinks || has_state(request))
}

/// The model has thought before in this conversation.
fn has_state(request: &Request) -> bool {
    let blocks = request.turns.iter().flat_map(|turn| &turn.blocks);
    blocks
        .filter_map(|block| match &block.content {
            Content::Reasoning(thought) => thought.state.as_ref(),
            _ => None,
        })
        .any(|state| state.is_for(StateOwner::OpenAi))
}

fn write_user(request: &Request, out: &mut Members<'_>) {
    let older = own(&request.sidecars, "user");
    if let Some(older) = older {
        out.raw("user", &older.raw);
    }
    let Some(user) = &request.user else {
        return;
    };
    if older.is_some_and(|older| json::quote(user) == *older.raw) {
        return;
    }
    let name = match user.len() {
        0..=LONGEST_IDENTIFIER => "safety_identifier",
        _ => "user",
    };
    out.string(name, user);
}
