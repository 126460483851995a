//! Tools, and which of them must be asked for.

use agentgateway_core::json::{self, JsonType, Raw};

use super::super::{
    super::{
        Loss, LossReport,
        codec::Refused,
        form::{CustomFormat, Request, Sidecar, Tool, ToolChoice},
        read::{Object, nth, owned},
    },
    json::Members,
    loss::foreign,
    message::{cache, kind_of, other, prefixed},
    sidecars::{self, own},
};
use crate::LlmDialect;

/// Reads `tools` and `tool_choice`, and their older forms.
pub(super) fn read(object: &mut Object<'_>, request: &mut Request) -> Result<(), Refused> {
    for (at, raw) in object
        .take_array("tools")?
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        let mut tool = Object::of(raw, &nth("tools", at))?;
        let kind = tool.take_str("type")?;
        match kind.as_deref().unwrap_or("function") {
            "function" => request.tools.push(function_of(tool)?),
            "custom" => request.tools.push(custom_of(tool)?),
            kind => request.sidecars.push(other(&format!("tools.{kind}"), raw)),
        }
    }
    for (at, raw) in object
        .take_array("functions")?
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        let mut function = Object::of(raw, &nth("functions", at))?;
        let mut tool = function_members(&mut function)?;
        tool.sidecars = prefixed("function.", function);
        request.tools.push(tool);
    }
    request.parallel_tool_calls = object.take_bool("parallel_tool_calls")?;
    let old = object.take("function_call");
    if let Some(raw) = object.take("tool_choice") {
        request.tool_choice = choice(raw, &mut request.sidecars)?;
    } else if let Some(raw) = old {
        request.tool_choice = Some(old_choice(raw)?);
    }
    Ok(())
}

fn function_of(mut tool: Object<'_>) -> Result<Tool, Refused> {
    let mut function = tool.require_object("function")?;
    let mut read = function_members(&mut function)?;
    read.sidecars = tool.into_sidecars(LlmDialect::OpenAiChat);
    read.cache = cache(&read.sidecars);
    read.sidecars.extend(prefixed("function.", function));
    Ok(read)
}

fn custom_of(mut tool: Object<'_>) -> Result<Tool, Refused> {
    let place = tool.path("custom");
    let mut custom = tool
        .take_object("custom")?
        .ok_or_else(|| Refused::at(place, "is missing: it must be an object"))?;
    let mut read = Tool::new(custom.require_str("name")?);
    read.description = custom.take_str("description")?.map(Into::into);
    let mut format = CustomFormat::Text;
    if let Some(raw) = custom.take("format") {
        let mut inner = Object::of(raw, &custom.path("format"))?;
        let kind = inner.require_str("type")?;
        match (&*kind, inner.take_object("grammar")?) {
            ("text", _) => {}
            ("grammar", Some(mut grammar)) => {
                format = CustomFormat::Grammar {
                    syntax: grammar.require_str("syntax")?.into_owned(),
                    definition: grammar.require_str("definition")?.into_owned(),
                };
            }
            _ => read.sidecars.push(other("custom.format", raw)),
        }
    }
    read.custom = Some(format);
    read.sidecars
        .extend(tool.into_sidecars(LlmDialect::OpenAiChat));
    read.cache = cache(&read.sidecars);
    read.sidecars.extend(prefixed("custom.", custom));
    Ok(read)
}

fn function_members(function: &mut Object<'_>) -> Result<Tool, Refused> {
    let mut tool = Tool::new(function.require_str("name")?);
    tool.description = function.take_str("description")?.map(Into::into);
    tool.schema = function.take("parameters").map(owned);
    tool.strict = function.take_bool("strict")?;
    Ok(tool)
}

fn choice(raw: Raw<'_>, sidecars: &mut Vec<Sidecar>) -> Result<Option<ToolChoice>, Refused> {
    if json::type_of(raw) == JsonType::String {
        return Ok(Some(match json::string(raw).as_deref() {
            Some("auto") => ToolChoice::Auto,
            Some("none") => ToolChoice::None,
            // Mistral's word is the second.
            Some("required" | "any") => ToolChoice::Required,
            _ => {
                return Err(Refused::at(
                    "tool_choice",
                    "must be \"auto\", \"none\", \"required\" or an object",
                ));
            }
        }));
    }
    let mut object = Object::of(raw, "tool_choice")?;
    let kind = object.take_str("type")?;
    let found = match kind.as_deref() {
        Some("function" | "custom") | None => name_of(&mut object)?.map(ToolChoice::Tool),
        Some("allowed_tools") => allowed(&mut object)?,
        Some(_) => None,
    };
    if found.is_none() {
        sidecars.push(other("tool_choice", raw));
    }
    Ok(found)
}

