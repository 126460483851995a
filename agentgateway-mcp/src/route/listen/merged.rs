use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use agentgateway_core::{
    Body, Error,
    json::{self, Raw},
    jsonrpc::RpcId,
    sse::{KEEP_ALIVE, SseMessage},
};
use bytes::Bytes;
use futures_util::{future::join_all, stream};
use http::{HeaderName, HeaderValue, Request, Response, header};
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::time::{Instant, Sleep, sleep, timeout};

use super::{
    super::{
        fan::Failure, federation::FailMode, hub::Hub, index::Found, list::unavailable, reply,
        target::FederationTarget,
    },
    link::{Link, News},
    wanted::Wanted,
};
use crate::{
    bridge::edit,
    policy::{ItemKind, climbs},
    wire::{McpMethod, MetaKey},
};

/// The most resources and tasks that one stream tells of.
const MOST_WATCHED: usize = 1000;

/// After how long a silence a comment is sent.
const SILENCE: Duration = Duration::from_secs(25);

/// One stream of all targets', for one client.
struct Merged {
    id: RpcId,
    links: Vec<Link>,
    /// Whose turn it is, so that a busy target does not keep the others from being heard.
    turn: usize,
    ready: VecDeque<Bytes>,
    /// When the stream was silent for so long that what stands between may close it.
    silence: Pin<Box<Sleep>>,
}

impl Hub {
    /// Opens the streams of the targets that have what the client wants, and tells of them in one.
    ///
    /// The head of the answer waits until they have acknowledged, or are late.
    pub(in super::super) async fn listen(
        self: &Arc<Self>,
        request: Request<Bytes>,
        id: &RpcId,
    ) -> Result<Response<Body>, Error> {
        let params = edit::member(request.body(), "params").unwrap_or_default();
        let filter = edit::member(&params, "notifications").unwrap_or_default();
        let Ok(wanted) = Raw::parse(&filter).and_then(Wanted::read) else {
            return Ok(reply::invalid_params(
                id,
                "params needs notifications, an object",
            ));
        };
        if wanted.uris.len() + wanted.tasks.len() > MOST_WATCHED {
            let message = format!("one stream watches {MOST_WATCHED} resources and tasks at most");
            return Ok(reply::invalid_params(id, message));
        }
        let general = Wanted {
            uris: Vec::new(),
            tasks: Vec::new(),
            ..wanted.clone()
        };
        let mut each = vec![general; self.targets.len()];
        for outer in &wanted.tasks {
            if let Some((of, inner)) = self
                .task_of(outer)
                .and_then(|(at, inner)| Some((each.get_mut(at)?, inner)))
            {
                of.tasks.push(inner.to_owned());
            }
        }
        let assigned = self.assigned(&wanted.uris, &request, &mut each);
        // What is not found in time is not acknowledged.
        let _ = timeout(self.deadline, assigned).await;
        let request = Arc::new(request);
        let mut links: Vec<_> = each
            .into_iter()
            .enumerate()
            .map(|(at, wanted)| Link::new(self, at, &request, wanted))
            .collect();
        let opened = join_all(links.iter_mut().map(Link::open)).await;
        let (mut will_tell, mut out) = (Wanted::default(), Vec::new());
        let any = opened.iter().any(Result::is_ok);
        for (at, opened) in opened.into_iter().enumerate() {
            match (opened, self.targets.get(at)) {
                (Ok(more), _) => will_tell.join(more),
                (Err(failure), Some(target)) => out.push((target, failure)),
                (Err(_), None) => {}
            }
        }
        if !out.is_empty() && (self.fail == FailMode::Closed || !any) {
            let (target, failure) = out.swap_remove(0);
            return failure.answer(&target.name, id);
        }
        let merged = Merged {
            ready: VecDeque::from([acknowledgement(id, &will_tell, &out)?]),
            id: id.clone(),
            links,
            turn: 0,
            silence: Box::pin(sleep(SILENCE)),
        };
        Ok(merged.into_response())
    }

