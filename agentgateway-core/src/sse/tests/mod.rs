//! Tables of cases, laws that hold for any cut, limits, and streams recorded from real services.

mod chunking;
mod limits;
mod message;
mod recordings;
mod rules;
mod support;
