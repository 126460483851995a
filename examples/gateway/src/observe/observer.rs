use std::{
    borrow::Cow,
    sync::Arc,
    time::{Duration, SystemTime},
};

use agentgateway_core::{
    body::End,
    protocol::Finished,
    telemetry::{OtelPropagation, Propagate},
};

use super::{McpServers, Metrics, Recent, Request, metrics::Labels};
use crate::telemetry::ExportStats;

/// Is told of every finished exchange. Clones tell the same books.
#[derive(Clone, Debug)]
pub struct Observer(Arc<Books>);

#[derive(Debug)]
struct Books {
    metrics: Metrics,
    recent: Recent,
    servers: McpServers,
}

impl Observer {
    /// Opens the books.
    #[must_use]
    pub fn new(export: &ExportStats) -> Self {
        Self(Arc::new(Books {
            metrics: Metrics::new(export),
            recent: Recent::default(),
            servers: McpServers::default(),
        }))
    }

    /// The metrics.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The last requests.
    #[must_use]
    pub fn recent(&self) -> &Recent {
        &self.0.recent
    }

    /// The servers of MCP that are spoken to.
    #[must_use]
    pub fn mcp_servers(&self) -> &McpServers {
        &self.0.servers
    }

    /// Books one exchange of a protocol layer. `error` is what the answer itself called an error.
    pub fn exchange<C, R>(
        &self,
        protocol: &'static str,
        call: Cow<'static, str>,
        error: Option<String>,
        finished: &Finished<'_, C, R>,
    ) {
        let trace_id = OtelPropagation::new()
            .context(finished.span)
            .map(|context| format!("{:032x}", context.trace_id()));
        let status = finished.status.map(|status| status.as_u16());
        self.book(Exchange {
            protocol,
            call,
            end: finished.end,
            error,
            status,
            elapsed: finished.elapsed,
            trace_id,
        });
    }

    /// Books one exchange.
    pub fn book(&self, exchange: Exchange<'_>) {
        let failed =
            exchange.error.is_some() || exchange.status.is_some_and(|status| status >= 400);
        let outcome = match exchange.end {
            End::Complete if failed => "error",
            end => end.as_str(),
        };
        let labels = Labels {
            protocol: exchange.protocol,
            outcome,
        };
        self.0
            .metrics
            .exchange(&labels, exchange.elapsed.as_secs_f64());
        let told = match exchange.end {
            End::Failed(error) if exchange.status.is_none() => Some(error.status().as_u16()),
            _ => exchange.status,
        };
        let detail = match (exchange.end, &exchange.error) {
            (End::Failed(error), _) => Some(error.type_name()),
            (_, error) => error.as_deref(),
        };
        self.0.recent.push(Request {
            at: SystemTime::now(),
            protocol: exchange.protocol,
            call: exchange.call,
            outcome: match detail {
                Some(detail) => format!("{outcome}: {detail}").into(),
                None => outcome.into(),
            },
            status: told,
            duration: exchange.elapsed,
            trace_id: exchange.trace_id,
        });
    }
}

/// One finished exchange, whatever its protocol.
#[derive(Debug)]
pub struct Exchange<'a> {
    pub(crate) protocol: &'static str,
    pub(crate) call: Cow<'static, str>,
    pub(crate) end: End<'a>,
    pub(crate) error: Option<String>,
    pub(crate) status: Option<u16>,
    pub(crate) elapsed: Duration,
    pub(crate) trace_id: Option<String>,
}
