use agentgateway_core::json::Raw;

use super::{
    super::{
        super::{
            Refused,
            form::{Request, Sidecar, Tool, ToolChoice},
            read::{Object, nth, owned},
        },
        DIALECT,
    },
    blocks::take_cache,
    decode::keep,
};

/// Reads `tools` and `tool_choice`.
pub(super) fn decode(object: &mut Object<'_>, request: &mut Request) -> Result<(), Refused> {
    let tools = object.take_array("tools")?.unwrap_or_default();
    for (at, raw) in tools.into_iter().enumerate() {
        match tool(raw, &nth("tools", at))? {
            Some(tool) => request.tools.push(tool),
            // The provider's own, or one that it defines.
            None => request.sidecars.push(Sidecar::of(DIALECT, "tools", raw)),
        }
    }
    let Some(mut choice) = object.take_object("tool_choice")? else {
        return Ok(());
    };
    request.tool_choice = Some(match &*choice.require_str("type")? {
        "auto" => ToolChoice::Auto,
        "any" => ToolChoice::Required,
        "none" => ToolChoice::None,
        "tool" => ToolChoice::Tool(choice.require_str("name")?.into_owned()),
        _ => {
            let place = choice.path("type");
            return Err(Refused::at(place, "must be auto, any, tool or none"));
        }
    });
    let alone = choice.take_bool("disable_parallel_tool_use")?;
    request.parallel_tool_calls = alone.map(|alone| !alone);
    keep(choice, "tool_choice", request);
    Ok(())
}

fn tool(raw: Raw<'_>, place: &str) -> Result<Option<Tool>, Refused> {
    let mut object = Object::of(raw, place)?;
    match object.take_str("type")?.as_deref() {
        None | Some("custom") => {}
        Some(_) => return Ok(None),
    }
    let mut sidecars = Vec::new();
    let mut tool = Tool::new(object.require_str("name")?);
    tool.description = object.take_str("description")?.map(Into::into);
    tool.schema = object.take("input_schema").map(owned);
    tool.strict = object.take_bool("strict")?;
    tool.cache = take_cache(&mut object, &mut sidecars)?;
    sidecars.extend(object.into_sidecars(DIALECT));
    tool.sidecars = sidecars;
    Ok(Some(tool))
}
