mod attacks;
mod claims;
mod keys;
mod peers;
mod remote;
#[cfg(all(feature = "server", feature = "upstream"))]
mod server;
mod support;
