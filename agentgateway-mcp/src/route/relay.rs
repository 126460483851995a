use std::sync::Arc;

use agentgateway_core::{
    Body, Error,
    json::{self, JsonError, JsonType, Raw},
    jsonrpc::{Envelope, EnvelopeKind, RpcId, error_code},
    sse::{KEEP_ALIVE, SseMessage},
    upstream::retain_headers,
};
use bytes::Bytes;
use futures_util::stream;
use http::{Extensions, HeaderName, Response, header, response};
use http_body::Frame;
use http_body_util::StreamBody;

use super::{
    call::{Bound, own_id},
    edits::Edits,
    fan::{AT_ONCE, bad_answer, no_answer, rest},
    hub::Hub,
    reply,
    target::FederationTarget,
};
use crate::{
    bridge::{Answer, Events, Incoming, IncomingKind},
    call::McpCall,
    layer::Read,
    policy::ItemKind,
    wire::{META, McpMethod, MetaKey, headers},
};

/// Headers of a target's answer that do not hold for ours.
static OWN_HEADERS: [HeaderName; 4] = [
    header::CONTENT_LENGTH,
    header::SET_COOKIE,
    header::WWW_AUTHENTICATE,
    headers::SESSION_ID,
];

/// One request of a client's, at the one target that it is for.
pub(super) struct Exchange {
    pub(super) hub: Arc<Hub>,
    pub(super) at: usize,
    /// The client's.
    pub(super) call: McpCall,
    /// The id that the target knows; its progress token, too.
    pub(super) minted: RpcId,
    /// What a state that the target gives is bound to.
    pub(super) bound: Option<Bound>,
    /// Of a list, which is not the same for all.
    pub(super) caller: Extensions,
}

impl Exchange {
    /// The answer to the client.
    pub(super) async fn answer(self, answer: Response<Body>) -> Result<Response<Body>, Error> {
        match Answer::read(answer, self.hub.max_answer_bytes).await? {
            Answer::Whole(head, text) => {
                let (told, read) = match Envelope::peek(&text) {
                    Ok(said) if said.kind != EnvelopeKind::Response => {
                        return Err(no_answer(self.target()?, &head));
                    }
                    Ok(said) if self.is_own(&said) => self.response(&text, &said)?,
                    Ok(_) => return Err(self.strange()),
                    Err(_) => return Err(no_answer(self.target()?, &head)),
                };
                let mut head = own_head(head);
                head.extensions.insert(read);
                Ok(Response::from_parts(head, Body::from(told)))
            }
            Answer::Events(head, events) => {
                let body = stream::unfold(Some((self, events)), |state| async {
                    let (exchange, events) = state?;
                    exchange.next(events).await
                });
                Ok(Response::from_parts(
                    own_head(head),
                    Body::new(StreamBody::new(Box::pin(body))),
                ))
            }
        }
    }

    /// The next event for the client, and what comes after it.
    async fn next(
        self,
        mut events: Events,
    ) -> Option<(Result<Frame<Bytes>, Error>, Option<(Self, Events)>)> {
        for dropped in 1_usize.. {
            if dropped % AT_ONCE == 0 {
                rest().await;
            }
            let event = match events.next_or_quiet().await {
                Ok(Some(Some(event))) => event,
                Ok(Some(None)) => {
                    let quiet = Frame::data(Bytes::from_static(KEEP_ALIVE));
                    return Some((Ok(quiet), Some((self, events))));
                }
                Ok(None) => {
                    let error = self
                        .target()
                        .map(|target| bad_answer(target, "its stream ended before the answer"));
                    return Some((Err(error.unwrap_or_else(|error| error)), None));
                }
                Err(error) => return Some((Err(error), None)),
            };
            match self.event(&event) {
                Ok(Told::Last(text)) => return Some((Ok(frame(text)), None)),
                Ok(Told::One(text)) => return Some((Ok(frame(text)), Some((self, events)))),
                Ok(Told::Nothing) => {}
                Err(error) => return Some((Err(error), None)),
            }
        }
        None
    }

