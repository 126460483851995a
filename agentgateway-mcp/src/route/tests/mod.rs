#[cfg(feature = "schemas")]
mod arguments;
mod calls;
mod listening;
mod lists;
mod support;
