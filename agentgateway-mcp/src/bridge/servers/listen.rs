use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use agentgateway_core::{Body, Error, error::Origin, json, jsonrpc::RpcId};
use bytes::Bytes;
use futures_util::stream;
use http::{Extensions, Response};
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::sync::broadcast::error::RecvError;
use tracing::Span;

use super::{
    feed::Source,
    hub::{Listener, Opening, Told},
    outward::{event, stream_head},
    server::{Failed, Inner},
    session::{Session, SessionKey, answer, bad, in_passing},
};
use crate::{
    bridge::{Ask, ask::invalid, edit},
    wire::{META, McpMethod, MetaKey},
};

/// How many resources one listener may want to be told of. Others are not acknowledged.
const MAX_RESOURCES: usize = 256;
/// How often a stream without a message says that it stands.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The lists that a client can be told of: the filter's member, the capability, the notification.
const LISTS: [(&str, &str, &str); 3] = [
    (
        "toolsListChanged",
        "tools",
        "notifications/tools/list_changed",
    ),
    (
        "promptsListChanged",
        "prompts",
        "notifications/prompts/list_changed",
    ),
    (
        "resourcesListChanged",
        "resources",
        "notifications/resources/list_changed",
    ),
];

impl Inner {
    /// Tells a client of changes, as long as it listens.
    ///
    /// # Source
    /// MCP 2026-07-28, Patterns, Subscriptions; MCP 2025-11-25, Resources, Subscriptions.
    pub(super) async fn listen(
        self: &Arc<Self>,
        ask: &Ask,
        key: &SessionKey,
        id: &RpcId,
    ) -> Result<Response<Body>, Failed> {
        let wanted = edit::member(&ask.params(), "notifications").unwrap_or_default();
        let mut session = self.session(key, ask).await?;
        let patience = self.options.listen_max;
        let mut heard = self.listener(&session, ask.extensions(), patience).await?;
        if matches!(heard, Heard::Lost) {
            session = self.session(key, ask).await?;
            heard = self.listener(&session, ask.extensions(), patience).await?;
        }
        let listener = match heard {
            Heard::Stands(listener) | Heard::Begun(listener) => Some(listener),
            Heard::Not => None,
            Heard::Lost => return Err(bad("the server forgets its sessions").into()),
        };
        let mut agreed = Agreed {
            inner: self.clone(),
            is_told_all: key.is_ones(),
            session,
            extensions: ask.extensions().clone(),
            lists: Vec::new(),
            resources: Vec::new(),
        };
        if listener.is_some() {
            agreed.agree(&wanted).await?;
        }
        Ok(stream_of(agreed, listener, id.detached()))
    }

    /// Listens to the server's stream of what belongs to no request. It is waited for for so long, and opened in any
    /// case.
    ///
    /// # Errors
    /// It cannot be opened now.
    pub(super) async fn listener(
        &self,
        session: &Arc<Session>,
        extensions: &Extensions,
        patience: Duration,
    ) -> Result<Heard, Error> {
        if session.is_mute.load(Ordering::Relaxed) {
            return Ok(Heard::Not);
        }
        let listener = session.hub.listen(|feeder| {
            let source = Source {
                server: self.server.clone(),
                session: Arc::downgrade(session),
                extensions: extensions.clone(),
                options: self.options.clone(),
            };
            tokio::spawn(source.feed(feeder, Span::current()));
        });
        match listener.opening(patience).await {
            Opening::Open => Ok(Heard::Stands(listener)),
            Opening::Begun => Ok(Heard::Begun(listener)),
            Opening::Not => Ok(Heard::Not),
            Opening::Lost => Ok(Heard::Lost),
            Opening::Failed(kind) => {
                let message = "the server's stream cannot be opened now";
                Err(Error::new(kind, message).with_origin(Origin::Upstream))
            }
        }
    }
}

