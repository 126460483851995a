//! Poll by poll, with time and chance in the test's hands.

mod attempts;
mod clocks;
mod safety;
mod storm;
mod support;
mod waits;
