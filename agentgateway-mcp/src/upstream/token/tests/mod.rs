mod answers;
mod asking;
mod callers;
mod keeping;
mod support;
