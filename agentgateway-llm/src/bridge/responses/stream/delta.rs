use bytes::BytesMut;

use super::{
    super::{
        super::{
            form::{Content, Sidecar},
            stream::{CodecError, Delta},
        },
        loss::{foreign, is_own},
    },
    encode::Encoder,
    open::{Open, summary},
};

/// What comes to the open block.
impl Encoder {
    pub(super) fn goes_on(
        &mut self,
        delta: &Delta<'_>,
        out: &mut BytesMut,
    ) -> Result<(), CodecError> {
        let at = self.output.count();
        let numbered = &mut self.numbered;
        match (self.open.as_mut().map(|(_, open)| open), delta) {
            (Some(Open::Part(block, _)), Delta::Text(text)) => {
                let Some(message) = &self.message else {
                    return Ok(());
                };
                let (name, is_text) = match &mut block.content {
                    Content::Refusal(own) => {
                        own.push_str(text);
                        ("response.refusal.delta", false)
                    }
                    Content::Text(own) => {
                        own.push_str(text);
                        ("response.output_text.delta", true)
                    }
                    _ => return Ok(()),
                };
                numbered.write(out, name, |event| {
                    event.string("item_id", &message.id);
                    event.number("output_index", at);
                    event.number("content_index", message.parts.count());
                    event.string("delta", text);
                    if is_text {
                        event.raw("logprobs", "[]");
                    }
                });
            }
            (Some(Open::Thought { id, text: own, .. }), Delta::Reasoning(text)) => {
                if own.is_empty() {
                    numbered.write(out, "response.reasoning_summary_part.added", |event| {
                        summary(id, at, event);
                        event.raw("part", r#"{"type":"summary_text","text":""}"#);
                    });
                }
                own.push_str(text);
                numbered.write(out, "response.reasoning_summary_text.delta", |event| {
                    summary(id, at, event);
                    event.string("delta", text);
                });
            }
            (Some(Open::Thought { state, .. }), Delta::State(new)) => {
                *state = Some(new.clone().into_owned());
            }
            (
                Some(Open::Call {
                    id,
                    is_custom,
                    arguments: own,
                    ..
                }),
                Delta::Arguments(text),
            ) => {
                own.push_str(text);
                let name = match is_custom {
                    true => "response.custom_tool_call_input.delta",
                    false => "response.function_call_arguments.delta",
                };
                numbered.write(out, name, |event| {
                    event.string("item_id", id);
                    event.number("output_index", at);
                    event.string("delta", text);
                });
            }
            (Some(_), Delta::Other(sidecar)) => self.noted(sidecar, out),
            _ => {
                return Err(CodecError::malformed(
                    "a delta of another kind than its block",
                ));
            }
        }
        Ok(())
    }

    /// What only one dialect knows of the open block.
    fn noted(&mut self, sidecar: &Sidecar, out: &mut BytesMut) {
        if !is_own(sidecar) {
            foreign(&vec![sidecar.clone()], &mut self.losses);
            return;
        }
        let at = self.output.count();
        match (self.open.as_mut(), &self.message) {
            (Some((_, Open::Part(block, notes))), Some(message)) => {
                let numbered = &mut self.numbered;
                let mut note = |name: &str, count: Option<u64>| {
                    numbered.write(out, name, |event| {
                        event.string("item_id", &message.id);
                        event.number("output_index", at);
                        event.number("content_index", message.parts.count());
                        match count {
                            Some(count) => {
                                event.number("annotation_index", count);
                                event.raw("annotation", &sidecar.raw);
                            }
                            None => {
                                event.string("delta", "");
                                event.raw("logprobs", &sidecar.raw);
                            }
                        }
                    });
                };
                match &*sidecar.name {
                    "annotation" => {
                        note("response.output_text.annotation.added", Some(*notes));
                        *notes = notes.saturating_add(1);
                    }
                    "logprobs" => note("response.output_text.delta", None),
                    // The id and the like: they came too late, and the item has its own.
                    _ => return,
                }
                block.sidecars.push(sidecar.clone());
            }
            (Some((_, Open::Call { sidecars, .. })), _)
                if !matches!(&*sidecar.name, "id" | "status") =>
            {
                sidecars.push(sidecar.clone());
            }
            _ => {}
        }
    }
}
