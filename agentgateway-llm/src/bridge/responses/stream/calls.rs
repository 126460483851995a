use std::borrow::Cow;

use agentgateway_core::json::{self, Raw};

use super::{
    super::{
        super::stream::{BlockKind, CodecError, Delta, Event, EventSink},
        item,
    },
    blocks::other,
    fields::Fields,
    state::{Kind, Open, State},
};

/// Calls of tools.
impl State {
    pub(super) fn call(
        &mut self,
        place: usize,
        (id, name, is_custom): (&str, &str, bool),
        namespace: Option<Raw<'_>>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        if name.is_empty() {
            return Err(CodecError::malformed("a call without a name"));
        }
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
            is_custom,
            state,
        };
        let index = self.begin(place, 0, Kind::Call, block, out)?;
        match namespace.filter(|raw| !json::is_null(*raw)) {
            Some(raw) => other("namespace", raw, index, out),
            None => Ok(()),
        }
    }

    pub(super) fn arguments(
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

    pub(super) fn arguments_done(
        &mut self,
        fields: &Fields<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let place = self.items.place(fields)?;
        self.complete_call(place, fields.whole()?, out)
    }

    /// Ends the call, when it is open, with the arguments that were not told piece by piece.
    pub(super) fn complete_call(
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
}
