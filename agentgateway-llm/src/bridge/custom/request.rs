use std::collections::HashSet;

use agentgateway_core::json::quote;

use super::{
    super::{
        Loss, LossReport,
        form::{Content, CustomFormat, Request, Tool},
    },
    CustomTools, SCHEMA,
};

/// Makes functions of a request's custom tools, and calls of functions of their calls. A grammar is told to the model
/// in words: nothing holds it to them.
///
/// Answers which calls of an answer are calls of custom tools.
pub(in crate::bridge) fn to_functions(
    request: &mut Request,
    losses: &mut LossReport,
) -> CustomTools {
    let mut names = HashSet::new();
    for tool in &mut request.tools {
        if let Some(format) = tool.custom.take() {
            names.insert(tool.name.clone());
            describe(tool, &format, losses);
        }
    }
    for block in request.turns.iter_mut().flat_map(|turn| &mut turn.blocks) {
        match &mut block.content {
            Content::ToolCall(call) if call.is_custom => {
                call.is_custom = false;
                call.arguments = format!(r#"{{"input":{}}}"#, quote(&call.arguments));
            }
            Content::ToolResult(result) => result.is_custom = false,
            _ => {}
        }
    }
    CustomTools::of(names)
}

fn describe(tool: &mut Tool, format: &CustomFormat, losses: &mut LossReport) {
    tool.schema = Some(SCHEMA.into());
    if let CustomFormat::Grammar { syntax, definition } = format {
        losses.add(Loss::ToolGrammar);
        let grammar = format!("The input must match this grammar ({syntax}):\n{definition}");
        tool.description = Some(match tool.description.take() {
            Some(told) if !told.is_empty() => format!("{told}\n\n{grammar}"),
            _ => grammar,
        });
    }
}
