use std::{borrow::Cow, error::Error as StdError, fmt, sync::Arc};

use agentgateway_core::json::{self, JsonError, JsonType, Raw};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::{
    EncodedResponse, Fault, LossReport, OpenAiChat,
    form::{Request, Response},
    stream::{StreamDecoder, StreamEncoder},
};
use crate::LlmDialect;

/// How one dialect is read and written. All of it is pure: nothing here does I/O.
///
/// Implement it to serve a provider that speaks something of its own, and give it to
/// [`Provider::codec`](crate::upstream::Provider::codec). Its [dialect](LlmDialect::Other) has a name of its own. What
/// has no default is a provider's side; the other methods are a client's, and are never called for a dialect that no
/// client speaks.
///
/// # What an implementation must keep
/// * Nothing is passed over in silence. What the canonical form has and the dialect has not is noted in the
///   [`LossReport`]; what the dialect has and the form has not becomes a [`Sidecar`](super::form::Sidecar).
/// * Sidecars of the own dialect are written again; those of others go to [`LossReport::add_member`] and
///   [`LossReport::add_block`].
/// * [State](super::form::Opaque) of another owner is never sent to a provider.
/// * Streams keep the [grammar](super::stream), which [`Grammar`](super::stream::Grammar) checks in tests, and end
///   with [`Event::End`](super::stream::Event::End) only when the provider's own end marker was seen.
/// * No input panics, and every buffer has a limit.
pub trait Codec: fmt::Debug + Send + Sync + 'static {
    /// The dialect.
    fn dialect(&self) -> LlmDialect;

    /// Writes a request for a provider, and notes what it has no place for.
    ///
    /// # Errors
    /// Nothing sensible can be written at all. What is merely lost is in the report instead.
    fn encode_request(
        &self,
        request: &Request,
        losses: &mut LossReport,
    ) -> Result<Encoded, Refused>;

    /// Reads a provider's whole answer.
    ///
    /// # Errors
    /// The body is no answer of this dialect.
    fn decode_response(&self, context: &DecodeContext, body: &[u8])
    -> Result<Response, Unreadable>;

    /// Reads a provider's error answer, whatever its body is.
    fn decode_fault(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fault;

    /// Reads a provider's stream.
    fn stream_decoder(&self, context: &DecodeContext) -> Box<dyn StreamDecoder>;

    /// Whether requests may have [custom tools](super::form::Tool::custom), and answers calls of them. Default: no. Then
    /// the gateway makes functions of them, of one string, `input`; an encoder that sees one all the same notes
    /// [`Loss::CustomTool`](super::Loss::CustomTool).
    fn takes_custom_tools(&self) -> bool {
        false
    }

    /// Whether [an object of any shape](super::form::OutputFormat::JsonObject) can be asked for. Default: yes. Where it
    /// cannot, the gateway asks the model in words.
    fn has_json_mode(&self) -> bool {
        true
    }

    /// The error that stands in an answer whose status says success, as some providers tell it. Default: none.
    fn fault_in(&self, body: &[u8]) -> Option<Fault> {
        let _ = body;
        None
    }

    /// The media type of this dialect's streams: how a provider's are known, and what a client's are called. A
    /// provider's may always be event streams. Default: `text/event-stream`.
    fn stream_media_type(&self, context: &AnswerContext) -> &'static str {
        let _ = context;
        "text/event-stream"
    }

    /// Reads a client's request. Nothing is passed over: what is not known becomes a sidecar. Default: refuses
    /// every one, as no client speaks the dialect.
    ///
    /// # Errors
    /// The body is none of this dialect; the error says which member and what would be right.
    fn decode_request(&self, target: &Target<'_>, body: &[u8]) -> Result<Request, Refused> {
        let _ = (target, body);
        let spoken = self.dialect().spoken();
        Err(Refused::new(format!("{spoken} is not spoken to clients")))
    }

    /// Writes a whole answer for a client. Default: as OpenAI Chat.
    fn encode_response(
        &self,
        context: &AnswerContext,
        response: &Response,
        losses: &mut LossReport,
    ) -> EncodedResponse {
        OpenAiChat.encode_response(context, response, losses)
    }

    /// Writes an error answer for a client. Default: as OpenAI Chat.
    fn encode_fault(&self, fault: &Fault) -> http::Response<Bytes> {
        OpenAiChat.encode_fault(fault)
    }

    /// Writes a stream for a client. Default: as OpenAI Chat.
    fn stream_encoder(&self, context: &AnswerContext) -> Box<dyn StreamEncoder> {
        OpenAiChat.stream_encoder(context)
    }
}

