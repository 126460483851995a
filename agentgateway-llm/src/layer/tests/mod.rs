mod answers;
mod requests;
mod support;
