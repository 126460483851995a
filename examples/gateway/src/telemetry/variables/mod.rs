//! The variables `OTEL_*`, read as the SDK would read them.

mod reader;
#[cfg(test)]
mod tests;

pub(crate) use self::reader::doubts;
pub(super) use self::reader::{Batching, Speaking, Variables, parse_endpoint};
