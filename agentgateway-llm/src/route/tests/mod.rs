mod failover;
mod names;
mod support;
mod translated;
