//! Real clients through the gateway to real peers.

mod a2a;
mod demo;
mod llm;
mod mcp;
mod recordings;
