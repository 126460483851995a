//! Bedrock Converse.
