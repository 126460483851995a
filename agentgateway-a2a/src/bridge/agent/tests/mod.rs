mod extended;
#[cfg(feature = "grpc")]
mod grpc;
mod learnt;
mod passed;
mod refused;
mod support;
mod translated;
