use std::borrow::Cow;

use super::{
    super::super::stream::{CodecError, Delta, Event, EventSink},
    blocks::other,
    fields::Fields,
    state::{Kind, Open, State},
};

/// Texts, refusals and thoughts, which are told piece by piece.
impl State {
    pub(super) fn text_delta(
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
            Some(list) => other("logprobs", list, index, out),
            None => Ok(()),
        }
    }

    /// The whole text: told unless its deltas were.
    pub(super) fn text_done(
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
    pub(super) fn annotation(
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
                other("annotation", note, index, out)?;
            }
        }
        Ok(())
    }

    pub(super) fn part_done(
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

    pub(super) fn thought(
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

    pub(super) fn thought_done(
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
}
