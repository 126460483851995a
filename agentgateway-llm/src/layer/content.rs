use std::{fmt, sync::Arc};

use agentgateway_core::sse::{SseEvent, SseMessage};
use bytes::Bytes;
use tracing::Span;

use crate::{
    LlmCall, LlmOperation,
    bridge::{
        Codec, DecodeContext, Target, codec_of,
        semantic::{Gather, output_messages},
        stream::StreamDecoder,
    },
    telemetry,
};

/// Puts what is said on the span of a call.
pub(super) struct Content {
    span: Span,
    codec: Arc<dyn Codec>,
    max_bytes: usize,
    /// What reads a stream; `None` once it cannot be read.
    decoder: Option<Box<dyn StreamDecoder>>,
    /// What a stream has said.
    said: Gather,
}

impl Content {
    /// Records the request. `None` where nobody listens, or nothing is said in turns.
    pub(super) fn begin(
        span: &Span,
        call: &LlmCall,
        asked: &[u8],
        max_bytes: usize,
    ) -> Option<Box<Self>> {
        let operation = call.operation();
        let has_turns = matches!(
            operation,
            LlmOperation::Chat | LlmOperation::GenerateContent
        );
        if span.is_disabled() || !has_turns {
            return None;
        }
        let codec = codec_of(call.dialect())?;
        let target = Target::new(call.model(), call.stream());
        if let Ok(request) = codec.decode_request(&target, asked) {
            telemetry::record_request(span, &request, max_bytes);
        }
        let decoder = codec.stream_decoder(&DecodeContext::default());
        Some(Box::new(Self {
            span: span.clone(),
            codec,
            max_bytes,
            decoder: Some(decoder),
            said: Gather::new(max_bytes),
        }))
    }

    /// An event of the stream passes.
    pub(super) fn event(&mut self, event: &SseEvent<'_>) {
        let message = SseMessage::new(Bytes::copy_from_slice(event.data()));
        self.piece(&message.with_event(event.event().to_owned()).encode());
    }

    /// A piece of the stream passes.
    pub(super) fn piece(&mut self, piece: &[u8]) {
        if let Some(decoder) = &mut self.decoder {
            if decoder.feed(piece, &mut self.said).is_err() {
                self.decoder = None;
            }
        }
    }

    /// The whole answer has passed; Gemini's may be a stream all the same.
    pub(super) fn whole(&mut self, body: &[u8]) {
        if body.trim_ascii_start().starts_with(b"[") {
            return self.piece(body);
        }
        let answer = self
            .codec
            .decode_response(&DecodeContext::default(), body)
            .ok();
        let messages = answer.and_then(|answer| {
            let choices = answer.choices.iter();
            let choices = choices.map(|choice| (choice.blocks.as_slice(), Some(&choice.stop)));
            output_messages(choices, self.max_bytes)
        });
        telemetry::record_answer(&self.span, messages.as_deref());
    }

    /// The answer has ended, whole or not: what was said so far is recorded.
    pub(super) fn end(mut self) {
        if let Some(mut decoder) = self.decoder.take() {
            // What is held until then is said too; why it ended is told elsewhere.
            let _ = decoder.finish(&mut self.said);
        }
        telemetry::record_answer(&self.span, self.said.output_messages().as_deref());
    }
}

/// Shows nothing of what is said.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content").finish_non_exhaustive()
    }
}
