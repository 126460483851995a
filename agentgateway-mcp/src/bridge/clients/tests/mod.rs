mod answers;
mod listening;
mod old;
mod opened;
mod questions;
mod sessions;
mod streams;
mod support;
