use agentgateway_core::json::Raw;

use super::{
    super::{
        super::{
            DecodeContext, Refused, Unreadable,
            form::{Block, Choice, Content, Response, Sidecar},
            read::Object,
        },
        DIALECT,
        request::blocks,
    },
    read_stop,
};
use crate::wire::Counts;

pub(in super::super) fn decode(
    context: &DecodeContext,
    body: &[u8],
) -> Result<Response, Unreadable> {
    let mut object = Object::of_body(body)?;
    if object.take_str("type")?.is_some_and(|kind| kind == "error") {
        return Err(Unreadable::new("it is an error with a status of success"));
    }
    let raw = object
        .take("content")
        .ok_or_else(|| Unreadable::new("it has no content"))?;
    let blocks = content(context, raw)?;
    // Always the assistant's.
    object.take("role");
    let (stop, details) = read_stop(
        object.take("stop_reason"),
        object.take("stop_sequence"),
        object.take("stop_details"),
    )?;
    let mut response = Response {
        id: object.take_str("id")?.unwrap_or_default().into_owned(),
        model: object.take_str("model")?.unwrap_or_default().into_owned(),
        choices: vec![Choice {
            blocks,
            stop,
            sidecars: details.into_iter().collect(),
        }],
        ..Response::default()
    };
    if let Some(usage) = object.take("usage") {
        read_usage(usage, &mut response)?;
    }
    response.sidecars.extend(object.into_sidecars(DIALECT));
    Ok(response)
}

/// The blocks of an answer, with the client's names of its tools.
pub(in super::super) fn content(
    context: &DecodeContext,
    raw: Raw<'_>,
) -> Result<Vec<Block>, Refused> {
    let mut blocks = blocks(raw, "content")?;
    for block in &mut blocks {
        if let Content::ToolCall(call) = &mut block.content {
            let name = context.tool_name(&call.name);
            if name != call.name {
                call.name = name.to_owned();
            }
        }
    }
    Ok(blocks)
}

fn read_usage(raw: Raw<'_>, response: &mut Response) -> Result<(), Refused> {
    let mut object = Object::of(raw, "usage")?;
    let mut counts = Counts::default();
    counts.anthropic_members(Counts::ANTHROPIC.map(|name| object.take(name)));
    response.usage = counts.usage(DIALECT).unwrap_or_default();
    let left = object.into_sidecars(DIALECT).into_iter();
    response.sidecars.extend(left.map(|sidecar| Sidecar {
        name: format!("usage.{}", sidecar.name).into(),
        ..sidecar
    }));
    Ok(())
}
