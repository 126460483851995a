use std::sync::Arc;

use agentgateway_core::{
    Error, ErrorKind,
    error::Origin,
    json::{self, Raw},
    jsonrpc::Envelope,
    seal::unguessable,
};
use bytes::Bytes;
use tokio::{
    sync::oneshot,
    time::{Instant, timeout_at},
};

use super::{
    handover,
    live::{Asked, Live},
    reply::bad,
    service::Shared,
    session::Session,
    stream::Sink,
};
use crate::{
    bridge::{Ask, edit},
    wire::{McpMethod, ProtocolVersion},
};

/// What a server needs before it can answer: questions, and a state that it is to be told again.
pub(super) struct Round {
    questions: Vec<Question>,
    pub(super) state: Option<Bytes>,
}

/// A question to the client: a request of the server's.
struct Question {
    /// By which name the server knows it: a JSON string.
    key: String,
    method: McpMethod,
    params: Bytes,
}

/// Why a round ends without the client's answers.
pub(super) enum Unanswered {
    /// The client has answered with an error.
    Refused(String),
    Failed(Error),
}

impl From<Error> for Unanswered {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Round {
    /// Reads a result that needs input.
    ///
    /// # Errors
    /// It says neither what it needs nor a state, or more than may be asked.
    pub(super) fn read(result: &Bytes, max_questions: usize) -> Result<Self, Error> {
        let mut questions = Vec::new();
        let requests = edit::member(result, "inputRequests").filter(|raw| raw != "null");
        if let Some(requests) = &requests {
            let raw = Raw::parse(requests).map_err(bad)?;
            let mut fits = true;
            json::entries(raw, |key, request| {
                let question = Question::read(requests, key, request);
                fits &= question.is_some() && questions.len() < max_questions;
                questions.extend(question.filter(|_| fits));
            })
            .map_err(bad)?;
            if !fits {
                return Err(malformed(
                    "the server asks for input in a way that cannot be read",
                ));
            }
        }
        let state = edit::member(result, "requestState").filter(|raw| raw != "null");
        if questions.is_empty() && state.is_none() {
            return Err(malformed("the server needs input and does not say which"));
        }
        Ok(Self { questions, state })
    }

    pub(super) fn has_questions(&self) -> bool {
        !self.questions.is_empty()
    }

    /// What of it this client cannot be asked; `None` when it can be asked all.
    pub(super) fn missing(&self, session: &Session) -> Option<String> {
        let mut questions = self.questions.iter();
        questions.find_map(|question| question.missing(session))
    }

    /// Asks the client all of it on its stream, and waits: the `inputResponses` that its answers are.
    ///
    /// `visits` gets the ids of elicitations that send the user to a URL.
    ///
    /// # Errors
    /// See [`Unanswered`].
    pub(super) async fn ask(
        self,
        shared: &Shared,
        live: &Arc<Live>,
        sink: &Sink,
        visits: &mut Vec<String>,
    ) -> Result<Bytes, Unanswered> {
        let until = Instant::now() + shared.settings.answer_within;
        let mut open = Vec::new();
        for question in self.questions {
            let waiting = question.ask(shared, live, sink, visits).await?;
            open.push(waiting);
        }
        let mut answers = vec![b'{'];
        for Waiting {
            key,
            asked,
            told,
            method,
        } in &mut open
        {
            let told = async {
                tokio::select! {
                    Ok(message) = told => message,
                    message = handover::fetched(shared, &asked.id) => message,
                }
            };
            let Ok(message) = timeout_at(until, told).await else {
                return Err(late(sink, asked).await.into());
            };
            let answer = read(&message, method)?;
            if answers.len() > 1 {
                answers.push(b',');
            }
            answers.extend_from_slice(key.as_bytes());
            answers.push(b':');
            answers.extend_from_slice(&answer);
        }
        answers.push(b'}');
        Ok(answers.into())
    }
}

/// A question that was asked.
struct Waiting {
    key: String,
    asked: Asked,
    told: oneshot::Receiver<Bytes>,
    method: McpMethod,
}

impl Question {
    fn read(requests: &Bytes, key: &str, request: Raw<'_>) -> Option<Self> {
        let [method, params] = json::members_of(request, ["method", "params"]).ok()?;
        let params = params.filter(|params| !json::is_null(*params));
        Some(Self {
            key: json::quote(key),
            method: McpMethod::new(&json::string(method?)?),
            params: match params {
                Some(params) => json::slice_of(requests, params)?,
                None => Bytes::new(),
            },
        })
    }

