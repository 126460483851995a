use std::{
    sync::{Arc, Weak, atomic::Ordering},
    time::Duration,
};

use bytes::Bytes;
use http::Extensions;

use super::{calls::Entered, listen::Heard, question::Kind, server::Inner, session::Session};
use crate::{bridge::edit, wire::McpMethod};

/// How long the stream of a session stands that no call needs.
const LINGER: Duration = Duration::from_secs(30);

impl Inner {
    /// Sees to it that what the server asks in the middle of a call is heard, if it asks on the stream of a
    /// GET: many do, since their SDKs do unless they are told of which request a question is.
    ///
    /// `None` where the call's client can be asked for nothing.
    pub(super) async fn heard(
        &self,
        session: &Arc<Session>,
        (method, capabilities): (&McpMethod, &Bytes),
        extensions: &Extensions,
    ) -> Option<Entered> {
        if !may_be_asked(method, capabilities) {
            return None;
        }
        let entered = session.calls.enter();
        if session.hub.is_kept() {
            return Some(entered);
        }
        let patience = if session.is_slow.load(Ordering::Relaxed) {
            Duration::ZERO
        } else {
            self.options.listen_max
        };
        let listener = match self.listener(session, extensions, patience).await {
            Ok(Heard::Stands(listener)) => listener,
            Ok(Heard::Begun(listener)) => {
                session.is_slow.store(true, Ordering::Relaxed);
                listener
            }
            // It has no such stream, so it will not ask there; or the call will tell what is wrong.
            Ok(Heard::Not | Heard::Lost) | Err(_) => return Some(entered),
        };
        if session.hub.keep(listener) {
            tokio::spawn(release(Arc::downgrade(session)));
        }
        Some(entered)
    }
}

/// Whether the server may ask the client something in the middle of a call of this method.
///
/// # Source
/// MCP 2026-07-28, Patterns, Multi round-trip requests, Supported requests.
fn may_be_asked(method: &McpMethod, capabilities: &Bytes) -> bool {
    let is_one = *method == McpMethod::TOOLS_CALL
        || *method == McpMethod::PROMPTS_GET
        || *method == McpMethod::RESOURCES_READ;
    let can = |kind: &Kind| edit::member(capabilities, kind.capability()).is_some();
    is_one && Kind::ALL.iter().any(can)
}

/// Lets the stream of a session go that no call has needed for a while.
async fn release(session: Weak<Session>) {
    loop {
        tokio::time::sleep(LINGER).await;
        let Some(session) = session.upgrade() else {
            return;
        };
        if session.calls.are_over_for(LINGER) {
            return session.hub.release();
        }
    }
}
