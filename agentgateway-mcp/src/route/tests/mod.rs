#[cfg(feature = "schemas")]
mod arguments;
mod calls;
mod listening;
mod lists;
mod lossless;
mod rules;
mod support;
