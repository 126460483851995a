//! The reference gateway: A2A, MCP and LLM listeners assembled from the agentgateway layers.
//!
//! It sees only the public API of the libraries: what it does, an application can do.

pub mod admin;
pub mod assemble;
pub mod banner;
pub mod cli;
pub mod config;
pub mod demo;
pub mod gateway;
pub mod observe;
pub mod overview;
pub mod reload;
pub mod telemetry;

pub use agentgateway_core::expression;
