use std::{
    borrow::Cow,
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

/// How many requests are remembered.
const KEPT: usize = 200;

/// The longest name of a call that is kept, in characters.
const MAX_NAME_CHARS: usize = 80;

/// One finished request, as the status page shows it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// When it ended.
    pub at: SystemTime,
    /// `a2a`, `mcp`, `llm` or `http`.
    pub protocol: &'static str,
    /// What was called: an operation, and a tool or a model. Never an argument.
    pub call: Cow<'static, str>,
    /// How it ended.
    pub outcome: Cow<'static, str>,
    /// The status of the answer, when there was one.
    pub status: Option<u16>,
    /// From the parsed request to the end of the answer.
    pub duration: Duration,
    /// The trace, when one is recorded.
    pub trace_id: Option<String>,
}

#[cfg(test)]
impl Request {
    /// A request of this call.
    pub(crate) fn sample(call: &str, duration: Duration) -> Self {
        Self {
            at: SystemTime::UNIX_EPOCH,
            protocol: "mcp",
            call: call.to_owned().into(),
            outcome: "complete".into(),
            status: Some(200),
            duration,
            trace_id: None,
        }
    }
}

/// The last 200 requests, the newest first.
#[derive(Debug, Default)]
pub struct Recent(Mutex<VecDeque<Request>>);

impl Recent {
    /// Remembers a request; the oldest one is forgotten.
    pub fn push(&self, mut request: Request) {
        if let Some((cut, _)) = request.call.char_indices().nth(MAX_NAME_CHARS) {
            request.call.to_mut().truncate(cut);
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(KEPT - 1);
        kept.push_front(request);
    }

    /// The requests, the newest first.
    #[must_use]
    pub fn list(&self) -> Vec<Request> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_newest_and_bounds_names() {
        let recent = Recent::default();
        for n in 0..KEPT + 5 {
            let call = format!("{n} {}", "é".repeat(500));
            recent.push(Request::sample(&call, Duration::ZERO));
        }
        let list = recent.list();
        assert_eq!(list.len(), KEPT);
        assert!(list[0].call.starts_with("204 "));
        assert_eq!(list[0].call.chars().count(), MAX_NAME_CHARS);
    }
}
