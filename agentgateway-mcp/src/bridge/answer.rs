use std::{collections::VecDeque, future::poll_fn};

use agentgateway_core::{
    Body, Error, ErrorKind,
    error::Origin,
    json::{self, Raw},
    jsonrpc::{Envelope, EnvelopeKind, RpcId},
    media,
    sse::{SseDecoder, SseFrame},
};
use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderValue, Response, header, response};
use http_body::Body as _;

use crate::{layer::Read, wire::McpMethod};

/// The largest body that is gathered when a layer between has taken it apart.
pub(crate) const GATHER_BYTES: usize = 64 * 1024 * 1024;

/// What a server answers a POST with.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A message, or nothing where it has taken a notification.
    Whole(response::Parts, Bytes),
    /// A stream of messages.
    Events(response::Parts, Events),
}

impl Answer {
    /// Reads the answer, or the beginning of its stream.
    ///
    /// # Errors
    /// The body failed, or a whole answer is over the limit.
    pub(crate) async fn read(response: Response<Body>, max_bytes: usize) -> Result<Self, Error> {
        let (mut head, body) = response.into_parts();
        // Whoever asks for it may tell it otherwise.
        head.extensions.remove::<Read>();
        if media::is_event_stream(&head.headers) {
            return Ok(Self::Events(head, Events::new(body, max_bytes)));
        }
        let whole = whole(body, max_bytes).await?;
        // Servers of 2025-03-26 may say several messages at once.
        match batch(&whole)? {
            None => Ok(Self::Whole(head, whole)),
            Some(messages) if messages.is_empty() => Ok(Self::Whole(head, whole)),
            Some(mut messages) if messages.len() == 1 => {
                Ok(Self::Whole(head, messages.pop_front().unwrap_or_default()))
            }
            Some(messages) => {
                let events = HeaderValue::from_static("text/event-stream");
                head.headers.insert(header::CONTENT_TYPE, events);
                head.headers.remove(header::CONTENT_LENGTH);
                Ok(Self::Events(head, Events::of_batch(messages)))
            }
        }
    }
}

/// The most messages that a server may say at once.
const MAX_BATCH: usize = 1024;

/// The messages of a batch, as slices of it; `None` for what is no array.
///
/// # Errors
/// There are too many.
fn batch(text: &Bytes) -> Result<Option<VecDeque<Bytes>>, Error> {
    if !text.trim_ascii_start().starts_with(b"[") {
        return Ok(None);
    }
    let Ok(array) = Raw::parse(text) else {
        return Ok(None);
    };
    let (mut messages, mut count) = (VecDeque::new(), 0_usize);
    // It is an array.
    let _ = json::elements(array, |message| {
        count = count.saturating_add(1);
        if count <= MAX_BATCH {
            messages.extend(json::slice_of(text, message));
        }
    });
    if count > MAX_BATCH {
        let message = format!("the server says more than {MAX_BATCH} messages at once");
        return Err(Error::new(ErrorKind::BadAnswer, message).with_origin(Origin::Upstream));
    }
    Ok(Some(messages))
}

/// Reads a body to its end.
///
/// # Errors
/// It failed, or is over the limit.
pub(crate) async fn whole(mut body: Body, max_bytes: usize) -> Result<Bytes, Error> {
    let mut first = Bytes::new();
    let mut more = BytesMut::new();
    while let Some(chunk) = next_chunk(&mut body).await? {
        if first.len() + more.len() + chunk.len() > max_bytes {
            return Err(too_large(max_bytes));
        }
        if first.is_empty() {
            first = chunk;
        } else {
            more.extend_from_slice(&chunk);
        }
    }
    if more.is_empty() {
        return Ok(first);
    }
    let mut all = BytesMut::from(&first[..]);
    all.unsplit(more);
    Ok(all.freeze())
}

async fn next_chunk(body: &mut Body) -> Result<Option<Bytes>, Error> {
    loop {
        let frame = poll_fn(|cx| std::pin::Pin::new(&mut *body).poll_frame(cx)).await;
        match frame.transpose()?.map(http_body::Frame::into_data) {
            None => return Ok(None),
            Some(Ok(data)) if data.is_empty() => {}
            Some(Ok(data)) => return Ok(Some(data)),
            Some(Err(_trailers)) => {}
        }
    }
}

fn too_large(max_bytes: usize) -> Error {
    let message = format!("the server's answer is over the limit of {max_bytes} bytes");
    Error::new(ErrorKind::BadAnswer, message).with_origin(Origin::Upstream)
}

/// One event of a server's stream.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    /// The message, as it was written. Empty in an event that only tells where the stream stands.
    pub(crate) text: Bytes,
    /// By which id the stream can be taken up behind it.
    pub(crate) event_id: Option<Bytes>,
    /// How long to wait before it is taken up, in milliseconds.
    pub(crate) retry: Option<std::time::Duration>,
    pub(crate) kind: IncomingKind,
    /// It is named `endpoint`: in the transport of 2024-11-05 it says where messages are POSTed.
    #[cfg(feature = "sse")]
    pub(crate) is_endpoint: bool,
}

