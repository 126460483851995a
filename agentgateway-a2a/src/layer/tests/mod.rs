mod calls;
mod cards;
mod errors;
#[cfg(feature = "signatures")]
mod signed_cards;
mod streams;
mod support;
