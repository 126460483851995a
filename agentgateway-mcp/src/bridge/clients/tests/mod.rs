mod answers;
mod questions;
mod sessions;
mod support;