/// What comes of listening to a server.
pub(super) enum Heard {
    Stands(Listener),
    /// It has not answered yet; many servers do so when they have something to tell.
    Begun(Listener),
    /// A server without such a stream tells of nothing.
    Not,
    /// It does not know the session.
    Lost,
}

/// Of what a client is told.
struct Agreed {
    inner: Arc<Inner>,
    /// The session is of this client alone, of an earlier revision: all that the server tells in it is for it.
    is_told_all: bool,
    session: Arc<Session>,
    extensions: Extensions,
    lists: Vec<(&'static str, &'static str)>,
    resources: Vec<String>,
}

impl Agreed {
    async fn agree(&mut self, wanted: &Bytes) -> Result<(), Error> {
        let capabilities = self.session.capabilities();
        let says =
            |object: &Bytes, key: &str| edit::member(object, key).is_some_and(|is| is == "true");
        for (member, capability, method) in LISTS {
            let capability = edit::member(&capabilities, capability).unwrap_or_default();
            if says(wanted, member) && says(&capability, "listChanged") {
                self.lists.push((member, method));
            }
        }
        let resources = edit::member(&capabilities, "resources").unwrap_or_default();
        if !says(&resources, "subscribe") {
            return Ok(());
        }
        let mut uris = Vec::new();
        if let Some(list) = edit::member(wanted, "resourceSubscriptions") {
            if let Ok(list) = json::Raw::parse(&list) {
                let _ = json::elements(list, |uri| {
                    if uris.len() < MAX_RESOURCES {
                        uris.extend(json::string(uri).map(String::from));
                    }
                });
            }
        }
        for uri in uris {
            if self.session.hub.subscribe(&uri) && !self.subscribed(&uri).await? {
                self.session.hub.unsubscribe(&uri);
                continue;
            }
            self.resources.push(uri);
        }
        Ok(())
    }

    async fn subscribed(&self, uri: &str) -> Result<bool, Error> {
        let ask = self.about(&McpMethod::RESOURCES_SUBSCRIBE, uri);
        let response = self.inner.server.send(self.session.request(ask)?).await?;
        let (_, text) = answer(response, &self.inner.options).await?;
        Ok(edit::member(&text, "result").is_some())
    }

    fn about(&self, method: &McpMethod, uri: &str) -> Ask {
        let params = format!("{{\"uri\":{}}}", json::quote(uri));
        Ask::new(&self.session.mint(), method, &params.into()).with_extensions(&self.extensions)
    }

