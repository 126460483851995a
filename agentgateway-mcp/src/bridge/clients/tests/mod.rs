mod answers;
mod listening;
mod old;
mod opened;
mod questions;
mod sessions;
mod stateless;
mod streams;
pub(crate) mod support;
