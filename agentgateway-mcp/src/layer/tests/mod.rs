mod answers;
#[cfg(feature = "schemas")]
mod arguments;
mod calls;
mod refusals;
mod schemas;
mod streams;
mod support;
mod tools;
