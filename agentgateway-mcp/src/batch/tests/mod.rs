//! Batches over scripted services, and through the layer of the protocol.

mod arrays;
mod layer;
mod streams;
mod support;