    /// The first message: of what the client will be told.
    fn acknowledged(&self, id: &RpcId) -> Bytes {
        let mut members: Vec<String> = self
            .lists
            .iter()
            .map(|(member, _)| format!("\"{member}\":true"))
            .collect();
        if !self.resources.is_empty() {
            let uris: Vec<_> = self.resources.iter().map(|uri| json::quote(uri)).collect();
            members.push(format!("\"resourceSubscriptions\":[{}]", uris.join(",")));
        }
        let mut text = br#"{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":"#.to_vec();
        text.extend_from_slice(id.as_raw());
        text.extend_from_slice(br#"},"notifications":{"#);
        text.extend_from_slice(members.join(",").as_bytes());
        text.extend_from_slice(b"}}}");
        text.into()
    }

    /// The message for this client; `None` when it did not want it.
    fn told(&self, text: &Bytes, id: &RpcId) -> Option<Bytes> {
        let method = edit::text(text, "method")?;
        let is_wanted = if self.is_told_all {
            // These are of requests, by numbers that the client does not know.
            !["notifications/cancelled", "notifications/progress"].contains(&method.as_str())
        } else if method == McpMethod::NOTIFICATIONS_RESOURCES_UPDATED.as_str() {
            let uri = edit::text(&edit::member(text, "params")?, "uri")?;
            self.resources.iter().any(|wanted| is_within(&uri, wanted))
        } else {
            self.lists.iter().any(|(_, wanted)| *wanted == method)
        };
        let own = [(MetaKey::SUBSCRIPTION_ID, Some(id.to_bytes()))];
        is_wanted
            .then(|| {
                edit::within(text, "params", |params| {
                    edit::within(&params, META, |meta| json::with_members(&meta, &own))
                })
                .map_err(invalid)
                .ok()
            })
            .flatten()
    }

    /// The last message: the client may listen anew.
    fn over(&self, id: &RpcId) -> Bytes {
        let mut text = br#"{"jsonrpc":"2.0","id":"#.to_vec();
        text.extend_from_slice(id.as_raw());
        text.extend_from_slice(br#","result":{"resultType":"complete","_meta":{"io.modelcontextprotocol/subscriptionId":"#);
        text.extend_from_slice(id.as_raw());
        text.extend_from_slice(b"}}}");
        text.into()
    }
}

/// The client listens no more: the server is told of what nobody else wants to know.
impl Drop for Agreed {
    fn drop(&mut self) {
        for uri in std::mem::take(&mut self.resources) {
            if self.session.hub.unsubscribe(&uri) {
                let ask = self.about(&McpMethod::RESOURCES_UNSUBSCRIBE, &uri);
                if let Ok(request) = self.session.request(ask) {
                    in_passing(&self.inner.server, request);
                }
            }
        }
    }
}

/// Whether a resource is another one, or lies within it: a server may tell of what lies within one that was subscribed
/// to, and `file:///a` is not within `file:///ab`.
///
/// # Source
/// MCP 2026-07-28, `ResourceUpdatedNotificationParams.uri`: it may be of a sub-resource.
fn is_within(uri: &str, wanted: &str) -> bool {
    let Some(rest) = uri.strip_prefix(wanted) else {
        return false;
    };
    rest.is_empty() || wanted.ends_with('/') || rest.starts_with(['/', '?', '#'])
}

fn stream_of(agreed: Agreed, listener: Option<Listener>, id: RpcId) -> Response<Body> {
    let first = event(agreed.acknowledged(&id));
    let rest = stream::unfold(Some((agreed, listener, id)), |state| async move {
        let (agreed, mut listener, id) = state?;
        loop {
            let next = match listener.as_mut() {
                None => {
                    tokio::time::sleep(KEEP_ALIVE).await;
                    Err(())
                }
                Some(listener) => tokio::time::timeout(KEEP_ALIVE, listener.messages.recv())
                    .await
                    .map_err(drop),
            };
            let frame = match next {
                Err(()) => Frame::data(Bytes::from_static(b": keep-alive\n\n")),
                Ok(Ok(Told::Message(text))) => match agreed.told(&text, &id) {
                    Some(text) => event(text),
                    None => continue,
                },
                // It was too slow, or the server has nothing more to tell.
                Ok(Ok(Told::Over) | Err(RecvError::Lagged(_) | RecvError::Closed)) => {
                    return Some((Ok::<_, Error>(event(agreed.over(&id))), None));
                }
            };
            return Some((Ok(frame), Some((agreed, listener, id))));
        }
    });
    let first = stream::iter([Ok(first)]);
    let body = StreamBody::new(futures_util::StreamExt::chain(first, rest));
    // INVARIANT: the head holds what every head may hold.
    stream_head().body(Body::new(body)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_begins_alike_is_another_resource() {
        for (uri, wanted, is) in [
            ("file:///a", "file:///a", true),
            ("file:///a/b", "file:///a", true),
            ("file:///a/b", "file:///a/", true),
            ("file:///a?x", "file:///a", true),
            ("file:///a#x", "file:///a", true),
            ("file:///ab", "file:///a", false),
            ("file:///a", "file:///a/", false),
            ("file:///", "file:///a", false),
            ("x:y", "", false),
        ] {
            assert_eq!(is_within(uri, wanted), is, "{uri} {wanted}");
        }
    }
}
