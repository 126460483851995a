use agentgateway_core::Body;
use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{
    super::{
        answer::{self, PAUSE},
        paced::Paced,
        value::{either, set},
    },
    prompt::Prompt,
    refusal::Refusal,
    reply::{Id, Reply},
};

/// Answers what `verb` asks of a model.
///
/// # Source
///
/// Gemini API, "Generating content" and "Counting tokens".
pub(super) fn answer(
    request: &Value,
    id: &Id,
    model: &str,
    verb: &str,
    query: &str,
) -> Result<Response<Body>, Refusal> {
    let instruction = either(request, "systemInstruction", "system_instruction");
    let prompt = Prompt::of_turns(&request["contents"], "parts", &instruction["parts"])?;
    let config = either(request, "generationConfig", "generation_config");
    let reply = Reply::new(
        &prompt,
        either(config, "maxOutputTokens", "max_output_tokens"),
    )?;
    let head = Head {
        id,
        model,
        reply: &reply,
    };
    match verb {
        "generateContent" => {
            let whole = head.chunk(&reply.text(), reply.output_words(), true);
            Ok(answer::json(StatusCode::OK, &whole))
        }
        "streamGenerateContent" => Ok(head.stream(query.split('&').any(|pair| pair == "alt=sse"))),
        "countTokens" => Ok(answer::json(
            StatusCode::OK,
            &json!({"totalTokens": prompt.words}),
        )),
        _ => Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "this model has no such method",
        )),
    }
}

/// What every chunk of an answer repeats.
struct Head<'a> {
    id: &'a Id,
    model: &'a str,
    reply: &'a Reply,
}

// === impl Head ===

impl Head<'_> {
    fn chunk(&self, text: &str, output_words: u64, last: bool) -> Value {
        let mut candidate = json!({
            "content": {"role": "model", "parts": [{"text": text}]},
            "index": 0,
        });
        if last {
            set(
                &mut candidate,
                "finishReason",
                if self.reply.cut { "MAX_TOKENS" } else { "STOP" },
            );
        }
        let input = self.reply.input_words;
        json!({
            "candidates": [candidate],
            "usageMetadata": {
                "promptTokenCount": input,
                "candidatesTokenCount": output_words,
                "totalTokenCount": input.saturating_add(output_words),
            },
            "modelVersion": self.model,
            "responseId": self.id.to_string(),
        })
    }

    /// The chunks as events, or without `alt=sse` as the elements of one JSON array.
    fn stream(&self, as_events: bool) -> Response<Body> {
        let last = self.reply.chunks.len();
        let chunks = self.reply.chunks.iter().zip(1..).map(|(text, said)| {
            let words = u64::try_from(said).unwrap_or(u64::MAX);
            self.chunk(text, words, said == last)
        });
        if as_events {
            let events: Vec<_> = chunks.map(|chunk| answer::event(&chunk)).collect();
            return answer::events(events, PAUSE);
        }
        let mut pieces: Vec<_> = chunks
            .zip(std::iter::once('[').chain(std::iter::repeat(',')))
            .map(|(chunk, before)| Bytes::from(format!("{before}{chunk}\n")))
            .collect();
        pieces.push(Bytes::from_static(b"]"));
        let body = Body::new(Paced::new(pieces.into_iter(), PAUSE));
        answer::with_type(StatusCode::OK, "application/json", body)
    }
}
