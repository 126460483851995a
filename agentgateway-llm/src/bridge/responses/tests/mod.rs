//! Small cases, both ways.
