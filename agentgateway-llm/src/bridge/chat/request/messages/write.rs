//! The messages of all roles; what adjacent turns become.

use super::{
    super::{
        super::{
            super::{
                Loss, LossReport,
                form::{Block, Content, Request, Role, ToolCall, ToolResult, Turn},
            },
            json::{Elements, Members},
            loss::foreign,
            message::{arguments_of, kind_of},
            sidecars::{self, own},
        },
        conversation::OF_MESSAGE,
        media::{self, Part},
    },
    assistant,
};

pub(in super::super) fn write(list: &mut Elements<'_>, request: &Request, losses: &mut LossReport) {
    instructions(list, &request.system, losses);
    let turns = &request.turns;
    // Thoughts of turns that are over are of no use to any provider, and some refuse them.
    let asked = turns.iter().rposition(asks).unwrap_or(0);
    let mut rest = &turns[..];
    let mut at = 0;
    while let Some(first) = rest.first() {
        let count = match first.role {
            Role::User => rest
                .iter()
                .take_while(|turn| turn.role == Role::User)
                .count(),
            Role::Assistant => assistant::length(rest),
            Role::System => 1,
        };
        let (group, behind) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        match first.role {
            Role::User => user(list, group, losses),
            Role::Assistant => assistant::write(list, group, at > asked, losses),
            Role::System => instructions(list, &first.blocks, losses),
        }
        rest = behind;
        at += count;
    }
}

/// A turn in which the user says something, not the user's tools alone.
fn asks(turn: &Turn) -> bool {
    turn.role == Role::User && !turn.blocks.iter().all(is_result)
}

fn is_result(block: &Block) -> bool {
    matches!(block.content, Content::ToolResult(_))
}

fn is_media(block: &Block) -> bool {
    matches!(block.content, Content::Media(_))
}

/// Messages of instructions: a block that names a role begins a new one.
fn instructions(list: &mut Elements<'_>, blocks: &[Block], losses: &mut LossReport) {
    let role_of = |block: &Block| {
        own(&block.sidecars)
            .find(|sidecar| &*sidecar.name == "message.role")
            .map(|sidecar| sidecar.raw.clone())
    };
    let mut rest = blocks;
    while let Some((first, others)) = rest.split_first() {
        let count = others
            .iter()
            .take_while(|block| role_of(block).is_none())
            .count();
        let (message, behind) = rest.split_at_checked(count + 1).unwrap_or((rest, &[]));
        let role = role_of(first).unwrap_or_else(|| "\"system\"".into());
        let message: Vec<_> = message.iter().collect();
        list.object(|out| {
            out.raw("role", &role);
            content(out, "content", &message, losses);
            own_members(out, &message);
        });
        rest = behind;
    }
}

/// What adjacent turns of the user say: the results of tools first, as they must follow the calls, and then the media
/// of all results, as a message `tool` has texts alone.
fn user(list: &mut Elements<'_>, turns: &[Turn], losses: &mut LossReport) {
    let mut media = Vec::new();
    for block in turns.iter().flat_map(|turn| &turn.blocks) {
        if let Content::ToolResult(answer) = &block.content {
            result(list, block, answer, losses);
            media.extend(answer.content.iter().filter(|part| is_media(part)));
        }
    }
    let media = parts(&media, losses);
    if !media.is_empty() {
        list.object(|out| {
            out.string("role", "user");
            write_parts(out, "content", &media);
        });
    }
    for turn in turns {
        let said: Vec<_> = turn
            .blocks
            .iter()
            .filter(|block| !is_result(block))
            .collect();
        if said.is_empty() && !turn.blocks.is_empty() {
            continue;
        }
        list.object(|out| {
            out.string("role", "user");
            content(out, "content", &said, losses);
            own_members(out, &said);
        });
    }
}

fn result(list: &mut Elements<'_>, block: &Block, answer: &ToolResult, losses: &mut LossReport) {
    foreign(&block.sidecars, losses);
    if block.cache.is_some() {
        losses.add(Loss::CacheMarker);
    }
    if answer.is_error {
        losses.add(Loss::ToolResultError);
    }
    let said: Vec<_> = answer
        .content
        .iter()
        .filter(|part| !is_media(part))
        .collect();
    list.object(|out| {
        out.string("role", "tool");
        out.string("tool_call_id", &answer.call_id);
        content(out, "content", &said, losses);
        let name = own(&block.sidecars).find(|own| &*own.name == "message.tool_name");
        if let Some(name) = name {
            out.raw("name", &name.raw);
        }
        own_members(out, &[block]);
    });
}

/// Members of the message itself, which stand beside its blocks.
pub(super) fn own_members(out: &mut Members<'_>, blocks: &[&Block]) {
    for sidecar in blocks.iter().flat_map(|block| own(&block.sidecars)) {
        match sidecar.name.strip_prefix(OF_MESSAGE) {
            None | Some("role" | "tool_name") => {}
            Some(name) => out.raw(name, &sidecar.raw),
        }
    }
}

/// A content: a string where it is one text, else its parts.
pub(super) fn content(
    out: &mut Members<'_>,
    name: &'static str,
    blocks: &[&Block],
    losses: &mut LossReport,
) {
    write_parts(out, name, &parts(blocks, losses));
}

/// The parts of a content, each with its block. An empty text is none.
fn parts<'a>(blocks: &[&'a Block], losses: &mut LossReport) -> Vec<(Part<'a>, &'a Block)> {
    blocks
        .iter()
        .filter_map(|block| Some((media::part(block, losses)?, *block)))
        .filter(|(part, _)| !matches!(part, Part::Text("")))
        .collect()
}

fn write_parts(out: &mut Members<'_>, name: &'static str, parts: &[(Part<'_>, &Block)]) {
    let is_bare = |block: &Block| {
        own(&block.sidecars).all(|sidecar| {
            sidecar.name.starts_with(OF_MESSAGE)
                || matches!(&*sidecar.name, "annotations" | "logprobs")
        })
    };
    match parts {
        [] => out.string(name, ""),
        [(Part::Text(text), block)] if is_bare(block) => out.string(name, text),
        parts => out.array(name, |list| {
            for (part, block) in parts {
                media::write(list, part, block);
            }
        }),
    }
}

/// What a call asks for. Many peers read arguments as JSON, also where there are none.
pub(in super::super::super) fn write_called(out: &mut Members<'_>, block: &Block, call: &ToolCall) {
    let kind = kind_of(call.is_custom);
    let is_none = !call.is_custom && call.arguments.trim().is_empty();
    out.string("type", kind);
    out.object(kind, |out| {
        out.string("name", &call.name);
        let arguments = if is_none { "{}" } else { &call.arguments };
        out.string(arguments_of(call.is_custom), arguments);
        sidecars::write(out, &block.sidecars, &format!("{kind}."));
    });
}

/// `extra_content` with the state of a call.
pub(in super::super::super) fn write_signature(out: &mut Members<'_>, slot: &str) {
    out.object("extra_content", |extra| {
        extra.object("google", |google| google.string("thought_signature", slot));
    });
}
