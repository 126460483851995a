mod calls;
mod cards;
mod errors;
#[cfg(feature = "grpc")]
mod grpc_answers;
#[cfg(feature = "signatures")]
mod signed_cards;
mod streams;
mod support;
