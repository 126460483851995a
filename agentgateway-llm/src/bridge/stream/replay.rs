use std::borrow::Cow;

use super::{
    super::form::{Block, Content, Response, Sidecar},
    BlockKind, CodecError, Delta, Event, EventSink, Start,
};

/// Tells a whole answer as the events of a stream: for a client that asked for a stream of a provider that has
/// answered whole.
///
/// # Errors
/// What `out` says.
pub fn replay(response: &Response, out: &mut dyn EventSink) -> Result<(), CodecError> {
    out.event(Event::Start(Start {
        id: Cow::Borrowed(&response.id),
        model: Cow::Borrowed(&response.model),
        created: response.created,
    }))?;
    // It is known, and one dialect tells it at the beginning.
    if !response.usage.is_empty() {
        out.event(Event::Usage(response.usage))?;
    }
    let mut index = 0;
    for (choice, found) in (0_u32..).zip(&response.choices) {
        let mut blocks = found.blocks.iter().peekable();
        while let Some(block) = blocks.next() {
            // What is said of the choice stands beside its last block.
            let beside: &[_] = if blocks.peek().is_none() {
                &found.sidecars
            } else {
                &[]
            };
            tell_with(block, beside, (index, choice), out)?;
            index += 1;
        }
        let reason = found.stop.clone();
        out.event(Event::Stop { choice, reason })?;
    }
    out.event(Event::End)
}

/// Tells a whole block as the events of a stream.
pub(in crate::bridge) fn tell(
    block: &Block,
    index: u32,
    choice: u32,
    out: &mut dyn EventSink,
) -> Result<(), CodecError> {
    tell_with(block, &[], (index, choice), out)
}

fn tell_with(
    block: &Block,
    beside: &[Sidecar],
    (index, choice): (u32, u32),
    out: &mut dyn EventSink,
) -> Result<(), CodecError> {
    let (kind, first, second) = parts(&block.content)?;
    out.event(Event::BlockStart {
        index,
        choice,
        block: kind,
    })?;
    let others = block.sidecars.iter().chain(beside);
    let others = others.cloned().map(Delta::Other);
    for delta in first.into_iter().chain(second).chain(others) {
        out.event(Event::Delta { index, delta })?;
    }
    out.event(Event::BlockStop { index })
}

type Parts<'a> = (BlockKind<'a>, Option<Delta<'a>>, Option<Delta<'a>>);

