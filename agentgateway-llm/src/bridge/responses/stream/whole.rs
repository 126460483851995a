use agentgateway_core::json::{self, Raw, elements, members_of};

use super::{
    super::{
        super::{
            form::{Content, Opaque, StateOwner},
            stream::{CodecError, Delta, Event, EventSink},
        },
        item,
    },
    fields::{Fields, text, unreadable},
    state::{Kind, State},
};

/// Items: what is known when they begin, and what is left to tell when they end.
impl State {
    pub(super) fn item_added(
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
        let is_custom = match kind.and_then(json::string).as_deref() {
            Some("function_call") => false,
            Some("custom_tool_call") => true,
            _ => return Ok(()),
        };
        let call_id = call_id.and_then(json::string);
        match (call_id, name.and_then(json::string)) {
            (Some(call_id), Some(name)) if !call_id.is_empty() && !name.is_empty() => {
                if self.items.get_mut(place)?.is_called {
                    return Ok(());
                }
                self.call(place, (&call_id, &name, is_custom), namespace, out)
            }
            // The end of the item tells it.
            _ => Ok(()),
        }
    }

    pub(super) fn item_done(
        &mut self,
        at: Option<u64>,
        item: Raw<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let keys = [
            "type",
            "id",
            "encrypted_content",
            "arguments",
            "input",
            "content",
        ];
        let [kind, id, state, arguments, input, content] =
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
            Some(kind @ ("function_call" | "custom_tool_call")) if is_called => {
                let whole = if kind == "function_call" {
                    arguments
                } else {
                    input
                };
                let whole = whole.filter(|raw| !json::is_null(*raw));
                self.complete_call(place, whole.map(text).transpose()?, out)
            }
            Some("message") if self.is_all_told(place, content) => self.close_item(place, out),
            _ => self.rest_of(place, item, out),
        }
    }

    /// Whether something was told of each part of a message.
    pub(super) fn is_all_told(&self, place: usize, content: Option<Raw<'_>>) -> bool {
        let mut count = 0;
        let list = content.is_none_or(|list| elements(list, |_| count += 1).is_ok());
        let told = self.items.get(place);
        list && told.is_some_and(|told| (0..count).all(|part| told.has(part)))
    }

    /// Tells what was not told of an item.
    pub(super) fn rest_of(
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
                    self.call(place, (&call.id, &call.name, call.is_custom), None, out)?;
                    self.complete_call(place, Some(call.arguments.into()), out)?;
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
    pub(super) fn state(
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
}
