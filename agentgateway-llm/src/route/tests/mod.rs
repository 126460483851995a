mod aborts;
mod clocks;
mod failover;
mod matrix;
mod names;
mod support;
mod translated;
mod words;
