//! Real clients through the gateway to real peers.

mod mcp;