    /// Finds the targets of resources. One that is not there, or not for this caller, is no one's.
    async fn assigned(&self, outer: &[String], request: &Request<Bytes>, to: &mut [Wanted]) {
        for outer in outer {
            let found = self.find(ItemKind::Resource, outer, request).await;
            let Ok(Found::At(at, inner)) = found else {
                continue;
            };
            let may = self.targets.get(at).is_some_and(|target| {
                !climbs(&inner)
                    && self.allows(request.extensions(), target, ItemKind::Resource, &inner)
            });
            if let Some(of) = to.get_mut(at).filter(|_| may) {
                of.uris.push(inner);
            }
        }
    }
}

impl Merged {
    fn into_response(self) -> Response<Body> {
        let events = stream::unfold(self, |mut merged| async move {
            let bytes = poll_fn(|cx| merged.poll_bytes(cx)).await;
            Some((Ok::<_, Error>(Frame::data(bytes)), merged))
        });
        let mut response = Response::new(Body::new(StreamBody::new(Box::pin(events))));
        for (name, value) in [
            (header::CONTENT_TYPE, "text/event-stream"),
            (header::CACHE_CONTROL, "no-cache"),
            (HeaderName::from_static("x-accel-buffering"), "no"),
        ] {
            response
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
        }
        response
    }

    /// The next event, or a comment after a silence.
    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Bytes> {
        let bytes = match self.poll_next(cx) {
            Poll::Ready(text) => SseMessage::new(text).encode(),
            Poll::Pending => {
                ready!(self.silence.as_mut().poll(cx));
                Bytes::from_static(KEEP_ALIVE)
            }
        };
        self.silence.as_mut().reset(Instant::now() + SILENCE);
        Poll::Ready(bytes)
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Bytes> {
        if let Some(text) = self.ready.pop_front() {
            return Poll::Ready(text);
        }
        let count = self.links.len();
        for step in 0..count {
            let at = (self.turn + step) % count;
            let Some(link) = self.links.get_mut(at) else {
                continue;
            };
            let Poll::Ready(news) = link.poll_news(cx, &self.id) else {
                continue;
            };
            self.turn = at + 1;
            match news {
                News::Message(text) => return Poll::Ready(text),
                News::Again(missed) => {
                    let id = &self.id;
                    self.ready
                        .extend(missed.iter().map(|method| changed(method, id)));
                    // There may be nothing to tell, and the link is to be polled on.
                    cx.waker().wake_by_ref();
                }
            }
            if let Some(text) = self.ready.pop_front() {
                return Poll::Ready(text);
            }
        }
        Poll::Pending
    }
}

fn acknowledgement(
    id: &RpcId,
    will_tell: &Wanted,
    out: &[(&FederationTarget, Failure)],
) -> Result<Bytes, Error> {
    let filter = will_tell.put_into(&Bytes::from_static(b"{}"))?;
    let mut meta = vec![(MetaKey::SUBSCRIPTION_ID, Some(id.to_bytes()))];
    meta.extend(unavailable(out).map(|(key, all)| (key, Some(all))));
    let meta = json::with_members(&Bytes::from_static(b"{}"), &meta)?;
    let params = [("_meta", Some(meta)), ("notifications", Some(filter))];
    let params = json::with_members(&Bytes::from_static(b"{}"), &params)?;
    let method = McpMethod::NOTIFICATIONS_SUBSCRIPTIONS_ACKNOWLEDGED;
    let head = format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":"#);
    Ok([head.as_bytes(), &params, b"}"].concat().into())
}

/// A notification of our own: a list may have changed.
fn changed(method: &McpMethod, id: &RpcId) -> Bytes {
    let key = MetaKey::SUBSCRIPTION_ID;
    let head = format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{{"_meta":{{"{key}":"#);
    [head.as_bytes(), id.as_raw(), b"}}}"].concat().into()
}
