use std::{borrow::Cow, ops::Range};

use agentgateway_core::json::{self, JsonError, JsonType, Raw};

use super::{LlmDialect, Target};

/// The longest model name that is taken.
const MAX_MODEL_BYTES: usize = 512;
/// The longest number that is kept as it is written.
const MAX_NUMBER_BYTES: usize = 32;

/// What a request says that anybody here asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) model: Box<str>,
    pub(crate) stream: bool,
    pub(crate) max_tokens: Option<u64>,
    pub(crate) temperature: Option<Box<str>>,
    pub(crate) top_p: Option<Box<str>>,
    pub(crate) choice_count: Option<u64>,
    pub(crate) places: Places,
}

/// Where in the body the members stand that may be spliced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    /// From the top-level object's `{` to its `}`.
    pub(crate) object: Range<usize>,
    /// The value of `model`; `None` where the path names the model.
    pub(crate) model: Option<Range<usize>>,
    pub(crate) stream_options: StreamOptions,
}

/// The top-level member `stream_options`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum StreamOptions {
    #[default]
    Absent,
    /// It is `null`.
    Null(Range<usize>),
    Object {
        object: Range<usize>,
        /// The value of `include_usage`, and whether it is `true`.
        include_usage: Option<(Range<usize>, bool)>,
    },
}

impl StreamOptions {
    /// The client asked for the chunk that tells the usage.
    pub(crate) const fn asks_for_usage(&self) -> bool {
        matches!(
            self,
            Self::Object {
                include_usage: Some((_, true)),
                ..
            }
        )
    }
}

/// Why a body is refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) message: Cow<'static, str>,
    /// The member that is wrong.
    pub(crate) param: Option<Box<str>>,
}

impl Refusal {
    fn new(param: &str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
            param: Some(param.into()),
        }
    }
}

impl From<JsonError> for Refusal {
    fn from(error: JsonError) -> Self {
        Self {
            param: error.key().map(Box::from),
            message: format!("the request body cannot be read: {error}").into(),
        }
    }
}

/// Reads a request's body.
pub(crate) fn read(target: &Target, path: &str, body: &[u8]) -> Result<Asked, Refusal> {
    match target.dialect {
        LlmDialect::OpenAiChat | LlmDialect::Other(_) => chat(body),
        LlmDialect::OpenAiResponses => responses(body),
        LlmDialect::AnthropicMessages => anthropic(body),
        LlmDialect::Gemini => gemini(target, path, body),
        LlmDialect::BedrockConverse => converse(target, path, body),
        LlmDialect::CohereRerank => rerank(body),
    }
}

/// Finds the places anew, in a body that is not the one that was read.
pub(crate) fn read_places(dialect: LlmDialect, body: &[u8]) -> Result<Places, Refusal> {
    if dialect.names_model_in_path() {
        return Ok(Places::default());
    }
    let [model, options] = json::members(body, ["model", "stream_options"])?;
    places(body, model, options)
}

fn chat(body: &[u8]) -> Result<Asked, Refusal> {
    let [
        model,
        stream,
        options,
        max_tokens,
        old_max_tokens,
        temperature,
        top_p,
        n,
    ] = json::members(
        body,
        [
            "model",
            "stream",
            "stream_options",
            "max_completion_tokens",
            "max_tokens",
            "temperature",
            "top_p",
            "n",
        ],
    )?;
    Ok(Asked {
        model: model_name(model)?,
        stream: flag("stream", stream)?,
        max_tokens: count(max_tokens).or_else(|| count(old_max_tokens)),
        temperature: number(temperature),
        top_p: number(top_p),
        choice_count: count(n),
        places: places(body, model, options)?,
    })
}

fn responses(body: &[u8]) -> Result<Asked, Refusal> {
    let [model, stream, options, max_tokens, temperature, top_p] = json::members(
        body,
        [
            "model",
            "stream",
            "stream_options",
            "max_output_tokens",
            "temperature",
            "top_p",
        ],
    )?;
    Ok(Asked {
        model: model_name(model)?,
        stream: flag("stream", stream)?,
        max_tokens: count(max_tokens),
        temperature: number(temperature),
        top_p: number(top_p),
        choice_count: None,
        places: places(body, model, options)?,
    })
}

fn anthropic(body: &[u8]) -> Result<Asked, Refusal> {
    let [model, stream, max_tokens, temperature, top_p] = json::members(
        body,
        ["model", "stream", "max_tokens", "temperature", "top_p"],
    )?;
    Ok(Asked {
        model: model_name(model)?,
        stream: flag("stream", stream)?,
        max_tokens: count(max_tokens),
        temperature: number(temperature),
        top_p: number(top_p),
        choice_count: None,
        places: places(body, model, None)?,
    })
}

fn rerank(body: &[u8]) -> Result<Asked, Refusal> {
    let [model] = json::members(body, ["model"])?;
    Ok(Asked {
        model: model_name(model)?,
        places: places(body, model, None)?,
        ..Asked::default()
    })
}