    /// What this client lacks to answer it.
    fn missing(&self, session: &Session) -> Option<String> {
        let declared = |name: &str| {
            let declared = edit::member(&session.capabilities, name);
            declared.filter(|declared| declared.starts_with(b"{"))
        };
        let capability = match self.method.as_str() {
            "elicitation/create" => "elicitation",
            "sampling/createMessage" => "sampling",
            "roots/list" => "roots",
            _ => return Some("an answer to a request that no client knows".into()),
        };
        let Some(declared) = declared(capability) else {
            return Some(format!("the capability {capability}"));
        };
        if capability != "elicitation" {
            return None;
        }
        let has = |mode: &str| edit::member(&declared, mode).is_some();
        if self.is_visit() {
            // Earlier revisions know forms alone.
            let can = session.version == ProtocolVersion::LATEST_LEGACY && has("url");
            return (!can).then(|| "the capability elicitation.url".into());
        }
        // A client that names no mode has forms.
        let can = has("form") || !has("url");
        (!can).then(|| "the capability elicitation.form".into())
    }

    /// Whether it sends the user to a URL.
    fn is_visit(&self) -> bool {
        self.method == McpMethod::ELICITATION_CREATE
            && edit::text(&self.params, "mode").as_deref() == Some("url")
    }

    async fn ask(
        mut self,
        shared: &Shared,
        live: &Arc<Live>,
        sink: &Sink,
        visits: &mut Vec<String>,
    ) -> Result<Waiting, Error> {
        let name = || unguessable().ok_or_else(no_randomness);
        if self.is_visit() {
            let visit = match edit::text(&self.params, ELICITATION_ID) {
                Some(visit) => visit,
                None => {
                    let visit = name()?;
                    let member = (ELICITATION_ID, Some(json::quote(&visit).into()));
                    self.params = json::with_members(&self.params, &[member]).map_err(bad)?;
                    visit
                }
            };
            visits.push(visit);
        }
        let id = handover::question(shared, live.name())?;
        let (asked, told) = live.ask(id.clone(), shared.settings.max_questions)?;
        let message = Ask::new(&id, &self.method, &self.params);
        sink.event(message.body().clone()).await;
        let Self { key, method, .. } = self;
        Ok(Waiting {
            key,
            asked,
            told,
            method,
        })
    }
}

const ELICITATION_ID: &str = "elicitationId";

/// The notification that the user has been at the URL of this elicitation.
pub(super) fn visited(visit: &str) -> Bytes {
    let params = format!(r#"{{"{ELICITATION_ID}":{}}}"#, json::quote(visit));
    let method = McpMethod::NOTIFICATIONS_ELICITATION_COMPLETE;
    Ask::notification(&method, &params.into()).body().clone()
}

/// The result within a client's answer.
fn read(message: &Bytes, method: &McpMethod) -> Result<Bytes, Unanswered> {
    let envelope = Envelope::peek(message).map_err(Error::from)?;
    if let Some(result) = envelope.result {
        return json::slice_of(message, result).ok_or_else(|| {
            Error::new(ErrorKind::Internal, "an answer is no part of its message").into()
        });
    }
    let words = envelope.error.and_then(|error| {
        let [words] = json::members_of(error, ["message"]).ok()?;
        Some(json::string(words?)?.chars().take(512).collect())
    });
    let words: String = words.unwrap_or_default();
    Err(Unanswered::Refused(format!(
        "the client has refused {method}: {words}"
    )))
}

/// The client has not answered in time; it is told that the question is no longer open.
async fn late(sink: &Sink, asked: &Asked) -> Error {
    let id = String::from_utf8_lossy(asked.id.as_raw()).into_owned();
    let params = format!(r#"{{"requestId":{id},"reason":"not answered in time"}}"#);
    let method = McpMethod::NOTIFICATIONS_CANCELLED;
    sink.event(Ask::notification(&method, &params.into()).body().clone())
        .await;
    Error::new(
        ErrorKind::RequestTimeout,
        "the client did not answer in time what the server asked of it",
    )
}

fn malformed(words: &'static str) -> Error {
    Error::new(ErrorKind::BadAnswer, words).with_origin(Origin::Upstream)
}

pub(super) fn no_randomness() -> Error {
    Error::new(ErrorKind::Internal, "this system has no randomness")
}
