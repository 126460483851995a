mod extended;
#[cfg(feature = "grpc")]
mod grpc;
mod learnt;
mod passed;
mod places;
mod refused;
mod support;
mod translated;