    fn event(&self, event: &Incoming) -> Result<Told, Error> {
        match &event.kind {
            IncomingKind::Response(_) => match Envelope::peek(&event.text) {
                Ok(said) if self.is_own(&said) => {
                    let (text, _) = self.response(&event.text, &said)?;
                    Ok(Told::Last(text))
                }
                _ => {
                    self.hub.counts.strange_answer(&self.target()?.name);
                    Ok(Told::Nothing)
                }
            },
            IncomingKind::Notification(method) => {
                let text = self.notification(method, &event.text)?;
                Ok(text.map_or(Told::Nothing, Told::One))
            }
            IncomingKind::Request(..) => {
                self.hub.counts.server_request();
                Ok(Told::Nothing)
            }
            IncomingKind::Other => Ok(Told::Nothing),
        }
    }

    /// Whether this answers our request. A server that could not read a request says its error without an id.
    fn is_own(&self, said: &Envelope<'_>) -> bool {
        match &said.id {
            Some(id) if !id.is_null() => *id == self.minted,
            _ => said.error.is_some(),
        }
    }

    fn strange(&self) -> Error {
        match self.target() {
            Ok(target) => {
                self.hub.counts.strange_answer(&target.name);
                bad_answer(target, "it answered another request")
            }
            Err(error) => error,
        }
    }

    fn target(&self) -> Result<&FederationTarget, Error> {
        self.hub.targets.get(self.at).ok_or_else(|| {
            Error::new(
                agentgateway_core::ErrorKind::Internal,
                "there is no such target",
            )
        })
    }

    /// A result or an error, as the client is told; and what it says.
    fn response(&self, text: &Bytes, said: &Envelope<'_>) -> Result<(Bytes, Read), Error> {
        let (target, own) = (self.target()?, own_id(&self.call)?);
        let mut edits = Edits::new(text, self.hub.naming, &target.name);
        let bad = |error: JsonError| bad_answer(target, error);
        let id = said.id.as_ref().map(|id| Raw::parse(id.as_raw()));
        match id.transpose().map_err(bad)? {
            Some(id) => edits.replace(id, own.to_bytes()),
            None => edits.add("id", own.to_bytes()),
        }
        let is_object = |raw: &Raw<'_>| json::type_of(*raw) == JsonType::Object;
        let mut read = Read::default();
        if let Some(result) = said.result.filter(is_object) {
            read.tool_error = self.result(&mut edits, text, result)?;
        }
        if let Some(error) = said.error {
            read.error = Some(error_code(error).unwrap_or_default());
            let [data] = json::members_of(error, ["data"]).map_err(bad)?;
            edits.resource(data).map_err(bad)?;
        }
        Ok((edits.finish()?, read))
    }

    /// Whether it says that a tool has failed.
    fn result(&self, edits: &mut Edits<'_>, text: &Bytes, result: Raw<'_>) -> Result<bool, Error> {
        let target = self.target()?;
        let method = self.call.method().map_or("", McpMethod::as_str);
        if let Some(kind) = kind_of_list(method) {
            return self.list(edits, text, result, kind).map(|()| false);
        }
        self.outcome(edits, method, result, true)
            .map_err(|error| bad_answer(target, error))
    }

    /// What a call, a prompt, a resource or a task came to.
    fn outcome(
        &self,
        edits: &mut Edits<'_>,
        method: &str,
        result: Raw<'_>,
        outermost: bool,
    ) -> Result<bool, JsonError> {
        const KEYS: [&str; 10] = [
            "content",
            "messages",
            "contents",
            META,
            "requestState",
            "taskId",
            "task",
            "result",
            "cacheScope",
            "isError",
        ];
        let [
            content,
            messages,
            contents,
            meta,
            state,
            task_id,
            task,
            inner,
            scope,
            is_error,
        ] = json::members_of(result, KEYS)?;
        let is_object = |raw: &Raw<'_>| json::type_of(*raw) == JsonType::Object;
        let is_task = method.starts_with("tasks/");
        if method == "tools/call" || is_task {
            edits.blocks(content)?;
        }
        if method == "prompts/get" || is_task {
            edits.all(messages, |edits, message| {
                if json::type_of(message) != JsonType::Object {
                    return Ok(());
                }
                let [content] = json::members_of(message, ["content"])?;
                edits.blocks(content)
            })?;
        }
        if method == "resources/read" || is_task {
            edits.all(contents, |edits, content| edits.resource(Some(content)))?;
        }
        edits.meta(meta)?;
        self.keep_private(edits, scope);
        edits.task(task_id);
        if let Some(task) = task.filter(is_object) {
            let [id] = json::members_of(task, ["taskId"])?;
            edits.task(id);
        }
        let string = |raw: &Raw<'_>| json::type_of(*raw) == JsonType::String;
        if let (Some(state), Some(bound)) = (state.filter(string), &self.bound) {
            let bound = (&self.call, self.at, bound);
            let sealed = self.hub.sealed_state(state.get(), bound);
            edits.replace(state, json::quote(&sealed));
        }
        if let (Some(inner), true) = (inner.filter(is_object), is_task && outermost) {
            self.outcome(edits, method, inner, false)?;
        }
        Ok(is_error.and_then(json::boolean).unwrap_or_default())
    }

