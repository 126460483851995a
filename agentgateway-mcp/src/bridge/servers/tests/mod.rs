mod found;
mod rounds;
mod sessions;
mod streams;
mod support;
