use agentgateway_core::json::{self, JsonType, Raw};

use super::super::{
    super::{
        DecodeContext, Refused, Target,
        form::{
            OutputFormat, ReasoningEffort, ReasoningOptions, Request, Role, Sidecar, Tool,
            ToolChoice, Turn,
        },
        read::{self, Object, nth},
    },
    DIALECT,
    content::{read_blocks, read_cache},
};

/// Reads a client's request.
pub(in super::super) fn decode(target: &Target<'_>, body: &[u8]) -> Result<Request, Refused> {
    let mut read = Object::of_body(body)?;
    let mut request = Request {
        model: target.model.clone().into_owned(),
        stream: target.stream,
        ..Request::default()
    };
    let context = DecodeContext::default();
    if let Some(system) = read.take_array("system")? {
        request.system = read_blocks(system, "system", Role::System, &context)?;
    }
    for (at, message) in read
        .take_array("messages")?
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        let turn = message_of(message, &nth("messages", at), &context, &mut request)?;
        request.turns.push(turn);
    }
    if let Some(config) = read.take_object("inferenceConfig")? {
        sampling(config, &mut request)?;
    }
    if let Some(config) = read.take_object("toolConfig")? {
        tools(config, &mut request)?;
    }
    if let Some(config) = read.take_object("outputConfig")? {
        output(config, &mut request)?;
    }
    if let Some(fields) = read.take("additionalModelRequestFields") {
        more(fields, &mut request)?;
    }
    request.sidecars.extend(read.into_sidecars(DIALECT));
    Ok(request)
}

fn message_of(
    raw: Raw<'_>,
    place: &str,
    context: &DecodeContext,
    request: &mut Request,
) -> Result<Turn, Refused> {
    let mut message = Object::of(raw, place)?;
    let role = match &*message.require_str("role")? {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" => Role::System,
        _ => {
            let what = "must be \"user\", \"assistant\" or \"system\"";
            return Err(Refused::at(message.path("role"), what));
        }
    };
    let content = message.path("content");
    let elements = message.take_array("content")?;
    let elements =
        elements.ok_or_else(|| Refused::at(&*content, "is missing: it must be an array"))?;
    let blocks = read_blocks(elements, &content, role, context)?;
    under("messages", message, request);
    Ok(Turn::new(role, blocks))
}

/// What was not understood of an inner object, under its name.
fn under(name: &str, left: Object<'_>, request: &mut Request) {
    let left = left.into_sidecars(DIALECT).into_iter();
    let named = left.map(|own| Sidecar::new(DIALECT, &format!("{name}.{}", own.name), &own.raw));
    request.sidecars.extend(named);
}

fn sampling(mut config: Object<'_>, request: &mut Request) -> Result<(), Refused> {
    let sampling = &mut request.sampling;
    sampling.max_tokens = config.take_u64("maxTokens")?;
    sampling.temperature = config.take_f64("temperature")?;
    sampling.top_p = config.take_f64("topP")?;
    for stop in config.take_array("stopSequences")?.unwrap_or_default() {
        let place = config.path("stopSequences");
        sampling.stop.push(read::string(stop, &place)?.into_owned());
    }
    under("inferenceConfig", config, request);
    Ok(())
}

fn tools(mut config: Object<'_>, request: &mut Request) -> Result<(), Refused> {
    let place = config.path("tools");
    for (at, element) in config
        .take_array("tools")?
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        tool(element, &nth(&place, at), request)?;
    }
    if let Some(mut choice) = config.take_object("toolChoice")? {
        request.tool_choice = if choice.take("auto").is_some() {
            Some(ToolChoice::Auto)
        } else if choice.take("any").is_some() {
            Some(ToolChoice::Required)
        } else if let Some(mut chosen) = choice.take_object("tool")? {
            Some(ToolChoice::Tool(chosen.require_str("name")?.into_owned()))
        } else {
            None
        };
        under("toolConfig.toolChoice", choice, request);
    }
    under("toolConfig", config, request);
    Ok(())
}

fn tool(element: Raw<'_>, place: &str, request: &mut Request) -> Result<(), Refused> {
    let mut read = Object::of(element, place)?;
    if let Some(mut spec) = read.take_object("toolSpec")? {
        let mut tool = Tool::new(spec.require_str("name")?);
        tool.description = spec.take_str("description")?.map(Into::into);
        tool.strict = spec.take_bool("strict")?;
        if let Some(mut schema) = spec.take_object("inputSchema")? {
            tool.schema = schema.take("json").map(read::owned);
        }
        tool.sidecars = spec.into_sidecars(DIALECT);
        request.tools.push(tool);
        return Ok(());
    }
    let behind_own = request
        .sidecars
        .iter()
        .any(|own| &*own.name == "toolConfig.tools");
    if let Some(point) = read.take("cachePoint").filter(|_| !behind_own) {
        let marked = request.tools.last_mut().filter(|tool| tool.cache.is_none());
        if let (Some(tool), Some(marker)) = (marked, read_cache(point, place)?) {
            tool.cache = Some(marker);
            return Ok(());
        }
    }
    // A tool that the provider runs, or what is not known: the whole element.
    let own = Sidecar::of(DIALECT, "toolConfig.tools", element);
    request.sidecars.push(own);
    Ok(())
}

