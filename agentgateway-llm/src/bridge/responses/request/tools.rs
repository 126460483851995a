use agentgateway_core::json::{self, JsonType, Raw};

use super::super::{
    super::{
        Loss, LossReport, Refused,
        form::{CustomFormat, Request, Sidecar, Tool, ToolChoice},
        read::{Object, elements, nth, owned},
    },
    json::{Elements, Members},
    loss::{foreign, is_own, own},
};
use crate::LlmDialect::OpenAiResponses;

/// Reads `tools` and `tool_choice`.
pub(super) fn read(object: &mut Object<'_>, request: &mut Request) -> Result<(), Refused> {
    let tools = object.take_array("tools")?.unwrap_or_default();
    for (at, raw) in tools.into_iter().enumerate() {
        let mut tool = Object::of(raw, &nth("tools", at))?;
        let kind = tool.require_str("type")?;
        match &*kind {
            "function" => request.tools.push(function(tool)?),
            "custom" => request.tools.push(custom(tool)?),
            _ => {
                let name = format!("tools.{kind}");
                let sidecar = Sidecar::of(OpenAiResponses, &name, raw);
                request.sidecars.push(sidecar);
            }
        }
    }
    if let Some(raw) = object.take("tool_choice") {
        match choice(raw)? {
            Some(choice) => request.tool_choice = Some(choice),
            None => {
                let sidecar = Sidecar::of(OpenAiResponses, "tool_choice", raw);
                request.sidecars.push(sidecar);
            }
        }
    }
    Ok(())
}

fn function(mut object: Object<'_>) -> Result<Tool, Refused> {
    let mut tool = Tool::new(object.require_str("name")?);
    tool.description = object.take_str("description")?.map(Into::into);
    tool.schema = object.take("parameters").map(owned);
    tool.strict = object.take_bool("strict")?;
    tool.sidecars = object.into_sidecars(OpenAiResponses);
    if tool.strict.is_none() {
        // Said by no word, the provider's default holds, which is not that of the other dialects.
        let unsaid = Sidecar::new(OpenAiResponses, "strict", "null");
        tool.sidecars.push(unsaid);
    }
    Ok(tool)
}

fn custom(mut object: Object<'_>) -> Result<Tool, Refused> {
    let mut tool = Tool::new(object.require_str("name")?);
    tool.description = object.take_str("description")?.map(Into::into);
    let mut format = CustomFormat::Text;
    let mut unknown = None;
    if let Some(raw) = object.take("format") {
        let mut inner = Object::of(raw, &object.path("format"))?;
        match &*inner.require_str("type")? {
            "text" => {}
            "grammar" => {
                format = CustomFormat::Grammar {
                    syntax: inner.require_str("syntax")?.into_owned(),
                    definition: inner.require_str("definition")?.into_owned(),
                };
            }
            _ => unknown = Some(Sidecar::of(OpenAiResponses, "format", raw)),
        }
    }
    tool.custom = Some(format);
    tool.sidecars = object.into_sidecars(OpenAiResponses);
    tool.sidecars.extend(unknown);
    Ok(tool)
}

/// The choice; `None` when only this dialect can say it.
fn choice(raw: Raw<'_>) -> Result<Option<ToolChoice>, Refused> {
    const WRONG: &str = "must be \"auto\", \"none\", \"required\" or an object";
    if json::type_of(raw) == JsonType::String {
        return match json::string(raw).as_deref() {
            Some("auto") => Ok(Some(ToolChoice::Auto)),
            Some("none") => Ok(Some(ToolChoice::None)),
            Some("required") => Ok(Some(ToolChoice::Required)),
            _ => Err(Refused::at("tool_choice", WRONG)),
        };
    }
    let mut choice = Object::of(raw, "tool_choice")?;
    match &*choice.require_str("type")? {
        "function" | "custom" => {
            let name = choice.require_str("name")?;
            Ok(Some(ToolChoice::Tool(name.into_owned())))
        }
        "allowed_tools" => {
            let required = choice.take_str("mode")?.as_deref() == Some("required");
            let tools = choice.take("tools");
            let names = tools.map(names_of).transpose()?.flatten();
            Ok(names.map(|names| ToolChoice::Allowed { names, required }))
        }
        _ => Ok(None),
    }
}