/// The name of a function or a custom tool.
fn name_of(tool: &mut Object<'_>) -> Result<Option<String>, Refused> {
    let found = match tool.take_object(kind_of(false))? {
        None => tool.take_object(kind_of(true))?,
        function => function,
    };
    let name = found.map(|mut found| found.require_str("name").map(Into::into));
    name.transpose()
}

/// `None` where a tool among them is not the client's.
fn allowed(object: &mut Object<'_>) -> Result<Option<ToolChoice>, Refused> {
    let Some(mut allowed) = object.take_object("allowed_tools")? else {
        return Ok(None);
    };
    let required = allowed.take_str("mode")?.as_deref() == Some("required");
    let mut names = Vec::new();
    let place = "tool_choice.allowed_tools.tools";
    for (at, raw) in allowed
        .take_array("tools")?
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        let mut tool = Object::of(raw, &nth(place, at))?;
        let Some(name) = name_of(&mut tool)? else {
            return Ok(None);
        };
        names.push(name);
    }
    Ok(Some(ToolChoice::Allowed { names, required }))
}

/// The `function_call` of old: a word, or a name.
fn old_choice(raw: Raw<'_>) -> Result<ToolChoice, Refused> {
    match json::string(raw).as_deref() {
        Some("auto") => Ok(ToolChoice::Auto),
        Some("none") => Ok(ToolChoice::None),
        _ => {
            let mut object = Object::of(raw, "function_call")?;
            Ok(ToolChoice::Tool(object.require_str("name")?.into_owned()))
        }
    }
}

/// Writes `tools`, `tool_choice` and `parallel_tool_calls`. Without tools OpenAI refuses the other two.
pub(super) fn write(body: &mut Members<'_>, request: &Request, losses: &mut LossReport) {
    let others = || own(&request.sidecars).filter(|sidecar| sidecar.name.starts_with("tools."));
    if request.tools.is_empty() && others().next().is_none() {
        let asks = !matches!(
            request.tool_choice,
            None | Some(ToolChoice::Auto | ToolChoice::None)
        );
        if asks {
            losses.add_at(Loss::ToolChoice, "tool_choice");
        }
        return;
    }
    body.array("tools", |tools| {
        for tool in &request.tools {
            tools.object(|out| write_tool(out, tool, losses));
        }
        for sidecar in others() {
            tools.raw(&sidecar.raw);
        }
    });
    if let Some(choice) = &request.tool_choice {
        write_choice(body, choice, &request.tools);
    }
    if let Some(parallel) = request.parallel_tool_calls {
        body.boolean("parallel_tool_calls", parallel);
    }
}

fn write_tool(out: &mut Members<'_>, tool: &Tool, losses: &mut LossReport) {
    foreign(&tool.sidecars, losses);
    if tool.cache.is_some() && cache(&tool.sidecars).is_none() {
        losses.add(Loss::CacheMarker);
    }
    let kind = kind_of(tool.custom.is_some());
    let prefix = format!("{kind}.");
    out.string("type", kind);
    out.object(kind, |function| {
        function.string("name", &tool.name);
        if let Some(description) = &tool.description {
            function.string("description", description);
        }
        if let Some(schema) = &tool.schema {
            function.raw("parameters", schema);
        }
        if let Some(strict) = tool.strict {
            function.boolean("strict", strict);
        }
        if let Some(CustomFormat::Grammar { syntax, definition }) = &tool.custom {
            function.object("format", |format| {
                format.string("type", "grammar");
                format.object("grammar", |grammar| {
                    grammar.string("syntax", syntax);
                    grammar.string("definition", definition);
                });
            });
        }
        sidecars::write(function, &tool.sidecars, &prefix);
    });
    for sidecar in own(&tool.sidecars) {
        if !sidecar.name.starts_with(&prefix) {
            out.raw(&sidecar.name, &sidecar.raw);
        }
    }
}

fn write_choice(body: &mut Members<'_>, choice: &ToolChoice, tools: &[Tool]) {
    let named = |out: &mut Members<'_>, name: &str| {
        let tool = tools.iter().find(|tool| tool.name == name);
        let kind = kind_of(tool.is_some_and(|tool| tool.custom.is_some()));
        out.string("type", kind);
        out.object(kind, |tool| tool.string("name", name));
    };
    match choice {
        ToolChoice::Auto => body.string("tool_choice", "auto"),
        ToolChoice::None => body.string("tool_choice", "none"),
        ToolChoice::Required => body.string("tool_choice", "required"),
        ToolChoice::Tool(name) => body.object("tool_choice", |out| named(out, name)),
        ToolChoice::Allowed {
            names: allowed,
            required,
        } => body.object("tool_choice", |out| {
            out.string("type", "allowed_tools");
            out.object("allowed_tools", |out| {
                out.string("mode", if *required { "required" } else { "auto" });
                out.array("tools", |tools| {
                    for name in allowed {
                        tools.object(|out| named(out, name));
                    }
                });
            });
        }),
    }
}
