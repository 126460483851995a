mod homes;
mod probes;
mod streams;
mod support;
#[cfg(feature = "grpc")]
mod translated;
