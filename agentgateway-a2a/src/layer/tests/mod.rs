mod calls;
mod cards;
mod errors;
mod spans;
mod streams;
mod support;
