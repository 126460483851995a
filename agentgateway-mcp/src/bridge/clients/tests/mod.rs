mod answers;
mod old;
mod questions;
mod sessions;
mod streams;
mod support;
