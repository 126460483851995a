use agentgateway_core::json::Raw;
use bytes::BytesMut;

use super::super::{
    super::{
        codec::Refused,
        form::{Request, Tool, ToolChoice},
        loss::{Loss, LossReport},
        read::{self as reading, Object, nth},
    },
    loss, read, schema,
    write::{self, Members},
};

/// Reads one of the tools: declarations of functions, and what the provider runs itself.
pub(super) fn decode(raw: Raw<'_>, place: &str, request: &mut Request) -> Result<(), Refused> {
    let mut tool = read::object(raw, place)?;
    let within = tool.path("functionDeclarations");
    let declared = tool.take_array("functionDeclarations")?.unwrap_or_default();
    for (at, raw) in declared.into_iter().enumerate() {
        let declared = read::object(raw, &nth(&within, at))?;
        request.tools.push(declaration(declared)?);
    }
    read::keep_rest(tool, "tools.", &mut request.sidecars);
    Ok(())
}

fn declaration(mut declared: Object<'_>) -> Result<Tool, Refused> {
    let mut tool = Tool::new(declared.require_str("name")?);
    tool.description = declared.take_str("description")?.map(Into::into);
    let place = declared.path("parameters");
    let parameters = declared.take("parameters");
    tool.schema = match declared.take("parametersJsonSchema") {
        Some(raw) => Some(reading::owned(raw)),
        None => parameters
            .map(|raw| schema::to_json_schema(raw, &place))
            .transpose()?,
    };
    read::keep_rest(declared, "functionDeclarations.", &mut tool.sidecars);
    Ok(tool)
}

/// Reads `toolConfig`.
pub(super) fn decode_choice(mut config: Object<'_>, request: &mut Request) -> Result<(), Refused> {
    if let Some(mut calling) = read::take_object(&mut config, "functionCallingConfig")? {
        let place = calling.path("mode");
        let mode = calling.take("mode");
        let word = mode.map(|raw| reading::string(raw, &place)).transpose()?;
        let word = word.unwrap_or_default().to_ascii_uppercase();
        let mut names = read::take_strings(&mut calling, "allowedFunctionNames")?;
        request.tool_choice = match (word.as_str(), names.len()) {
            ("" | "MODE_UNSPECIFIED", 0) => None,
            ("AUTO" | "VALIDATED", 0) => Some(ToolChoice::Auto),
            ("NONE", _) => Some(ToolChoice::None),
            ("ANY", 0) => Some(ToolChoice::Required),
            ("ANY", 1) => names.pop().map(ToolChoice::Tool),
            ("ANY", _) => Some(allowed(names, true)),
            ("" | "MODE_UNSPECIFIED" | "AUTO" | "VALIDATED", _) => Some(allowed(names, false)),
            _ => return Err(Refused::at(place, "must be AUTO, ANY, NONE or VALIDATED")),
        };
        let prefix = "toolConfig.functionCallingConfig.";
        if let (Some(raw), "VALIDATED") = (mode, word.as_str()) {
            let name = format!("{prefix}mode");
            let sidecar =
                super::super::super::form::Sidecar::of(crate::LlmDialect::Gemini, &name, raw);
            request.sidecars.push(sidecar);
        }
        read::keep_rest(calling, prefix, &mut request.sidecars);
    }
    read::keep_rest(config, "toolConfig.", &mut request.sidecars);
    Ok(())
}

const fn allowed(names: Vec<String>, required: bool) -> ToolChoice {
    ToolChoice::Allowed { names, required }
}

/// Writes `tools` and `toolConfig`.
pub(super) fn encode(body: &mut Members<'_>, request: &Request, losses: &mut LossReport) {
    let mut tools = Vec::new();
    if !request.tools.is_empty() {
        let declared: Vec<BytesMut> = request
            .tools
            .iter()
            .map(|tool| encode_declaration(tool, losses))
            .collect();
        let mut own = BytesMut::new();
        write::object(&mut own, |tool| {
            tool.array_of("functionDeclarations", &declared)
        });
        tools.push(own);
    }
    for (name, raw) in read::own(&request.sidecars, "tools.") {
        let mut own = BytesMut::new();
        write::object(&mut own, |tool| tool.raw(name, raw));
        tools.push(own);
    }
    if !tools.is_empty() {
        body.array_of("tools", &tools);
    }
    if request.parallel_tool_calls == Some(false) && !request.tools.is_empty() {
        losses.add_at(Loss::ParallelToolCalls, "parallel_tool_calls");
    }
    body.object_if_any("toolConfig", |config| {
        config.object_if_any("functionCallingConfig", |calling| {
            encode_choice(calling, request);
        });
        config.raws(read::own(&request.sidecars, "toolConfig."));
    });
}

fn encode_declaration(tool: &Tool, losses: &mut LossReport) -> BytesMut {
    if tool.custom.is_some() {
        losses.add_at(Loss::CustomTool, "tools");
    }
    if tool.strict == Some(true) {
        losses.add(Loss::Strict);
    }
    if tool.cache.is_some() {
        losses.add(Loss::CacheMarker);
    }
    loss::foreign_all(&tool.sidecars, losses);
    let mut declared = BytesMut::new();
    write::object(&mut declared, |members| {
        members.string("name", &tool.name);
        members.some_string("description", tool.description.as_deref());
        if let Some(schema) = &tool.schema {
            members.raw("parametersJsonSchema", schema);
        }
        members.raws(read::own(&tool.sidecars, "functionDeclarations."));
    });
    declared
}

fn encode_choice(calling: &mut Members<'_>, request: &Request) {
    let prefix = "toolConfig.functionCallingConfig.";
    let mut validated = read::own(&request.sidecars, prefix).any(|(name, _)| name == "mode");
    let (mode, allowed) = match &request.tool_choice {
        None => (None, Vec::new()),
        Some(ToolChoice::Auto) => (Some("AUTO"), Vec::new()),
        Some(ToolChoice::None) => (Some("NONE"), Vec::new()),
        Some(ToolChoice::Required) => (Some("ANY"), Vec::new()),
        Some(ToolChoice::Tool(name)) => (Some("ANY"), vec![name]),
        Some(ToolChoice::Allowed {
            names: all,
            required,
        }) => {
            let all = all.iter().collect();
            // `AUTO` takes no names.
            validated |= !required;
            (Some("ANY"), all)
        }
    };
    let is_free = matches!(mode, Some("AUTO"))
        || matches!(
            request.tool_choice,
            Some(ToolChoice::Allowed {
                required: false,
                ..
            })
        );
    let mode = if validated && is_free {
        Some("VALIDATED")
    } else {
        mode
    };
    calling.some_string("mode", mode);
    if !allowed.is_empty() {
        calling.strings("allowedFunctionNames", &allowed);
    }
    calling.raws(read::own(&request.sidecars, prefix).filter(|(name, _)| *name != "mode"));
}
