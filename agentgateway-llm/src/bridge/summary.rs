use bytes::Bytes;

/// The longest word that is kept, in bytes.
const MAX_WORD_BYTES: usize = 254;
/// The most choices whose ends are told.
const MAX_CHOICES: usize = 128;

/// A whole answer for a client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EncodedResponse {
    /// The body, of the type `application/json`.
    pub body: Bytes,
    /// What the body says of itself. `None`: whoever wants to know has to read it.
    pub summary: Option<Summary>,
}

/// What a written answer says of itself, in the words of its dialect: what
/// [`LlmReport`](crate::LlmReport) tells of it, so that it is not read again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Its id; `None` where the dialect has no place for one, or it is too long.
    pub id: Option<Box<str>>,
    /// Its model; `None` where the dialect has no place for one, or it is too long.
    pub model: Option<Box<str>>,
    /// Why each choice ended.
    pub finish_reasons: Vec<Box<str>>,
}

// === impl EncodedResponse ===

impl EncodedResponse {
    /// An answer that must be read to be known.
    #[must_use]
    pub fn new(body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            summary: None,
        }
    }

    /// The same, with what it says of itself.
    #[must_use]
    pub fn summary(mut self, summary: Summary) -> Self {
        self.summary = Some(summary);
        self
    }
}

// === impl Summary ===

impl Summary {
    /// Of an answer with this id and this model; what is empty is not known.
    #[must_use]
    pub fn new(id: &str, model: &str) -> Self {
        Self {
            id: word(id),
            model: word(model),
            finish_reasons: Vec::new(),
        }
    }

    /// The next choice ended for this reason.
    pub fn finished(&mut self, reason: &str) {
        if self.finish_reasons.len() < MAX_CHOICES {
            self.finish_reasons.extend(word(reason));
        }
    }
}

fn word(text: &str) -> Option<Box<str>> {
    (1..=MAX_WORD_BYTES)
        .contains(&text.len())
        .then(|| text.into())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::{
        LlmDialect, LlmOperation,
        bridge::{
            AnswerContext, DIALECTS, LossReport, codec_of,
            form::{Block, Choice, Content, Response, Sidecar, StopReason, ToolCall},
        },
        wire::{Answer, Names},
    };

    fn answers() -> Vec<Response> {
        let call = |arguments| ToolCall::new("call_1", "look", arguments);
        let choice = |content, stop| Choice {
            blocks: vec![Block::new(content)],
            stop,
            ..Choice::default()
        };
        let text = |stop| choice(Content::Text("words".into()), stop);
        let answer = |choices| Response {
            id: "answer-1".into(),
            model: "a \"model\"".into(),
            choices,
            ..Response::default()
        };
        let sidecar = |dialect, name, raw| Response {
            sidecars: vec![Sidecar::new(dialect, name, raw)],
            ..answer(vec![text(StopReason::EndTurn)])
        };
        let mut all = vec![
            Response::default(),
            answer(vec![]),
            answer(vec![text(StopReason::EndTurn), text(StopReason::MaxTokens)]),
            answer(vec![choice(
                Content::ToolCall(call("{}")),
                StopReason::ToolUse,
            )]),
            answer(vec![choice(
                Content::ToolCall(call("{\"a\":")),
                StopReason::Malformed("MALFORMED_FUNCTION_CALL".into()),
            )]),
            answer(vec![choice(
                Content::Refusal("no".into()),
                StopReason::EndTurn,
            )]),
            Response {
                id: "x".repeat(300),
                ..answer(vec![text(StopReason::EndTurn)])
            },
            sidecar(
                LlmDialect::Gemini,
                "promptFeedback",
                r#"{"blockReason":"SAFETY"}"#,
            ),
            Response {
                choices: vec![],
                ..sidecar(
                    LlmDialect::Gemini,
                    "promptFeedback",
                    r#"{"blockReason":"SAFETY"}"#,
                )
            },
            sidecar(
                LlmDialect::BedrockConverse,
                "trace",
                r#"{"promptRouter":{"invokedModelId":"m"}}"#,
            ),
        ];
        all.extend(
            [
                StopReason::StopSequence(Some("END".into())),
                StopReason::ContextFull,
                StopReason::Pause,
                StopReason::Filtered(Some("cyber".into())),
                StopReason::Other("compaction".into()),
                StopReason::Other("".into()),
            ]
            .map(|stop| answer(vec![text(stop)])),
        );
        all
    }

    #[test]
    fn what_an_answer_says_of_itself_is_what_is_read_in_it() {
        let context = AnswerContext {
            model: "asked".into(),
            seed: "5eed".into(),
            ..AnswerContext::default()
        };
        let names = Arc::new(Names::default());
        for dialect in DIALECTS {
            let codec = codec_of(dialect).unwrap();
            let mut known = 0;
            for response in answers() {
                let written = codec.encode_response(&context, &response, &mut LossReport::new());
                let Some(summary) = written.summary else {
                    continue;
                };
                known += 1;
                let reader = || Answer::new(dialect, LlmOperation::Chat, &names);
                let (mut told, mut read) = (reader(), reader());
                told.told(&summary);
                read.whole(&written.body).unwrap();
                let told = told.take_report(dialect);
                let mut read = read.take_report(dialect);
                read.usage = None;
                assert_eq!(told, read, "{dialect:?}: {response:?}");
            }
            assert!(known > 10, "{dialect:?}");
        }
    }
}
