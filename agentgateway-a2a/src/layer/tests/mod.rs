mod calls;
mod cards;
mod errors;
mod streams;
mod support;
