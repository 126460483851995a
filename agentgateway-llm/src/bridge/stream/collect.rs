use super::{
    super::form::{Block, Choice, Content, Reasoning, Response, ToolCall},
    BlockKind, CodecError, Delta, Event, EventSink,
};

/// Makes a whole answer of a stream's events, as a client's SDK does.
///
/// It holds the whole answer: bound what you feed it.
#[derive(Debug, Default)]
pub struct Collect {
    response: Response,
    /// Where each block is: its choice and its place there.
    places: Vec<(usize, usize)>,
    ended: bool,
}

// === impl Collect ===

impl Collect {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The answer; `None` when its end was not seen.
    #[must_use]
    pub fn finish(self) -> Option<Response> {
        self.ended.then_some(self.response)
    }

    /// What has come of it.
    pub(in crate::bridge) const fn so_far(&self) -> &Response {
        &self.response
    }

    /// The choice that a block belongs to.
    pub(in crate::bridge) fn choice_of(&self, index: u32) -> Option<u32> {
        let (choice, _) = self.places.get(index as usize)?;
        u32::try_from(*choice).ok()
    }

    fn choice(&mut self, choice: u32) -> Result<(usize, &mut Choice), CodecError> {
        let at = choice as usize;
        // As many as any dialect lets a client ask for.
        if at >= 128 {
            return Err(CodecError::malformed("it has too many choices"));
        }
        if self.response.choices.len() <= at {
            self.response.choices.resize_with(at + 1, Choice::default);
        }
        let found = self.response.choices.get_mut(at);
        found
            .map(|found| (at, found))
            .ok_or(CodecError::malformed("it has a choice out of order"))
    }

    fn begin(&mut self, choice: u32, block: &BlockKind<'_>) -> Result<(), CodecError> {
        let content = match block.clone() {
            BlockKind::Text => Content::Text(String::new()),
            BlockKind::Refusal => Content::Refusal(String::new()),
            BlockKind::Reasoning { id, redacted } => Content::Reasoning(Reasoning {
                text: String::new(),
                redacted: redacted.is_some(),
                state: redacted.map(super::super::form::Opaque::into_owned),
                id: id.map(Into::into),
            }),
            BlockKind::ToolCall {
                id,
                name,
                is_custom,
                state,
            } => Content::ToolCall(ToolCall {
                is_custom,
                state: state.map(super::super::form::Opaque::into_owned),
                ..ToolCall::new(id, name, "")
            }),
            BlockKind::Other(sidecar) => Content::Other(sidecar),
        };
        let (at, found) = self.choice(choice)?;
        found.blocks.push(Block::new(content));
        let place = (at, found.blocks.len() - 1);
        self.places.push(place);
        Ok(())
    }

    fn block(&mut self, index: u32) -> Option<&mut Block> {
        let (choice, block) = *self.places.get(index as usize)?;
        self.response.choices.get_mut(choice)?.blocks.get_mut(block)
    }

    fn delta(&mut self, index: u32, delta: &Delta<'_>) -> Result<(), CodecError> {
        let Some(block) = self.block(index) else {
            return Err(CodecError::malformed("a delta of no block"));
        };
        match (&mut block.content, delta) {
            (Content::Text(own) | Content::Refusal(own), Delta::Text(text)) => own.push_str(text),
            (Content::Reasoning(own), Delta::Reasoning(text)) => own.text.push_str(text),
            (Content::Reasoning(own), Delta::State(state)) => {
                own.state = Some(state.clone().into_owned());
            }
            (Content::ToolCall(own), Delta::Arguments(text)) => own.arguments.push_str(text),
            (_, Delta::Other(sidecar)) => block.sidecars.push(sidecar.clone()),
            _ => {
                return Err(CodecError::malformed(
                    "a delta of another kind than its block",
                ));
            }
        }
        Ok(())
    }
}

impl EventSink for Collect {
    fn event(&mut self, event: Event<'_>) -> Result<(), CodecError> {
        match event {
            Event::Start(start) => {
                self.response.id = start.id.into_owned();
                self.response.model = start.model.into_owned();
                self.response.created = start.created;
            }
            Event::BlockStart { choice, block, .. } => self.begin(choice, &block)?,
            Event::Delta { index, delta } => self.delta(index, &delta)?,
            Event::Usage(usage) => self.response.usage = usage,
            Event::Stop { choice, reason } => self.choice(choice)?.1.stop = reason,
            Event::End => self.ended = true,
            Event::Fault(fault) => return Err(CodecError::malformed(fault.message)),
            Event::BlockStop { .. } | Event::Ping => {}
        }
        Ok(())
    }
}
