use std::sync::Arc;

use agentgateway_core::{
    Error, ErrorKind, media,
    policy::{Decision, Policy},
};
use http::request;

use crate::{
    A2aBinding, A2aCall, A2aOperation,
    wire::{A2aError, code},
};

/// What messages may hold: media types, the size of files within them, and files by URL.
///
/// A policy within [`A2aLayer`](crate::A2aLayer). It judges what clients send, not what agents answer. Nothing
/// is fetched: a URL is passed on to the agent, or refused. The whole of a message is limited by
/// [`max_body_bytes`](crate::A2aLayer::max_body_bytes). What a media type says of the bytes is not checked.
///
/// A media type that is not allowed is the protocol's own error, `CONTENT_TYPE_NOT_SUPPORTED` (-32005).
///
/// ```
/// use agentgateway_a2a::policy::Content;
/// use agentgateway_core::policy::PolicyLayer;
///
/// let policy = Content::new()
///     .media_types(["text/*", "application/json"])
///     .max_inline_bytes(1024 * 1024)
///     .urls(false);
/// let layer = PolicyLayer::new(policy);
/// # let _ = layer;
/// ```
#[derive(Clone, Debug)]
pub struct Content {
    sent: Option<Arc<[Box<str>]>>,
    accepted: Option<Arc<[Box<str>]>>,
    max_inline_bytes: usize,
    urls: bool,
}

// === impl Content ===

impl Content {
    /// One that allows all.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            sent: None,
            accepted: None,
            max_inline_bytes: usize::MAX,
            urls: true,
        }
    }

    /// The media types that parts may have: `text/plain`, `text/*` or `*/*`. Default: all.
    ///
    /// A part that names none has that of its kind: `text/plain`, `application/json` for data,
    /// `application/octet-stream` for a file.
    #[must_use]
    pub fn media_types<T: Into<Box<str>>>(mut self, allowed: impl IntoIterator<Item = T>) -> Self {
        self.sent = Some(list(allowed));
        self
    }

    /// The media types of which a client must accept one, where it says which it accepts. Default: all.
    #[must_use]
    pub fn output_modes<T: Into<Box<str>>>(mut self, allowed: impl IntoIterator<Item = T>) -> Self {
        self.accepted = Some(list(allowed));
        self
    }

    /// The most bytes that a file within a message may have, in base64; over it 413. Default: no limit but that of
    /// the whole.
    #[must_use]
    pub const fn max_inline_bytes(mut self, limit: usize) -> Self {
        self.max_inline_bytes = limit;
        self
    }

    /// Whether files may be named by a URL, which the agent will fetch. Default: true.
    #[must_use]
    pub const fn urls(mut self, allowed: bool) -> Self {
        self.urls = allowed;
        self
    }

    fn check(&self, call: &A2aCall) -> Result<(), Error> {
        let parts = call.parts();
        if let Some(allowed) = &self.sent {
            if parts.is_cut() {
                let message = "a part of the message, or its media type, cannot be read";
                return Err(unsupported(message));
            }
            if parts.media_types().any(|media| !allows(allowed, media)) {
                return Err(unsupported(
                    "a part has a media type that is not accepted here",
                ));
            }
        }
        if let Some(allowed) = &self.accepted {
            let mut modes = parts.output_modes().peekable();
            let says = modes.peek().is_some();
            if says && !modes.any(|mode| accepts(allowed, mode)) {
                let message = "none of the accepted output modes can be served";
                return Err(unsupported(message));
            }
        }
        // Where something could not be read, nobody knows what is in it.
        let unread = parts.is_cut();
        if parts.largest_inline_bytes() > self.max_inline_bytes
            || (unread && self.max_inline_bytes < usize::MAX)
        {
            let message = "a file within the message is over the limit of its size";
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        if !self.urls && (parts.urls() > 0 || unread) {
            let message = "files by URL are not accepted here; send the bytes";
            return Err(unsupported(message));
        }
        Ok(())
    }
}

impl Default for Content {
    fn default() -> Self {
        Self::new()
    }
}

impl Policy for Content {
    fn name(&self) -> &'static str {
        "content"
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        let Some(call) = head.extensions.get::<A2aCall>() else {
            return match refuse_unread(head) {
                Some(error) => Decision::Refuse(error),
                None => Decision::Pass,
            };
        };
        if !sends(call.operation()) {
            return Decision::Pass;
        }
        let refused = unread_body(head, call).map_or_else(|| self.check(call), Err);
        match refused {
            Ok(()) => Decision::Pass,
            Err(error) => Decision::Refuse(error),
        }
    }
}

fn sends(operation: &A2aOperation) -> bool {
    matches!(
        operation,
        A2aOperation::SendMessage | A2aOperation::SendStreamingMessage
    )
}

/// What sends something and was not read: a call of gRPC, or a message that does not say that it is JSON, which
/// an agent might take all the same. Nobody knows what it does.
pub(super) fn refuse_unread(head: &request::Parts) -> Option<Error> {
    let reads = [http::Method::GET, http::Method::HEAD, http::Method::OPTIONS];
    let unread = media::is_grpc(&head.headers) || !reads.contains(&head.method);
    let message = "what is sent here is no call that can be read, so that it cannot be allowed";
    unread.then(|| Error::new(ErrorKind::Forbidden, message))
}

/// A call whose body was not read, since it does not say that it is JSON: an agent might read it all the same.
pub(super) fn unread_body(head: &request::Parts, call: &A2aCall) -> Option<Error> {
    let has_one = head.method == http::Method::POST && call.binding() == A2aBinding::HttpJson;
    let message = "the body must be JSON, and its content type must say so";
    (has_one && !media::is_json(&head.headers))
        .then(|| Error::new(ErrorKind::UnsupportedMediaType, message))
}

fn unsupported(message: &'static str) -> Error {
    let error = Error::new(ErrorKind::InvalidRequest, message);
    A2aError::coded(error, code::CONTENT_TYPE_NOT_SUPPORTED)
}

fn list<T: Into<Box<str>>>(allowed: impl IntoIterator<Item = T>) -> Arc<[Box<str>]> {
    let lower = |allowed: T| allowed.into().to_ascii_lowercase().into_boxed_str();
    allowed.into_iter().map(lower).collect()
}

fn allows(allowed: &[Box<str>], media: &str) -> bool {
    allowed.iter().any(|range| covers(range, media))
}

/// A client may accept a range as well.
fn accepts(allowed: &[Box<str>], mode: &str) -> bool {
    allowed
        .iter()
        .any(|range| covers(range, mode) || covers(mode, range))
}

fn covers(range: &str, media: &str) -> bool {
    match range.strip_suffix('*') {
        Some("*/") => true,
        Some(start) => media.starts_with(start),
        None => range == media,
    }
}
