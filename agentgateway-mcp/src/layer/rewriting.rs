//! What of an answer is changed on its way, where it is asked for.

use agentgateway_core::{
    Error, ErrorKind,
    error::Origin,
    json, media,
    rescue::{Dialect as _, Handling, Verdict},
    sse::{EventTooLarge, SseEvent, SseMessage},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header, response};

use super::{McpDialect, McpWatch};
use crate::{
    call::McpKind,
    policy::{Found, limits::ResultLimit},
    wire::Era,
};

impl McpWatch {
    /// How an answer that may be changed is handled; `None` where it is not.
    pub(super) fn handling(&mut self, head: &response::Parts) -> Option<Handling> {
        let is_events = media::is_event_stream(&head.headers);
        let is_coded = media::is_coded(&head.headers);
        let limit_bytes = if self.lists.is_some() {
            self.max_list_bytes
        } else {
            let limit = head.extensions.get::<ResultLimit>();
            self.result_limit = limit.filter(|_| self.call.tool().is_some()).copied();
            self.result_limit?.bytes
        };
        match (is_events, is_coded) {
            (true, false) => Some(Handling::Events),
            // It cannot be read, and may never end.
            (true, true) => Some(Handling::Rewrite { limit_bytes: 0 }),
            // What a client takes for an answer.
            _ if media::is_json(&head.headers) || head.status.is_success() => {
                Some(Handling::Rewrite { limit_bytes })
            }
            _ => None,
        }
    }

    /// The body that is sent in the place of this one.
    pub(super) fn rewritten(
        &mut self,
        head: &mut response::Parts,
        body: Bytes,
    ) -> Result<Bytes, Error> {
        if media::is_coded(&head.headers) {
            return Err(unreadable(
                "it came in a content coding that was not asked for",
            ));
        }
        let Some(changed) = self.filtered(&body)? else {
            self.read(&body);
            return Ok(body);
        };
        forget_entity(&mut head.headers);
        self.read(&changed);
        Ok(changed)
    }

    /// The text without what is not for the caller; `None` where it goes as it is.
    fn filtered(&mut self, text: &Bytes) -> Result<Option<Bytes>, Error> {
        let Some(filter) = &self.lists else {
            return Ok(None);
        };
        let mut found = Found::default();
        let changed = filter.text(text, &mut found);
        self.report.items_denied += found.denied;
        self.report.items_refused += found.refused;
        self.report.items_cleaned += found.cleaned;
        changed.map_err(unreadable)
    }

    /// What becomes of an event of a stream.
    pub(super) fn judge(&mut self, event: &SseEvent<'_>) -> Verdict {
        let is_message = matches!(event.event(), "" | "message");
        if self.lists.is_some() {
            let text = Bytes::copy_from_slice(event.data());
            match self.filtered(&text) {
                Ok(None) => {}
                Ok(Some(changed)) => {
                    self.read(&changed);
                    return Verdict::Replace(event_with(event, changed));
                }
                // Another kind of event, of the transport of 2024-11-05.
                Err(_) if !is_message && text.first() != Some(&b'{') => {}
                Err(error) => return self.unread(&error),
            }
        }
        if is_message {
            self.read(event.data());
        }
        match self.result_limit {
            Some(limit) if self.report.answered && event.data().len() > limit.bytes => {
                self.report.tool_error = true;
                Verdict::Replace(event_with(event, self.too_large(limit)))
            }
            _ => Verdict::Keep,
        }
    }

    /// An event that cannot be read, where a list may be in it.
    fn unread(&mut self, error: &Error) -> Verdict {
        let id = self
            .call
            .id()
            .filter(|_| self.call.kind() == McpKind::Request);
        let Some(event) = McpDialect.event(error, &id.cloned()) else {
            return Verdict::Drop;
        };
        self.report.answered = true;
        self.report.rpc_error_code =
            Some(agentgateway_core::jsonrpc::code::gateway(error.status()));
        Verdict::Replace(event.encode())
    }

    /// The answer in the place of one that is over the limit.
    pub(super) fn shortened(
        &mut self,
        head: &mut response::Parts,
        error: Error,
    ) -> Result<Bytes, Error> {
        let Some(limit) = self.result_limit else {
            return Err(error);
        };
        forget_entity(&mut head.headers);
        head.headers.remove(header::CONTENT_ENCODING);
        let json = HeaderValue::from_static("application/json");
        head.headers.insert(header::CONTENT_TYPE, json);
        head.status = StatusCode::OK;
        let said = self.too_large(limit);
        self.read(&said);
        Ok(said)
    }

    /// The event that says so of a stream, when this is its error.
    pub(super) fn shortened_event(&self, error: &Error) -> Option<SseMessage> {
        use std::error::Error as _;
        let limit = self.result_limit?;
        let is_event = error
            .source()
            .is_some_and(|source| source.is::<EventTooLarge>());
        is_event.then(|| SseMessage::new(self.too_large(limit)).with_event("message"))
    }

    /// A result that says that the tool failed: the model reads it, and may ask for less.
    fn too_large(&self, limit: ResultLimit) -> Bytes {
        let text = format!(
            "The result of this tool is over the limit of {} bytes. Ask for less of it.",
            limit.bytes
        );
        let id = self.call.id().map_or(&b"null"[..], |id| id.as_raw());
        let complete = match self.call.era() {
            Era::Modern => r#""resultType":"complete","#,
            Era::Legacy => "",
        };
        [
            br#"{"jsonrpc":"2.0","id":"#,
            id,
            br#","result":{"#,
            complete.as_bytes(),
            br#""content":[{"type":"text","text":"#,
            json::quote(&text).as_bytes(),
            br#"}],"isError":true}}"#,
        ]
        .concat()
        .into()
    }
}

/// The event with other data.
fn event_with(event: &SseEvent<'_>, data: Bytes) -> Bytes {
    let mut message = SseMessage::new(data);
    if !event.event().is_empty() {
        message = message.with_event(event.event().to_owned());
    }
    if let Some(id) = event.id() {
        message = message.with_id(String::from_utf8_lossy(id).into_owned());
    }
    let retry = event.retry().map_or_else(String::new, |retry| {
        format!("retry: {}\n", retry.as_millis())
    });
    [retry.as_bytes(), &message.encode()].concat().into()
}

/// What was said of the bytes that came does not hold for others.
fn forget_entity(headers: &mut HeaderMap) {
    for name in [
        header::ETAG,
        header::LAST_MODIFIED,
        header::ACCEPT_RANGES,
        header::CONTENT_RANGE,
    ] {
        headers.remove(name);
    }
    for name in ["content-digest", "repr-digest", "digest", "content-md5"] {
        headers.remove(name);
    }
}

fn unreadable(why: impl std::fmt::Display) -> Error {
    let message =
        format!("the server's list cannot be read, so that nothing of it is shown: {why}");
    Error::new(ErrorKind::BadAnswer, message).with_origin(Origin::Upstream)
}
