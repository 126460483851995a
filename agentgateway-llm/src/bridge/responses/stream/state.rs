use std::borrow::Cow;

use agentgateway_core::json::{self, Raw, elements, members, members_of};

use super::{
    super::{
        super::{
            DecodeContext,
            form::{Block, Content, Opaque, Sidecar, StateOwner},
            stream::{BlockKind, CodecError, Delta, Event, EventSink, Start, tell},
        },
        fault, ids, item,
        response::{Head, stop_of},
    },
    fields::{Fields, text, unreadable},
    items::Items,
};
use crate::LlmDialect::OpenAiResponses;

/// What a stream has told so far.
#[derive(Debug)]
pub(super) struct State {
    context: DecodeContext,
    items: Items,
    open: Option<Open>,
    /// The index of the next block.
    next: u32,
    /// The state of a call that has not begun.
    carried: Option<Block>,
    has_called: bool,
    is_started: bool,
    is_over: bool,
}

/// The block that is open.
#[derive(Clone, Copy, Debug)]
struct Open {
    /// The item's place, and its index.
    place: usize,
    at: u64,
    part: u64,
    kind: Kind,
    index: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Refusal,
    Reasoning,
    Call,
}

// === impl State ===

impl State {
    pub(super) fn new(context: DecodeContext) -> Self {
        Self {
            context,
            items: Items::default(),
            open: None,
            next: 0,
            carried: None,
            has_called: false,
            is_started: false,
            is_over: false,
        }
    }

    /// The end marker was seen, or an error.
    pub(super) const fn is_over(&self) -> bool {
        self.is_over
    }

    /// The item of the call that is open.
    pub(super) fn calling(&self) -> Option<u64> {
        let call = self.open.filter(|open| open.kind == Kind::Call);
        call.map(|open| open.at)
    }

    pub(super) fn is_calling(&self) -> bool {
        self.calling().is_some()
    }

    /// Whether the event tells something of an item.
    pub(super) fn is_known(name: &str) -> bool {
        matches!(
            name,
            "response.output_text.delta"
                | "response.output_text.done"
                | "response.output_text.annotation.added"
                | "response.refusal.delta"
                | "response.refusal.done"
                | "response.reasoning_text.delta"
                | "response.reasoning_text.done"
                | "response.reasoning_summary_text.delta"
                | "response.reasoning_summary_text.done"
                | "response.content_part.done"
                | "response.function_call_arguments.delta"
                | "response.function_call_arguments.done"
                | "response.output_item.added"
                | "response.output_item.done"
        )
    }

    pub(super) fn handle(
        &mut self,
        name: &str,
        data: &[u8],
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        if Self::is_known(name) {
            self.start(&Head::default(), out)?;
            let fields = Fields::read(data)?;
            return self.item_event(name, &fields, out);
        }
        match name {
            "response.created" | "response.in_progress" | "response.queued" => {
                if self.is_started {
                    return out.event(Event::Ping);
                }
                self.start(&head(response(data)?)?, out)
            }
            "response.completed" | "response.incomplete" => self.end(name, response(data)?, out),
            "response.failed" => {
                let head = head(response(data)?)?;
                if self.is_started && !head.usage.is_empty() {
                    out.event(Event::Usage(head.usage))?;
                }
                self.is_over = true;
                out.event(Event::Fault(fault::of_failure(head.error)))
            }
            "error" => {
                let event = Raw::parse(data).map_err(|_| unreadable())?;
                self.is_over = true;
                out.event(Event::Fault(fault::of_event(event)))
            }
            "keepalive" | "ping" => out.event(Event::Ping),
            // How a tool of the provider's gets on: its item comes whole.
            _ => Ok(()),
        }
    }

    fn item_event(
        &mut self,
        name: &str,
        fields: &Fields<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        match name {
            "response.output_text.delta" => self.text_delta(Kind::Text, fields, out),
            "response.refusal.delta" => self.text_delta(Kind::Refusal, fields, out),
            "response.output_text.done" => self.text_done(Kind::Text, fields, out),
            "response.refusal.done" => self.text_done(Kind::Refusal, fields, out),
            "response.output_text.annotation.added" => self.annotation(fields, out),
            "response.reasoning_text.delta" => self.thought(false, fields.delta()?, fields, out),
            "response.reasoning_summary_text.delta" => {
                self.thought(true, fields.delta()?, fields, out)
            }
            "response.reasoning_text.done" => self.thought_done(false, fields, out),
            "response.reasoning_summary_text.done" => self.thought_done(true, fields, out),
            "response.content_part.done" => self.part_done(fields, out),
            "response.function_call_arguments.delta" => self.arguments(fields, out),
            "response.function_call_arguments.done" => self.arguments_done(fields, out),
            "response.output_item.added" => self.item_added(fields, out),
            _ => match fields.item {
                Some(item) => self.item_done(fields.at, item, out),
                None => Err(CodecError::malformed("the end of no item")),
            },
        }
    }