impl Incoming {
    /// A message that is no event of its own.
    fn of(text: Bytes) -> Self {
        Self {
            kind: IncomingKind::of(&text),
            text,
            event_id: None,
            retry: None,
            #[cfg(feature = "sse")]
            is_endpoint: false,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum IncomingKind {
    Notification(McpMethod),
    /// A request of the server's to the client.
    Request(RpcId, McpMethod),
    /// A result or an error.
    Response(Option<RpcId>),
    /// It holds no message.
    Other,
}

impl IncomingKind {
    /// What this text is.
    pub(crate) fn of(text: &Bytes) -> Self {
        let Ok(envelope) = Envelope::peek(text) else {
            return Self::Other;
        };
        let method = || McpMethod::new(envelope.method.as_deref().unwrap_or_default());
        match (envelope.kind, envelope.id.as_ref()) {
            (EnvelopeKind::Notification, _) => Self::Notification(method()),
            (EnvelopeKind::Request, Some(id)) => Self::Request(id.detached(), method()),
            (EnvelopeKind::Request, None) => Self::Other,
            (EnvelopeKind::Response, id) => Self::Response(id.map(RpcId::detached)),
        }
    }
}

/// The events of a server's stream, read one by one.
pub(crate) struct Events {
    body: Body,
    decoder: SseDecoder,
    input: Bytes,
    /// The messages of a batch that came as one event, or as the whole answer.
    batch: VecDeque<Incoming>,
    /// Something came that is no event, such as a comment.
    quiet: bool,
}

impl Events {
    pub(crate) fn new(body: Body, max_event_bytes: usize) -> Self {
        Self {
            body,
            decoder: SseDecoder::new().with_max_event_bytes(max_event_bytes),
            input: Bytes::new(),
            batch: VecDeque::new(),
            quiet: false,
        }
    }

    /// The messages of an answer in one piece.
    fn of_batch(messages: VecDeque<Bytes>) -> Self {
        let incoming = messages.into_iter().map(Incoming::of);
        Self {
            batch: incoming.collect(),
            ..Self::new(Body::empty(), 0)
        }
    }

    /// The next one; `None` at the stream's end.
    ///
    /// # Errors
    /// The body failed, or an event is over the limit.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Result<Option<Incoming>, Error> {
        loop {
            match self.next_or_quiet().await? {
                Some(Some(event)) => return Ok(Some(event)),
                Some(None) => {}
                None => return Ok(None),
            }
        }
    }

    /// The next one, or `Some(None)` for what only keeps the stream open: once for a chunk that holds nothing
    /// else.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    ///
    /// # Cancel safety
    /// As [`next`](Self::next).
    pub(crate) async fn next_or_quiet(&mut self) -> Result<Option<Option<Incoming>>, Error> {
        loop {
            if let Some(event) = self.decoded()? {
                self.quiet = false;
                return Ok(Some(Some(event)));
            }
            if std::mem::take(&mut self.quiet) {
                return Ok(Some(None));
            }
            match next_chunk(&mut self.body).await? {
                Some(chunk) => self.input = chunk,
                None => return Ok(None),
            }
        }
    }

    /// The next event of what has been read.
    fn decoded(&mut self) -> Result<Option<Incoming>, Error> {
        if let Some(message) = self.batch.pop_front() {
            return Ok(Some(message));
        }
        while !self.input.is_empty() {
            let mut rest: &[u8] = &self.input;
            let frame = self.decoder.decode(&mut rest);
            let taken = self.input.len() - rest.len();
            let event = match frame {
                Ok(Some(SseFrame::Event(event))) => Some(Incoming {
                    text: Bytes::copy_from_slice(event.data()),
                    event_id: event.id().map(Bytes::copy_from_slice),
                    retry: event.retry(),
                    kind: IncomingKind::Other,
                    #[cfg(feature = "sse")]
                    is_endpoint: event.event() == "endpoint",
                }),
                Ok(frame) => {
                    self.quiet |= frame.is_some();
                    None
                }
                Err(error) => {
                    let message = "the server's stream holds an event over the limit";
                    return Err(Error::new(ErrorKind::BadAnswer, message)
                        .with_origin(Origin::Upstream)
                        .with_source(error));
                }
            };
            self.input.advance(taken);
            if let Some(event) = event {
                return self.taken(event).map(Some);
            }
        }
        Ok(None)
    }

    /// An event that has come, or the first message of the batch that it is. The stream goes on behind all of them:
    /// the last one says where.
    fn taken(&mut self, mut event: Incoming) -> Result<Incoming, Error> {
        let Some(messages) = batch(&event.text)? else {
            event.kind = IncomingKind::of(&event.text);
            return Ok(event);
        };
        self.batch = messages.into_iter().map(Incoming::of).collect();
        let place = event.event_id.take();
        match self.batch.back_mut() {
            Some(last) => last.event_id = place,
            None => event.event_id = place,
        }
        let Some(mut first) = self.batch.pop_front() else {
            return Ok(event);
        };
        first.retry = event.retry;
        Ok(first)
    }
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}
