//! What the gateway knows of its own work: metrics, and the last requests.
//!
//! Everything is told by the layers' `on_finished`, once per exchange, where the exchange ends.

mod config;
mod mcp;
mod metrics;
mod observer;
mod recent;
mod series;
mod servers;
mod threads;

pub use self::{
    config::{ConfigMetrics, Outcome},
    mcp::McpMetrics,
    metrics::{Labels, Metrics},
    observer::{Exchange, Observer},
    recent::{Recent, Request},
    servers::{KnownServer, McpServers},
    threads::ThreadMetrics,
};
