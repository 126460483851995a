mod answers;
mod calls;
mod refusals;
mod schemas;
mod streams;
mod support;
mod tools;
