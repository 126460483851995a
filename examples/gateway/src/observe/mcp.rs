use std::{
    collections::HashSet,
    sync::{PoisonError, RwLock},
};

use agentgateway_core::{body::End, protocol::Finished};
use agentgateway_mcp::{McpCall, McpMethod, McpReport};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

use super::metrics::SECONDS;

/// So many names of tools and prompts have series of their own.
const MOST_NAMES: usize = 1_000;
/// In the place of a name that is no label.
const OTHER: &str = "_OTHER";

/// Labels of a call of MCP. Methods are those of the revisions, servers those of the configuration.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CallLabels {
    method: &'static str,
    target: String,
    /// The tool or the prompt.
    tool: String,
    outcome: &'static str,
}

/// Labels of how long calls of MCP take.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ServerLabels {
    method: &'static str,
    target: String,
}

/// What is told of calls of MCP.
#[derive(Debug)]
pub struct McpMetrics {
    calls: Family<CallLabels, Counter>,
    seconds: Family<ServerLabels, Histogram, fn() -> Histogram>,
    names: Names,
}

impl Default for McpMetrics {
    fn default() -> Self {
        Self {
            calls: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            names: Names::default(),
        }
    }
}

impl McpMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "agentgateway_mcp_calls",
            "Finished calls of MCP by method, server, tool or prompt, and outcome",
            self.calls.clone(),
        );
        registry.register(
            "agentgateway_mcp_call_duration_seconds",
            "From the parsed call of MCP to the end of its answer",
            self.seconds.clone(),
        );
    }

    /// Counts what has ended. What has no method is no call.
    pub fn finished(&self, finished: &Finished<'_, McpCall, McpReport>) {
        let Some((call, method)) = finished.call.and_then(|call| Some((call, call.method()?)))
        else {
            return;
        };
        let outcome = match finished.end {
            End::Complete if finished.report.is_failure() => "error",
            end => end.as_str(),
        };
        let known = McpMethod::KNOWN.iter().find(|known| *known == method);
        let method = known.map_or(OTHER, McpMethod::as_str);
        let target = finished.report.server.as_deref().or(call.target());
        let target = target.unwrap_or_default();
        let name = call.tool().or_else(|| call.prompt());
        // A server that answers has what is asked of it; all else may be a client's invention.
        let is_there = finished.report.answered && outcome == "complete";
        let tool = name.map_or("", |name| self.names.label(name, is_there));
        let labels = CallLabels {
            method,
            target: target.to_owned(),
            tool: tool.to_owned(),
            outcome,
        };
        self.calls.get_or_create(&labels).inc();
        let CallLabels { method, target, .. } = labels;
        let of = ServerLabels { method, target };
        let seconds = finished.elapsed.as_secs_f64();
        self.seconds.get_or_create(&of).observe(seconds);
    }
}

/// Names that have been seen to be there: a client cannot make them grow.
#[derive(Debug, Default)]
struct Names(RwLock<HashSet<Box<str>>>);

impl Names {
    fn label<'a>(&self, name: &'a str, is_there: bool) -> &'a str {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if known.contains(name) {
            return name;
        }
        if !is_there || known.len() >= MOST_NAMES {
            return OTHER;
        }
        drop(known);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(name.into());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_labels_once_they_are_there_and_are_bounded() {
        let names = Names::default();
        assert_eq!(names.label("made-up", false), OTHER);
        assert_eq!(names.label("search", true), "search");
        // What is there may fail.
        assert_eq!(names.label("search", false), "search");
        for n in 1..MOST_NAMES {
            assert_ne!(names.label(&format!("t{n}"), true), OTHER);
        }
        assert_eq!(names.label("one-more", true), OTHER);
        assert_eq!(names.label("search", true), "search");
    }
}