    fn start(&mut self, head: &Head<'_>, out: &mut dyn EventSink) -> Result<(), CodecError> {
        if self.is_started {
            return Ok(());
        }
        self.is_started = true;
        out.event(Event::Start(Start {
            id: Cow::Borrowed(&head.id),
            model: Cow::Borrowed(&head.model),
            created: head.created,
        }))
    }

    // Blocks.

    /// The open block, when it is this one; else this one is opened.
    fn enter(
        &mut self,
        place: usize,
        part: u64,
        kind: Kind,
        out: &mut dyn EventSink,
    ) -> Result<u32, CodecError> {
        if let Some(open) = self.open {
            if open.place == place && open.part == part && open.kind == kind {
                return Ok(open.index);
            }
        }
        let told = self.items.get_mut(place)?;
        told.tell(part)?;
        let id = ids::told(&told.id).map(|id| Cow::Owned(id.to_owned()));
        let block = match kind {
            Kind::Refusal => BlockKind::Refusal,
            Kind::Reasoning => BlockKind::Reasoning { id, redacted: None },
            _ => BlockKind::Text,
        };
        self.flush(out)?;
        self.begin(place, part, kind, block, out)
    }

    fn begin(
        &mut self,
        place: usize,
        part: u64,
        kind: Kind,
        block: BlockKind<'_>,
        out: &mut dyn EventSink,
    ) -> Result<u32, CodecError> {
        self.close(out)?;
        let index = self.index();
        self.open = Some(Open {
            place,
            at: self.items.get(place).map_or(0, |item| item.at),
            part,
            kind,
            index,
        });
        out.event(Event::BlockStart {
            index,
            choice: 0,
            block,
        })?;
        Ok(index)
    }

    fn index(&mut self) -> u32 {
        let index = self.next;
        self.next = self.next.saturating_add(1);
        index
    }

    fn close(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        match self.open.take() {
            Some(open) => out.event(Event::BlockStop { index: open.index }),
            None => Ok(()),
        }
    }

    fn close_item(&mut self, place: usize, out: &mut dyn EventSink) -> Result<(), CodecError> {
        match self.open {
            Some(open) if open.place == place => self.close(out),
            _ => Ok(()),
        }
    }

    /// Ends the call that is open.
    pub(super) fn end_call(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        if self.is_calling() {
            self.close(out)?;
        }
        Ok(())
    }

    /// Tells a block that came whole.
    fn whole(&mut self, mut block: Block, out: &mut dyn EventSink) -> Result<(), CodecError> {
        self.close(out)?;
        // A stream has no place for what an item has beside its parts.
        block
            .sidecars
            .retain(|one| matches!(&*one.name, "annotation" | "logprobs" | "namespace"));
        let index = self.index();
        tell(&block, index, 0, out)
    }

    /// What stood before no call is no call's state.
    fn flush(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        match self.carried.take() {
            Some(block) => self.whole(block, out),
            None => Ok(()),
        }
    }

    fn other(
        &self,
        name: &str,
        raw: Raw<'_>,
        index: u32,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let _ = self;
        out.event(Event::Delta {
            index,
            delta: Delta::Other(Sidecar::of(OpenAiResponses, name, raw)),
        })
    }

    // Messages.

    fn text_delta(
        &mut self,
        kind: Kind,
        fields: &Fields<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let place = self.items.place(fields)?;
        let index = self.enter(place, fields.part_at, kind, out)?;
        let words = fields.delta()?;
        if !words.is_empty() {
            let delta = Delta::Text(words);
            out.event(Event::Delta { index, delta })?;
        }
        match fields.logprobs.filter(|list| list.get() != "[]") {
            Some(list) => self.other("logprobs", list, index, out),
            None => Ok(()),
        }
    }

    /// The whole text: told unless its deltas were.
    fn text_done(
        &mut self,
        kind: Kind,
        fields: &Fields<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let place = self.items.place(fields)?;
        let Some(words) = fields.whole()? else {
            return Ok(());
        };
        if self.items.get_mut(place)?.has(fields.part_at) || words.is_empty() {
            return Ok(());
        }
        let index = self.enter(place, fields.part_at, kind, out)?;
        let delta = Delta::Text(words);
        out.event(Event::Delta { index, delta })
    }

    /// A note on the open text. One that comes behind its text has no place any more.
    fn annotation(
        &mut self,
        fields: &Fields<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let place = self.items.place(fields)?;
        let is_here = |open: &Open| open.place == place && open.part == fields.part_at;
        let is_new = !self.items.get_mut(place)?.has(fields.part_at);
        if let Some(note) = fields.annotation {
            if is_new || self.open.as_ref().is_some_and(is_here) {
                let index = self.enter(place, fields.part_at, Kind::Text, out)?;
                self.other("annotation", note, index, out)?;
            }
        }
        Ok(())
    }

