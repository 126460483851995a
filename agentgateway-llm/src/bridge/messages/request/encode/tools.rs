use super::{
    super::super::{
        super::{
            Loss, LossReport,
            form::{Request, Sidecar, Tool, ToolChoice},
        },
        DIALECT,
        json::Members,
        model::Model,
    },
    beside,
    blocks::write_cache,
};
use crate::bridge::closed::closed;

/// Writes `tools` and `tool_choice`.
pub(super) fn write(
    out: &mut Members<'_>,
    request: &Request,
    model: Model,
    losses: &mut LossReport,
) {
    let is_own = |sidecar: &&Sidecar| sidecar.dialect == DIALECT && &*sidecar.name == "tools";
    let mut own = request.sidecars.iter().filter(is_own).peekable();
    if request.tools.is_empty() && own.peek().is_none() {
        // A choice without tools is a 400.
        if !matches!(
            request.tool_choice,
            None | Some(ToolChoice::Auto | ToolChoice::None)
        ) {
            losses.add_at(Loss::ToolChoice, "tool_choice");
        }
        return;
    }
    out.array("tools", |tools| {
        for tool in &request.tools {
            if is_allowed(tool, request.tool_choice.as_ref()) {
                tools.object(|out| write_tool(out, tool, model, losses));
            }
        }
        for tool in own {
            tools.raw(&tool.raw);
        }
    });
    write_choice(out, request);
}

/// Tools that may not be asked for are not shown at all: the dialect has no other word for it.
fn is_allowed(tool: &Tool, choice: Option<&ToolChoice>) -> bool {
    match choice {
        Some(ToolChoice::Allowed { names, .. }) => names.contains(&tool.name),
        _ => true,
    }
}

fn write_tool(out: &mut Members<'_>, tool: &Tool, model: Model, losses: &mut LossReport) {
    if tool.custom.is_some() {
        losses.add_at(Loss::CustomTool, "tools");
    }
    out.string("name", &tool.name);
    if let Some(description) = &tool.description {
        out.string("description", description);
    }
    // Required; this is the schema of a tool that takes nothing.
    let schema = tool.schema.as_deref();
    let schema = schema.unwrap_or(r#"{"type":"object","properties":{}}"#);
    let strict = tool.strict.filter(|_| model.is_strict());
    match strict {
        Some(true) => out.raw("input_schema", &closed(schema)),
        _ => out.raw("input_schema", schema),
    }
    if let Some(strict) = strict {
        out.boolean("strict", strict);
    } else if tool.strict == Some(true) {
        losses.add(Loss::Strict);
    }
    write_cache(out, tool.cache);
    beside::members(out, &tool.sidecars, losses);
}

fn write_choice(out: &mut Members<'_>, request: &Request) {
    let one_by_one = request.parallel_tool_calls == Some(false);
    let choice = match &request.tool_choice {
        Some(choice) => choice,
        None if one_by_one => &ToolChoice::Auto,
        None => return,
    };
    out.object("tool_choice", |out| {
        match choice {
            ToolChoice::Auto
            | ToolChoice::Allowed {
                required: false, ..
            } => out.string("type", "auto"),
            ToolChoice::Required | ToolChoice::Allowed { required: true, .. } => {
                out.string("type", "any");
            }
            ToolChoice::None => out.string("type", "none"),
            ToolChoice::Tool(name) => {
                out.string("type", "tool");
                out.string("name", name);
            }
        }
        // There is no such member beside `none`.
        if *choice != ToolChoice::None {
            if let Some(parallel) = request.parallel_tool_calls {
                out.boolean("disable_parallel_tool_use", !parallel);
            }
        }
        for (name, raw) in beside::inner(&request.sidecars, "tool_choice") {
            out.raw(name, raw);
        }
    });
}
