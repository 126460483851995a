use std::{collections::HashSet, sync::Arc};

use super::{
    super::{
        form::{Content, Response},
        stream::{BlockKind, CodecError, Delta, Event, EventSink, StreamDecoder},
    },
    input::Input,
};

/// The custom tools of a request that a provider knows as functions, by the client's names.
#[derive(Clone, Debug, Default)]
pub(in crate::bridge) struct CustomTools(Arc<HashSet<String>>);

// === impl CustomTools ===

impl CustomTools {
    pub(super) fn of(names: HashSet<String>) -> Self {
        Self(Arc::new(names))
    }

    /// Makes calls of custom tools of an answer's calls of their functions.
    pub(in crate::bridge) fn restore(&self, response: &mut Response) {
        let blocks = response
            .choices
            .iter_mut()
            .flat_map(|choice| &mut choice.blocks);
        for block in blocks {
            match &mut block.content {
                Content::ToolCall(call) if self.0.contains(&call.name) => {
                    call.is_custom = true;
                    call.arguments = Input::whole(&call.arguments);
                }
                _ => {}
            }
        }
    }

    /// The same of a stream.
    pub(in crate::bridge) fn reader(
        &self,
        decoder: Box<dyn StreamDecoder>,
    ) -> Box<dyn StreamDecoder> {
        if self.0.is_empty() {
            return decoder;
        }
        Box::new(Reader {
            decoder,
            calls: Calls {
                tools: self.clone(),
                open: Vec::new(),
            },
        })
    }
}

#[derive(Debug)]
struct Reader {
    decoder: Box<dyn StreamDecoder>,
    calls: Calls,
}

/// The calls of custom tools that are open: at most one of each choice.
#[derive(Debug)]
struct Calls {
    tools: CustomTools,
    open: Vec<(u32, Input)>,
}

impl StreamDecoder for Reader {
    fn feed(&mut self, chunk: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
        let calls = &mut self.calls;
        let mut sink = |event: Event<'_>| calls.event(event, out);
        self.decoder.feed(chunk, &mut sink)
    }

    fn finish(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        let calls = &mut self.calls;
        let mut sink = |event: Event<'_>| calls.event(event, out);
        self.decoder.finish(&mut sink)
    }
}

// === impl Calls ===

impl Calls {
    fn event(&mut self, mut event: Event<'_>, out: &mut dyn EventSink) -> Result<(), CodecError> {
        match &mut event {
            Event::BlockStart {
                index,
                block:
                    BlockKind::ToolCall {
                        name, is_custom, ..
                    },
                ..
            } if self.tools.0.contains(&**name) => {
                *is_custom = true;
                self.open.push((*index, Input::default()));
            }
            Event::Delta {
                index,
                delta: Delta::Arguments(piece),
            } => {
                if let Some((_, input)) = self.open.iter_mut().find(|(open, _)| open == index) {
                    let mut text = String::new();
                    input.push(piece, &mut text);
                    return tell(*index, text, out);
                }
            }
            Event::BlockStop { index } => {
                if let Some(at) = self.open.iter().position(|(open, _)| open == index) {
                    let (_, input) = self.open.swap_remove(at);
                    tell(*index, input.finish(), out)?;
                }
            }
            _ => {}
        }
        out.event(event)
    }
}

fn tell(index: u32, text: String, out: &mut dyn EventSink) -> Result<(), CodecError> {
    if text.is_empty() {
        return Ok(());
    }
    let delta = Delta::Arguments(text.into());
    out.event(Event::Delta { index, delta })
}