    /// A list of the one target that there is.
    fn list(
        &self,
        edits: &mut Edits<'_>,
        text: &Bytes,
        result: Raw<'_>,
        kind: ItemKind,
    ) -> Result<(), Error> {
        let target = self.target()?;
        let [items, scope] = json::members_of(result, [kind.items_key(), "cacheScope"])
            .map_err(|error| bad_answer(target, error))?;
        let Some(items) = items.filter(|raw| json::type_of(*raw) == JsonType::Array) else {
            return Ok(());
        };
        let listed = self.hub.items(&self.caller, self.at, kind, text, items)?;
        if listed.changed {
            edits.replace(items, listed.items.array());
        }
        self.keep_private(edits, scope);
        Ok(())
    }

    /// What one caller may see, a cache must not show another.
    fn keep_private(&self, edits: &mut Edits<'_>, scope: Option<Raw<'_>>) {
        if let Some(scope) = scope.filter(|_| self.hub.filter.is_some()) {
            edits.replace(scope, r#""private""#);
        }
    }

    /// A notification about this request; `None` when it is about another one.
    fn notification(&self, method: &McpMethod, text: &Bytes) -> Result<Option<Bytes>, Error> {
        let target = self.target()?;
        self.hub.changed(self.at, method);
        let bad = |error: JsonError| bad_answer(target, error);
        let is_object = |raw: &Raw<'_>| json::type_of(*raw) == JsonType::Object;
        let [params] = json::members(text, ["params"]).map_err(bad)?;
        let Some(params) = params.filter(is_object) else {
            return Ok(Some(text.clone()));
        };
        let keys = [MetaKey::PROGRESS_TOKEN, "uri", "taskId"];
        let [token, uri, task] = json::members_of(params, keys).map_err(bad)?;
        let mut edits = Edits::new(text, self.hub.naming, &target.name);
        if *method == McpMethod::NOTIFICATIONS_PROGRESS {
            let minted = token.is_some_and(|token| token.get().as_bytes() == self.minted.as_raw());
            let (Some(told), Some(own), true) = (token, self.call.progress_token(), minted) else {
                self.hub.counts.strange_notification();
                return Ok(None);
            };
            edits.replace(told, own.to_bytes());
        }
        if *method == McpMethod::NOTIFICATIONS_RESOURCES_UPDATED {
            edits.uri(uri);
        }
        if method.as_str().starts_with("notifications/tasks") {
            edits.task(task);
        }
        edits.finish().map(Some)
    }
}

enum Told {
    One(Bytes),
    Last(Bytes),
    Nothing,
}

fn frame(text: Bytes) -> Frame<Bytes> {
    Frame::data(SseMessage::new(text).encode())
}

fn own_head(mut head: response::Parts) -> response::Parts {
    // Most answers have one of them, and each removal would search anew.
    retain_headers(&mut head.headers, |name| !OWN_HEADERS.contains(name));
    head.status = reply::status(head.status);
    head
}

pub(super) fn kind_of_list(method: &str) -> Option<ItemKind> {
    match method {
        "tools/list" => Some(ItemKind::Tool),
        "prompts/list" => Some(ItemKind::Prompt),
        "resources/list" => Some(ItemKind::Resource),
        "resources/templates/list" => Some(ItemKind::Template),
        _ => None,
    }
}