fn output(mut config: Object<'_>, request: &mut Request) -> Result<(), Refused> {
    if let Some(effort) = config.take("effort") {
        let word = read::string(effort, "outputConfig.effort")?;
        if let Some(effort) = ReasoningEffort::of_word(&word) {
            reasoning(request).effort = Some(effort);
        }
        let own = Sidecar::of(DIALECT, "outputConfig.effort", effort);
        request.sidecars.push(own);
    }
    if let Some(raw) = config.take("textFormat") {
        match schema(raw)? {
            Some(format) => request.output = Some(format),
            None => request
                .sidecars
                .push(Sidecar::of(DIALECT, "outputConfig.textFormat", raw)),
        }
    }
    under("outputConfig", config, request);
    Ok(())
}

/// `None`: it is of another form than a JSON Schema.
fn schema(raw: Raw<'_>) -> Result<Option<OutputFormat>, Refused> {
    let mut format = Object::of(raw, "outputConfig.textFormat")?;
    let Some(mut structure) = format.take_object("structure")? else {
        return Ok(None);
    };
    let Some(mut inner) = structure.take_object("jsonSchema")? else {
        return Ok(None);
    };
    let place = inner.path("schema");
    let schema = inner.require_str("schema")?;
    if Raw::parse(schema.as_bytes()).is_err() {
        return Err(Refused::at(
            place,
            "must be a string that holds a JSON Schema",
        ));
    }
    let known = OutputFormat::JsonSchema {
        name: inner.take_str("name")?.map(Into::into),
        description: inner.take_str("description")?.map(Into::into),
        schema: schema.as_ref().into(),
        strict: None,
    };
    let is_all = inner.into_sidecars(DIALECT).is_empty();
    Ok(is_all.then_some(known))
}

fn reasoning(request: &mut Request) -> &mut ReasoningOptions {
    request.reasoning.get_or_insert_default()
}

/// What the model takes beside what all take. It stays as it was written, and what every dialect knows is read.
fn more(fields: Raw<'_>, request: &mut Request) -> Result<(), Refused> {
    if json::type_of(fields) != JsonType::Object {
        let own = Sidecar::of(DIALECT, "additionalModelRequestFields", fields);
        request.sidecars.push(own);
        return Ok(());
    }
    let mut read = Object::of(fields, "additionalModelRequestFields")?;
    for name in ["thinking", "top_k", "reasoning_effort", "reasoningConfig"] {
        let Some(raw) = read.take(name) else { continue };
        let place = read.path(name);
        match name {
            "thinking" => thinking(raw, &place, request)?,
            "top_k" => request.sampling.top_k = json::unsigned(raw),
            "reasoning_effort" => effort(raw, request),
            _ => reasoning_config(raw, &place, request)?,
        }
        request.sidecars.push(Sidecar::of(DIALECT, &place, raw));
    }
    under("additionalModelRequestFields", read, request);
    Ok(())
}

/// Anthropic's.
fn thinking(raw: Raw<'_>, place: &str, request: &mut Request) -> Result<(), Refused> {
    let mut thinking = Object::of(raw, place)?;
    let options = reasoning(request);
    match thinking.take_str("type")?.as_deref() {
        Some("enabled") => options.budget_tokens = thinking.take_u64("budget_tokens")?,
        Some("adaptive") => options.adaptive = true,
        Some("disabled") => options.effort = Some(ReasoningEffort::None),
        _ => {}
    }
    Ok(())
}

/// Amazon Nova's.
fn reasoning_config(raw: Raw<'_>, place: &str, request: &mut Request) -> Result<(), Refused> {
    let mut config = Object::of(raw, place)?;
    if config.take_str("type")?.as_deref() == Some("disabled") {
        reasoning(request).effort = Some(ReasoningEffort::None);
    } else if let Some(word) = config.take("maxReasoningEffort") {
        effort(word, request);
    }
    Ok(())
}

fn effort(raw: Raw<'_>, request: &mut Request) {
    let word = json::string(raw);
    if let Some(effort) = word.as_deref().and_then(ReasoningEffort::of_word) {
        reasoning(request).effort = Some(effort);
    }
}
