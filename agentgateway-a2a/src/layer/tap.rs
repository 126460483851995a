use std::{fmt, sync::Arc};

use http::Extensions;

use super::A2aReport;

/// Waits in an answer's extensions for what the layer outside reads in it.
///
/// A policy, or a service inside, puts it there when it sees the head of the answer. So what the layer reads is
/// read once. It is shown the report as it stands after the
/// whole answer, and after each event of a stream, before the client has the bytes. An answer that nobody
/// reads (it is no JSON, or coded) is told of to nobody.
///
/// ```
/// use agentgateway_a2a::layer::AnswerTap;
///
/// let mut answer = http::Response::new(());
/// AnswerTap::insert(answer.extensions_mut(), |report| {
///     println!("{:?} {:?}", report.task_id, report.state);
/// });
/// ```
#[derive(Clone)]
pub struct AnswerTap(Vec<Arc<dyn Fn(&A2aReport) + Send + Sync>>);

impl AnswerTap {
    /// Asks to be told, beside those who have asked already. `hear` runs in a `poll`: it must not block.
    pub fn insert(extensions: &mut Extensions, hear: impl Fn(&A2aReport) + Send + Sync + 'static) {
        let mut taps = extensions.remove::<Self>().unwrap_or(Self(Vec::new()));
        taps.0.push(Arc::new(hear));
        extensions.insert(taps);
    }

    pub(super) fn tell(&self, report: &A2aReport) {
        for hear in &self.0 {
            hear(report);
        }
    }
}

impl fmt::Debug for AnswerTap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AnswerTap").field(&self.0.len()).finish()
    }
}

/// Waits in the extensions of an answer to `ListTasks`: which of the tasks the client may see, and who hears of the
/// next page that it is given.
#[derive(Clone)]
pub(crate) struct TaskFilter {
    sees: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    gives: Arc<dyn Fn(&str) + Send + Sync>,
}

impl TaskFilter {
    pub(crate) fn new(
        sees: impl Fn(&str) -> bool + Send + Sync + 'static,
        gives: impl Fn(&str) + Send + Sync + 'static,
    ) -> Self {
        Self {
            sees: Arc::new(sees),
            gives: Arc::new(gives),
        }
    }

    pub(super) fn sees(&self, task: &str) -> bool {
        (self.sees)(task)
    }

    pub(super) fn gives(&self, cursor: &str) {
        (self.gives)(cursor);
    }
}

impl fmt::Debug for TaskFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskFilter").finish_non_exhaustive()
    }
}
