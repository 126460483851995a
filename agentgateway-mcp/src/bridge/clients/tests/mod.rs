mod answers;
mod questions;
mod sessions;
mod streams;
mod support;
