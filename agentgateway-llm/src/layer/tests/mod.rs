mod answers;
mod meter;
mod requests;
mod support;
