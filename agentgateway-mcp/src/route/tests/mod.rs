mod answers;
#[cfg(feature = "schemas")]
mod arguments;
mod calls;
mod listening;
mod lists;
mod lossless;
mod names;
mod rules;
mod support;
