mod answers;
mod calls;
mod refusals;
mod schemas;
mod spans;
mod streams;
mod support;
