//! Custom tools, whose input is text: functions for providers that have none, and custom tools again in their answers.
//!
//! The function takes an object of one string, `input`. What a model writes otherwise is the text as it is.

mod answer;
mod input;
mod request;
#[cfg(test)]
mod tests;

pub(super) use self::{answer::CustomTools, request::to_functions};

/// The parameters of the function that stands for a custom tool.
const SCHEMA: &str = r#"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"],"additionalProperties":false}"#;
