use agentgateway_core::json::{self, JsonType, Raw};

use super::super::{
    super::{
        Loss, LossReport,
        form::{Content, Request, Sidecar, Tool, ToolChoice},
    },
    DIALECT,
    content::write_cache,
    json::{Elements, Members},
    loss::{Beside, foreign},
    model::Family,
};
use crate::bridge::closed::closed;

/// The schema of a tool that was given none.
const ANY_OBJECT: &str = r#"{"type":"object","properties":{}}"#;

/// Writes the tools and the choice of them.
pub(super) fn write(
    out: &mut Members<'_>,
    request: &Request,
    family: Family,
    has_calls: bool,
    losses: &mut LossReport,
) {
    let own = |name: &'static str| {
        let of_dialect = request.sidecars.iter().filter(|own| own.dialect == DIALECT);
        of_dialect.filter(move |own| &*own.name == name)
    };
    let offered = offered(request, has_calls, losses);
    if request.parallel_tool_calls == Some(false) && !offered.is_empty() {
        losses.add_at(Loss::ParallelToolCalls, "parallel_tool_calls");
    }
    out.object_if_any("toolConfig", |out| {
        out.array_if_any("tools", |tools| {
            for tool in &offered {
                write_tool(tools, tool, family, losses);
            }
            for element in own("toolConfig.tools") {
                tools.raw(&element.raw);
            }
            if has_calls && offered.is_empty() && own("toolConfig.tools").next().is_none() {
                called(tools, request, losses);
            }
        });
        if !offered.is_empty() {
            write_choice(out, request);
        }
        let rest = request
            .sidecars
            .iter()
            .filter_map(|own| member(own, "toolConfig."));
        for (name, raw) in rest.filter(|(name, _)| *name != "tools") {
            out.raw(name, raw);
        }
    });
}

/// The member of an inner object that a sidecar of this dialect is.
pub(super) fn member<'a>(own: &'a Sidecar, under: &str) -> Option<(&'a str, &'a str)> {
    let name = own.name.strip_prefix(under)?;
    let is_member = own.dialect == DIALECT && !name.starts_with("toolChoice.");
    is_member.then_some((name, &*own.raw))
}

/// The tools that may be asked for. The dialect cannot say that none may: then none is offered.
fn offered<'a>(request: &'a Request, has_calls: bool, losses: &mut LossReport) -> Vec<&'a Tool> {
    match &request.tool_choice {
        Some(ToolChoice::None) if has_calls && !request.tools.is_empty() => {
            // A conversation with calls needs tools.
            losses.add_at(Loss::ToolChoice, "tool_choice");
            request.tools.iter().collect()
        }
        Some(ToolChoice::None) => Vec::new(),
        Some(ToolChoice::Allowed { names, .. }) => {
            let allowed = |tool: &&Tool| names.contains(&tool.name);
            request.tools.iter().filter(allowed).collect()
        }
        _ => request.tools.iter().collect(),
    }
}

fn write_tool(out: &mut Elements<'_>, tool: &Tool, family: Family, losses: &mut LossReport) {
    if tool.custom.is_some() {
        losses.add_at(Loss::CustomTool, "tools");
    }
    out.object(|out| {
        out.object("toolSpec", |out| {
            out.string("name", &tool.name);
            if let Some(description) = tool.description.as_deref().filter(|told| !told.is_empty()) {
                out.string("description", description);
            }
            let schema = schema(tool, losses);
            let is_strict = tool.strict == Some(true) && family.is_strict();
            out.object("inputSchema", |out| match is_strict {
                true => out.raw("json", &closed(schema)),
                false => out.raw("json", schema),
            });
            if is_strict {
                out.number("strict", true);
            } else if tool.strict == Some(true) {
                losses.add(Loss::Strict);
            }
            for own in &tool.sidecars {
                if own.dialect == DIALECT {
                    out.raw(&own.name, &own.raw);
                } else {
                    foreign(own, Beside::Member, losses);
                }
            }
        });
    });
    match tool.cache {
        Some(marker) if family.caches_tools() => out.object(|out| write_cache(out, marker)),
        Some(_) => losses.add(Loss::CacheMarker),
        None => {}
    }
}

fn schema<'a>(tool: &'a Tool, losses: &mut LossReport) -> &'a str {
    let Some(schema) = tool.schema.as_deref() else {
        return ANY_OBJECT;
    };
    let raw = Raw::parse(schema.as_bytes()).ok();
    if raw.is_some_and(|raw| json::type_of(raw) == JsonType::Object) {
        return schema;
    }
    losses.add(Loss::Schema);
    ANY_OBJECT
}

/// Tools that were asked for, where none are given any more: without tools a conversation with calls is a 400.
fn called(out: &mut Elements<'_>, request: &Request, losses: &mut LossReport) {
    losses.add(Loss::Schema);
    let mut known: Vec<&str> = Vec::new();
    let blocks = request.turns.iter().flat_map(|turn| &turn.blocks);
    for block in blocks {
        if let Content::ToolCall(call) = &block.content {
            if !known.contains(&call.name.as_str()) {
                known.push(&call.name);
            }
        }
    }
    // Results alone name no tool.
    if known.is_empty() {
        known.push("tool");
    }
    for name in known {
        out.object(|out| {
            out.object("toolSpec", |out| {
                out.string("name", name);
                out.object("inputSchema", |out| out.raw("json", ANY_OBJECT));
            });
        });
    }
}

/// `auto` is the default, and not every model takes it.
fn write_choice(out: &mut Members<'_>, request: &Request) {
    match &request.tool_choice {
        Some(ToolChoice::Required | ToolChoice::Allowed { required: true, .. }) => {
            out.object("toolChoice", |out| out.object("any", |_| {}));
        }
        Some(ToolChoice::Tool(name)) => out.object("toolChoice", |out| {
            out.object("tool", |out| out.string("name", name));
        }),
        Some(ToolChoice::Auto | ToolChoice::None | ToolChoice::Allowed { .. }) | None => {}
    }
}