/// What the path of a request says, where the dialect says it there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Target<'a> {
    /// The model, decoded.
    pub model: Cow<'a, str>,
    /// The answer shall come as a stream.
    pub stream: bool,
}

impl<'a> Target<'a> {
    /// What a path says.
    #[must_use]
    pub fn new(model: impl Into<Cow<'a, str>>, stream: bool) -> Self {
        Self {
            model: model.into(),
            stream,
        }
    }
}

/// A request for a provider.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Encoded {
    /// Path and query behind the provider's base, percent-encoded, such as `/v1/messages`.
    pub path: String,
    /// Headers that belong to the request: versions and betas. Never a credential.
    pub headers: HeaderMap,
    /// The body: JSON.
    pub body: Bytes,
    /// What is needed to read the answer.
    pub context: DecodeContext,
}

impl Encoded {
    /// A request without headers of its own.
    #[must_use]
    pub fn new(path: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self {
            path: path.into(),
            headers: HeaderMap::new(),
            body: body.into(),
            context: DecodeContext::default(),
        }
    }
}

/// What a provider's answer is read with.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DecodeContext {
    /// Names of tools that were written otherwise, as the provider does not take them: its name, and the client's.
    pub tool_names: Option<Arc<[(String, String)]>>,
}

impl DecodeContext {
    /// The client's name of a tool.
    #[must_use]
    pub fn tool_name<'a>(&'a self, name: &'a str) -> &'a str {
        let known = self.tool_names.iter().flat_map(|names| names.iter());
        known
            .filter(|(theirs, _)| theirs == name)
            .map(|(_, ours)| ours.as_str())
            .next()
            .unwrap_or(name)
    }
}

/// What an answer for a client is written with.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct AnswerContext {
    /// The model that the client asked for: the answer names it where the provider names none.
    pub model: String,
    /// The client asked for the chunk that tells a stream's usage (OpenAI Chat).
    pub include_usage: bool,
    /// A stream shall be a JSON array (Gemini without `alt=sse`).
    pub as_array: bool,
    /// Now, in seconds since 1970, for dialects that tell when an answer was made.
    pub now: u64,
    /// What ids are made of where the provider told none: unique for this answer.
    pub seed: String,
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    message: Cow<'static, str>,
    param: Option<Box<str>>,
}

// === impl Refused ===

impl Refused {
    /// For a reason that is about no single member.
    #[must_use]
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
            param: None,
        }
    }

    /// The member at `place` is wrong: `what` completes the sentence "the member … ".
    #[must_use]
    pub fn at(place: impl Into<Box<str>>, what: &str) -> Self {
        let place = place.into();
        Self {
            message: format!("the member \"{place}\" {what}").into(),
            param: Some(place),
        }
    }

    /// What is wrong, and what would be right.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The member that is wrong.
    #[must_use]
    pub fn param(&self) -> Option<&str> {
        self.param.as_deref()
    }

    pub(crate) fn unreadable(error: &JsonError) -> Self {
        Self::new(format!("the request body cannot be read: {error}"))
    }

    pub(crate) fn wrong_type(place: &str, wanted: &str, raw: Raw<'_>) -> Self {
        let found = json::type_of(raw);
        if found == JsonType::String && json::string(raw).is_none() {
            return Self::at(place, "holds half a surrogate pair; send whole characters");
        }
        Self::at(place, &format!("must be {wanted}, found {found}"))
    }

    pub(crate) fn of_type(place: &str, wanted: &str, found: JsonType, error: &JsonError) -> Self {
        if place.is_empty() {
            return Self::unreadable(error);
        }
        Self::at(place, &format!("must be {wanted}, found {found}"))
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Refused {}

/// An answer that is none of the dialect that it should be in. Nothing of it is repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(Cow<'static, str>);

// === impl Unreadable ===

impl Unreadable {
    /// For this reason.
    #[must_use]
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the provider's answer cannot be read: {}", self.0)
    }
}

impl StdError for Unreadable {}

impl From<Refused> for Unreadable {
    fn from(refused: Refused) -> Self {
        Self(refused.message)
    }
}

impl From<JsonError> for Unreadable {
    fn from(error: JsonError) -> Self {
        Self(error.to_string().into())
    }
}
