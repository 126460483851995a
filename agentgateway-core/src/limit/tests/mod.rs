mod concurrency;
mod rate;
#[cfg(all(feature = "server", feature = "upstream"))]
mod server;
mod shed;
mod support;