    fn part_done(
        &mut self,
        fields: &Fields<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let place = self.items.place(fields)?;
        let is_text = |open: &Open| {
            open.place == place && open.part == fields.part_at && open.kind != Kind::Reasoning
        };
        if self.open.as_ref().is_some_and(is_text) {
            self.close(out)?;
        }
        Ok(())
    }

    // Reasoning.

    fn thought(
        &mut self,
        is_summary: bool,
        words: Cow<'_, str>,
        fields: &Fields<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let place = self.items.place(fields)?;
        let told = self.items.get_mut(place)?;
        let part = (is_summary, fields.part_at);
        let last = told.thought.replace(part);
        // Whoever tells thoughts and their summary tells them one after the other: the first is kept.
        if last.is_some_and(|(summary, _)| summary != is_summary) {
            told.thought = last;
            return Ok(());
        }
        let is_next = last.is_some_and(|last| last != part);
        let index = self.enter(place, 0, Kind::Reasoning, out)?;
        if is_next {
            let delta = Delta::Reasoning(Cow::Borrowed("\n\n"));
            out.event(Event::Delta { index, delta })?;
        }
        if words.is_empty() {
            return Ok(());
        }
        let delta = Delta::Reasoning(words);
        out.event(Event::Delta { index, delta })
    }

    fn thought_done(
        &mut self,
        is_summary: bool,
        fields: &Fields<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let place = self.items.place(fields)?;
        let told = self.items.get_mut(place)?.thought == Some((is_summary, fields.part_at));
        match fields.whole()? {
            Some(words) if !told && !words.is_empty() => {
                self.thought(is_summary, words, fields, out)
            }
            _ => Ok(()),
        }
    }

    // Calls.

    fn call(
        &mut self,
        place: usize,
        id: &str,
        name: &str,
        namespace: Option<Raw<'_>>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let state = self
            .carried
            .take()
            .and_then(|block| item::call_state(&block.content));
        self.items.get_mut(place)?.is_called = true;
        self.has_called = true;
        let name = self.context.tool_name(name).to_owned();
        let block = BlockKind::ToolCall {
            id: Cow::Borrowed(id),
            name: Cow::Owned(name),
            state,
        };
        let index = self.begin(place, 0, Kind::Call, block, out)?;
        match namespace.filter(|raw| !json::is_null(*raw)) {
            Some(raw) => self.other("namespace", raw, index, out),
            None => Ok(()),
        }
    }

    fn arguments(
        &mut self,
        fields: &Fields<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let place = self.items.place(fields)?;
        let words = fields.delta()?;
        let open = self
            .open
            .filter(|open| open.place == place && open.kind == Kind::Call);
        let open = open.ok_or(CodecError::malformed("arguments of no open call"))?;
        if words.is_empty() {
            return Ok(());
        }
        self.items.get_mut(place)?.has_arguments = true;
        out.event(Event::Delta {
            index: open.index,
            delta: Delta::Arguments(words),
        })
    }

    fn arguments_done(
        &mut self,
        fields: &Fields<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let place = self.items.place(fields)?;
        self.complete_call(place, fields.whole()?, out)
    }

    /// Ends the call, when it is open, with the arguments that were not told piece by piece.
    fn complete_call(
        &mut self,
        place: usize,
        whole: Option<Cow<'_, str>>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let is_it = |open: &Open| open.place == place && open.kind == Kind::Call;
        let Some(open) = self.open.filter(is_it) else {
            return Ok(());
        };
        let has_arguments = self.items.get_mut(place)?.has_arguments;
        if let Some(whole) = whole.filter(|whole| !whole.is_empty() && !has_arguments) {
            out.event(Event::Delta {
                index: open.index,
                delta: Delta::Arguments(whole),
            })?;
        }
        self.close(out)
    }

    // Items.

    fn item_added(
        &mut self,
        fields: &Fields<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let item = fields
            .item
            .ok_or(CodecError::malformed("the beginning of no item"))?;
        let keys = ["type", "id", "call_id", "name", "namespace"];
        let [kind, id, call_id, name, namespace] =
            members_of(item, keys).map_err(|_| unreadable())?;
        let id = id.and_then(json::string).unwrap_or_default();
        let place = self.items.begin(fields.at, &id)?;
        if kind.and_then(json::string).as_deref() != Some("function_call") {
            return Ok(());
        }
        let call_id = call_id.and_then(json::string);
        match (call_id, name.and_then(json::string)) {
            (Some(call_id), Some(name)) if !call_id.is_empty() && !name.is_empty() => {
                if self.items.get_mut(place)?.is_called {
                    return Ok(());
                }
                self.call(place, &call_id, &name, namespace, out)
            }
            // The end of the item tells it.
            _ => Ok(()),
        }
    }

