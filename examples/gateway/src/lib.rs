//! The reference gateway.

pub mod config;
