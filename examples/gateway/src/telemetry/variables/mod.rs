//! The variables `OTEL_*`, read as the SDK would read them.

mod reader;
#[cfg(test)]
mod tests;

pub(super) use self::reader::{Batching, Speaking, Variables, parse_endpoint};
