//! Keys that are fetched, from a server that does as it is told; time is made up.

mod discovery;
mod failing;
mod refreshing;
mod rotating;
mod support;
