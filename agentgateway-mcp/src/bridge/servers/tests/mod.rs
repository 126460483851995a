mod found;
mod heard;
mod rounds;
mod sessions;
mod streams;
mod support;
