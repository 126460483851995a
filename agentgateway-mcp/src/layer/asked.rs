use std::sync::{Arc, OnceLock};

use http::Extensions;

/// Which of several servers a call was sent to. It goes inward in the request's extensions, so that it is known
/// outside also when no answer comes.
#[derive(Clone, Debug, Default)]
pub(crate) struct AskedServer(Arc<OnceLock<Arc<str>>>);

impl AskedServer {
    /// Notes the server of a call, for who asks outside. The first one counts.
    #[cfg(feature = "federation")]
    pub(crate) fn note(extensions: &Extensions, server: &Arc<str>) {
        if let Some(asked) = extensions.get::<Self>() {
            let _ = asked.0.set(Arc::clone(server));
        }
    }

    pub(super) fn of(extensions: &Extensions) -> Option<Self> {
        extensions.get().cloned()
    }

    pub(super) fn name(&self) -> Option<Arc<str>> {
        self.0.get().cloned()
    }
}
