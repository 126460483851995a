//! The `agentgateway` command.
fn main() {}