    fn item_done(
        &mut self,
        at: Option<u64>,
        item: Raw<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let keys = ["type", "id", "encrypted_content", "arguments", "content"];
        let [kind, id, state, arguments, content] =
            members_of(item, keys).map_err(|_| unreadable())?;
        let id = id.and_then(json::string).unwrap_or_default();
        let place = self.items.begin(at, &id)?;
        let told = self.items.get_mut(place)?;
        if std::mem::replace(&mut told.is_done, true) {
            return Ok(());
        }
        let is_told = !told.parts.is_empty();
        let is_called = told.is_called;
        let kind = kind.and_then(json::string);
        match kind.as_deref() {
            Some("reasoning") if is_told => self.state(place, state, out),
            Some("function_call") if is_called => {
                let whole = arguments.map(text).transpose()?;
                self.complete_call(place, whole, out)
            }
            Some("message") if self.is_all_told(place, content) => self.close_item(place, out),
            _ => self.rest_of(place, item, out),
        }
    }

    /// Whether something was told of each part of a message.
    fn is_all_told(&self, place: usize, content: Option<Raw<'_>>) -> bool {
        let mut count = 0;
        let list = content.is_none_or(|list| elements(list, |_| count += 1).is_ok());
        let told = self.items.get(place);
        list && told.is_some_and(|told| (0..count).all(|part| told.has(part)))
    }

    /// Tells what was not told of an item.
    fn rest_of(
        &mut self,
        place: usize,
        item: Raw<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let read = item::read(item, "item", &self.context)?;
        self.close_item(place, out)?;
        for (part, block) in (0..).zip(read.blocks) {
            if self.items.get_mut(place)?.has(part) {
                continue;
            }
            self.items.get_mut(place)?.tell(part)?;
            if item::call_state(&block.content).is_some() {
                self.flush(out)?;
                self.carried = Some(block);
                continue;
            }
            match &block.content {
                Content::ToolCall(call) => {
                    let call = call.clone();
                    self.call(place, &call.id, &call.name, None, out)?;
                    self.complete_call(place, Some(call.arguments.into()), out)?;
                }
                Content::Other(sidecar) => {
                    self.has_called |= &*sidecar.name == "custom_tool_call";
                    self.flush(out)?;
                    self.whole(block, out)?;
                }
                _ => {
                    self.flush(out)?;
                    self.whole(block, out)?;
                }
            }
        }
        Ok(())
    }

    /// The state of thoughts, which comes with their end.
    fn state(
        &mut self,
        place: usize,
        state: Option<Raw<'_>>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let state = state.and_then(json::string).unwrap_or_default();
        if !state.is_empty() {
            // Where another item went on in between, the state follows in a block of its own.
            let index = self.enter(place, 0, Kind::Reasoning, out)?;
            let delta = Delta::State(Opaque::from_slot(StateOwner::OpenAi, state));
            out.event(Event::Delta { index, delta })?;
        }
        self.close_item(place, out)
    }

    // The end.

    fn end(
        &mut self,
        name: &str,
        response: Raw<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let head = head(response)?;
        self.start(&head, out)?;
        // Items whose end was not told, or that were not told at all.
        let mut missing = Vec::new();
        let mut at = 0;
        if let Some(output) = head.output {
            elements(output, |item| {
                missing.push((at, item));
                at += 1;
            })
            .map_err(|_| unreadable())?;
        }
        for (at, item) in missing {
            let [id] = members_of(item, ["id"]).map_err(|_| unreadable())?;
            let id = id.and_then(json::string).unwrap_or_default();
            if !self.items.is_done(&id) {
                self.item_done(Some(at), item, out)?;
            }
        }
        self.flush(out)?;
        self.close(out)?;
        if !head.usage.is_empty() {
            out.event(Event::Usage(head.usage))?;
        }
        let status = match name {
            "response.incomplete" => "incomplete",
            _ => "completed",
        };
        let reason = stop_of(Some(status), head.reason.as_deref(), self.has_called);
        out.event(Event::Stop {
            choice: 0,
            reason: reason.unwrap_or_default(),
        })?;
        self.is_over = true;
        out.event(Event::End)
    }
}

/// The response object of an event of its life.
fn response(data: &[u8]) -> Result<Raw<'_>, CodecError> {
    let [response] = members(data, ["response"]).map_err(|_| unreadable())?;
    response.ok_or(CodecError::malformed("an event without its response"))
}

fn head(response: Raw<'_>) -> Result<Head<'_>, CodecError> {
    Ok(Head::read(response)?)
}