fn parts(content: &Content) -> Result<Parts<'_>, CodecError> {
    let text = |text: &'_ str| (!text.is_empty()).then_some(());
    Ok(match content {
        Content::Text(own) => (
            BlockKind::Text,
            text(own).map(|()| Delta::Text(own.into())),
            None,
        ),
        Content::Refusal(own) => (
            BlockKind::Refusal,
            text(own).map(|()| Delta::Text(own.into())),
            None,
        ),
        Content::Reasoning(own) => {
            let state = own.state.clone();
            let id = own.id.as_deref().map(Cow::Borrowed);
            let redacted = state.clone().filter(|_| own.redacted);
            let thought = text(&own.text).map(|()| Delta::Reasoning(own.text.as_str().into()));
            match redacted {
                Some(_) => (BlockKind::Reasoning { id, redacted }, None, None),
                None => {
                    let kind = BlockKind::Reasoning { id, redacted: None };
                    (kind, thought, state.map(Delta::State))
                }
            }
        }
        Content::ToolCall(call) => {
            let kind = BlockKind::ToolCall {
                id: Cow::Borrowed(&call.id),
                name: Cow::Borrowed(&call.name),
                is_custom: call.is_custom,
                state: call.state.clone(),
            };
            let arguments = Delta::Arguments(Cow::Borrowed(&call.arguments));
            (kind, text(&call.arguments).map(|()| arguments), None)
        }
        Content::Other(sidecar) => (BlockKind::Other(sidecar.clone()), None, None),
        Content::Media(_) | Content::ToolResult(_) => {
            return Err(CodecError::malformed(
                "an answer with a block that only requests have",
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            super::form::{Choice, Opaque, Reasoning, StateOwner, StopReason, ToolCall},
            Collect, Grammar,
        },
        *,
    };
    use crate::{LlmDialect, LlmUsage};

    fn response() -> Response {
        let thought = Reasoning {
            text: "hm".into(),
            state: Some(Opaque::new(StateOwner::Anthropic, "sig")),
            ..Reasoning::default()
        };
        let hidden = Reasoning {
            state: Some(Opaque::new(StateOwner::Anthropic, "data")),
            redacted: true,
            ..Reasoning::default()
        };
        let mut cited = Block::text("hello");
        cited.sidecars.push(Sidecar::new(
            LlmDialect::AnthropicMessages,
            "citation",
            "{}",
        ));
        let blocks = vec![
            Block::new(Content::Reasoning(thought)),
            Block::new(Content::Reasoning(hidden)),
            cited,
            Block::new(Content::ToolCall(ToolCall::new("c1", "find", "{\"a\":1}"))),
            Block::new(Content::ToolCall(ToolCall::new("c2", "find", ""))),
            Block::new(Content::ToolCall(ToolCall {
                is_custom: true,
                ..ToolCall::new("c3", "patch", "*** Begin")
            })),
        ];
        Response {
            id: "r1".into(),
            model: "m".into(),
            created: Some(7),
            choices: vec![Choice {
                blocks,
                stop: StopReason::ToolUse,
                sidecars: Vec::new(),
            }],
            usage: LlmUsage {
                output_text_tokens: Some(3),
                ..LlmUsage::default()
            },
            sidecars: Vec::new(),
        }
    }

    #[test]
    fn a_replayed_answer_keeps_the_grammar_and_is_the_same_when_collected() {
        let response = response();
        let mut events: Vec<Event<'static>> = Vec::new();
        replay(&response, &mut events).unwrap();
        let mut grammar = Grammar::new();
        let mut collected = Collect::new();
        for event in events {
            grammar.check(&event).unwrap();
            collected.event(event).unwrap();
        }
        assert_eq!(collected.finish(), Some(response));
    }

    #[test]
    fn what_is_said_of_a_choice_stands_beside_its_last_block() {
        let mut response = response();
        let own = Sidecar::new(LlmDialect::OpenAiChat, "logprobs", "{}");
        response.choices[0].sidecars.push(own.clone());
        let mut events: Vec<Event<'static>> = Vec::new();
        replay(&response, &mut events).unwrap();
        let mut grammar = Grammar::new();
        for event in &events {
            grammar.check(event).unwrap();
        }
        let last = events
            .iter()
            .rposition(|event| matches!(event, Event::BlockStop { .. }));
        let beside = last.and_then(|last| events.get(last - 1));
        let is_own = |event: &Event<'_>| matches!(event, Event::Delta { delta: Delta::Other(it), .. } if *it == own);
        assert!(beside.is_some_and(is_own), "{events:?}");
    }

    #[test]
    fn an_answer_without_its_end_is_none() {
        let mut collected = Collect::new();
        collected.event(Event::Start(Start::default())).unwrap();
        assert_eq!(collected.finish(), None);
    }

    #[test]
    fn the_grammar_refuses_what_encoders_could_not_write() {
        let start = || Event::Start(Start::default());
        let block = |index| Event::BlockStart {
            index,
            choice: 0,
            block: BlockKind::Text,
        };
        let stop = || Event::Stop {
            choice: 0,
            reason: StopReason::EndTurn,
        };
        let arguments = Event::Delta {
            index: 0,
            delta: Delta::Arguments("{".into()),
        };
        for broken in [
            vec![block(0)],
            vec![start(), start()],
            vec![start(), block(1)],
            vec![start(), block(0), block(1)],
            vec![start(), block(0), stop()],
            vec![start(), block(0), arguments],
            vec![start(), Event::BlockStop { index: 0 }],
            vec![start(), stop(), stop()],
            vec![start(), stop(), block(0)],
            vec![start(), Event::End],
            vec![start(), stop(), Event::End, Event::Ping],
        ] {
            let mut grammar = Grammar::new();
            let checked: Result<Vec<_>, _> =
                broken.iter().map(|event| grammar.check(event)).collect();
            checked.unwrap_err();
        }
    }
}