fn gemini(target: &Target, path: &str, body: &[u8]) -> Result<Asked, Refusal> {
    let mut asked = in_path(target, path)?;
    // The API takes both spellings of every name.
    let [camel, snake] = json::members(body, ["generationConfig", "generation_config"])?;
    let config = camel.or(snake).filter(|raw| !json::is_null(*raw));
    if let Some(config) = config {
        let [max, old_max, temperature, top_p, old_top_p, n, old_n] = json::members_of(
            config,
            [
                "maxOutputTokens",
                "max_output_tokens",
                "temperature",
                "topP",
                "top_p",
                "candidateCount",
                "candidate_count",
            ],
        )?;
        asked.max_tokens = count(max.or(old_max));
        asked.temperature = number(temperature);
        asked.top_p = number(top_p.or(old_top_p));
        asked.choice_count = count(n.or(old_n));
    }
    Ok(asked)
}

fn converse(target: &Target, path: &str, body: &[u8]) -> Result<Asked, Refusal> {
    let mut asked = in_path(target, path)?;
    let [config] = json::members(body, ["inferenceConfig"])?;
    if let Some(config) = config.filter(|raw| !json::is_null(*raw)) {
        let keys = ["maxTokens", "temperature", "topP"];
        let [max_tokens, temperature, top_p] = json::members_of(config, keys)?;
        asked.max_tokens = count(max_tokens);
        asked.temperature = number(temperature);
        asked.top_p = number(top_p);
    }
    Ok(asked)
}

/// What a path asks for that names the model.
fn in_path(target: &Target, path: &str) -> Result<Asked, Refusal> {
    let model = target
        .model(path)
        .ok_or_else(|| Refusal::new("model", "the model in the path is not UTF-8"))?;
    check_model(&model)?;
    Ok(Asked {
        model: model.into(),
        stream: target.stream,
        ..Asked::default()
    })
}

fn model_name(raw: Option<Raw<'_>>) -> Result<Box<str>, Refusal> {
    let Some(raw) = raw else {
        return Err(Refusal::new(
            "model",
            "the request names no model: send the member \"model\" with a string",
        ));
    };
    let Some(model) = json::string(raw) else {
        let found = json::type_of(raw);
        let message = format!("the member \"model\" must be a string, found {found}");
        return Err(Refusal::new("model", message));
    };
    check_model(&model)?;
    Ok(model.into())
}

/// A model's name goes into spans, paths and logs.
fn check_model(model: &str) -> Result<(), Refusal> {
    // Most names are ASCII, of which bytes are told faster than characters.
    let is_control = match model.is_ascii() {
        true => model.bytes().any(|byte| byte.is_ascii_control()),
        false => model.chars().any(char::is_control),
    };
    if model.is_empty() || model.len() > MAX_MODEL_BYTES || is_control {
        let message = format!(
            "the model's name must have 1 to {MAX_MODEL_BYTES} bytes and no control characters"
        );
        return Err(Refusal::new("model", message));
    }
    // It may stand in the path of the provider, which may decode what is encoded there.
    let mut segments = model.as_bytes().split(|byte| matches!(byte, b'/' | b'\\'));
    if segments.any(|segment| matches!(segment, b"." | b"..")) {
        return Err(Refusal::new(
            "model",
            "the model's name must not have . or .. between slashes",
        ));
    }
    Ok(())
}

fn flag(name: &str, raw: Option<Raw<'_>>) -> Result<bool, Refusal> {
    match raw {
        None => Ok(false),
        Some(raw) if json::is_null(raw) => Ok(false),
        Some(raw) => json::boolean(raw).ok_or_else(|| {
            let found = json::type_of(raw);
            Refusal::new(
                name,
                format!("the member \"{name}\" must be true or false, found {found}"),
            )
        }),
    }
}

fn count(raw: Option<Raw<'_>>) -> Option<u64> {
    raw.and_then(json::unsigned)
}

fn number(raw: Option<Raw<'_>>) -> Option<Box<str>> {
    let raw = raw?;
    let fits = raw.get().len() <= MAX_NUMBER_BYTES && json::type_of(raw) == JsonType::Number;
    fits.then(|| raw.get().into())
}

fn places(
    body: &[u8],
    model: Option<Raw<'_>>,
    options: Option<Raw<'_>>,
) -> Result<Places, Refusal> {
    Ok(Places {
        object: object(body),
        model: model.and_then(|raw| json::range_in(body, raw)),
        stream_options: match options {
            None => StreamOptions::Absent,
            Some(raw) => stream_options(body, raw)?,
        },
    })
}

fn stream_options(body: &[u8], raw: Raw<'_>) -> Result<StreamOptions, Refusal> {
    let at = |raw| json::range_in(body, raw).unwrap_or_default();
    match json::type_of(raw) {
        JsonType::Null => Ok(StreamOptions::Null(at(raw))),
        JsonType::Object => {
            let [include_usage] = json::members_of(raw, ["include_usage"])?;
            let asks = flag("include_usage", include_usage)?;
            Ok(StreamOptions::Object {
                object: at(raw),
                include_usage: include_usage.map(|raw| (at(raw), asks)),
            })
        }
        found => Err(Refusal::new(
            "stream_options",
            format!("the member \"stream_options\" must be an object, found {found}"),
        )),
    }
}

/// The object that the text was found to be, without the white space around it.
fn object(body: &[u8]) -> Range<usize> {
    let start = body.len() - body.trim_ascii_start().len();
    start..body.trim_ascii_end().len()
}
