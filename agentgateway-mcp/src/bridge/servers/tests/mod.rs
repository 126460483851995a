mod found;
mod heard;
mod rounds;
mod sessions;
mod streams;
pub(crate) mod support;