/// The names of the allowed tools, when all are the client's.
fn names_of(tools: Raw<'_>) -> Result<Option<Vec<String>>, Refused> {
    let mut names = Vec::new();
    for (at, raw) in elements(tools, "tool_choice.tools")?
        .into_iter()
        .enumerate()
    {
        let mut tool = Object::of(raw, &nth("tool_choice.tools", at))?;
        if !matches!(&*tool.require_str("type")?, "function" | "custom") {
            return Ok(None);
        }
        names.push(tool.require_str("name")?.into_owned());
    }
    Ok(Some(names))
}

/// Writes `tools` and `tool_choice`.
pub(super) fn write(request: &Request, losses: &mut LossReport, out: &mut Members<'_>) {
    let others = || {
        let own = request.sidecars.iter().filter(|one| is_own(one));
        own.filter(|one| one.name.starts_with("tools."))
    };
    let has_tools = !request.tools.is_empty() || others().next().is_some();
    if has_tools {
        out.array("tools", |all| {
            for tool in &request.tools {
                write_tool(tool, losses, all);
            }
            for other in others() {
                all.raw(&other.raw);
            }
        });
    }
    match (&request.tool_choice, own(&request.sidecars, "tool_choice")) {
        (_, Some(choice)) => out.raw("tool_choice", &choice.raw),
        (Some(choice), None) => write_choice(choice, &request.tools, out),
        (None, None) => {}
    }
    if let Some(parallel) = request.parallel_tool_calls {
        out.boolean("parallel_tool_calls", parallel);
    }
}

fn write_tool(tool: &Tool, losses: &mut LossReport, all: &mut Elements<'_>) {
    foreign(&tool.sidecars, losses);
    if tool.cache.is_some() {
        losses.add(Loss::CacheMarker);
    }
    all.object(|out| {
        out.string("type", kind_of(tool));
        out.string("name", &tool.name);
        if let Some(words) = &tool.description {
            out.string("description", words);
        }
        match &tool.custom {
            None => {
                out.raw("parameters", tool.schema.as_deref().unwrap_or("null"));
                if own(&tool.sidecars, "strict").is_none() {
                    out.boolean("strict", tool.strict.unwrap_or_default());
                }
            }
            // The default.
            Some(CustomFormat::Text) => {}
            Some(CustomFormat::Grammar { syntax, definition }) => out.object("format", |out| {
                out.string("type", "grammar");
                out.string("syntax", syntax);
                out.string("definition", definition);
            }),
        }
        for sidecar in tool.sidecars.iter().filter(|one| is_own(one)) {
            out.raw(&sidecar.name, &sidecar.raw);
        }
    });
}

const fn kind_of(tool: &Tool) -> &'static str {
    if tool.custom.is_some() {
        "custom"
    } else {
        "function"
    }
}

fn write_choice(choice: &ToolChoice, tools: &[Tool], out: &mut Members<'_>) {
    let named = |out: &mut Members<'_>, name: &str| {
        let tool = tools.iter().find(|tool| tool.name == name);
        out.string("type", tool.map_or("function", kind_of));
        out.string("name", name);
    };
    match choice {
        ToolChoice::Auto => out.string("tool_choice", "auto"),
        ToolChoice::None => out.string("tool_choice", "none"),
        ToolChoice::Required => out.string("tool_choice", "required"),
        ToolChoice::Tool(name) => out.object("tool_choice", |choice| named(choice, name)),
        ToolChoice::Allowed { names, required } => out.object("tool_choice", |choice| {
            choice.string("type", "allowed_tools");
            choice.string("mode", if *required { "required" } else { "auto" });
            choice.array("tools", |tools| {
                for name in names {
                    tools.object(|tool| named(tool, name));
                }
            });
        }),
    }
}
