mod answers;
mod bedrock;
mod meter;
mod requests;
mod support;
