use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use http::Extensions;

use super::report::Report;

/// Waits in an answer's extensions for whoever knows how many tokens the exchange has used.
///
/// Written by a [`GlobalRateLimit`](super::GlobalRateLimit) that counts tokens. The first
/// [word](Self::settled) counts; where none comes, nothing is counted. Clones are one.
#[derive(Clone)]
pub struct Settlement(Arc<Waiting>);

struct Waiting {
    report: Mutex<Option<Report>>,
    /// Those of other limits of the same exchange.
    before: Option<Settlement>,
}

impl Settlement {
    /// Waits in these extensions, together with those that were there before.
    pub(super) fn wait(report: Report, extensions: &mut Extensions) {
        let before = extensions.remove::<Self>();
        extensions.insert(Self(Arc::new(Waiting {
            report: Mutex::new(Some(report)),
            before,
        })));
    }

    /// The exchange has used so many tokens. The service is told beside it, on the
    /// [executor](super::GlobalRateLimit::executor); this does not wait.
    pub fn settled(&self, used_tokens: u64) {
        let mut waiting = Some(self);
        while let Some(Self(found)) = waiting {
            let report = found
                .report
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            if let Some(report) = report {
                report.send(used_tokens);
            }
            waiting = found.before.as_ref();
        }
    }
}

impl fmt::Debug for Settlement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settlement").finish_non_exhaustive()
    }
}
