mod budget;
mod concurrency;
mod exactly_once;
mod rate;
#[cfg(all(feature = "server", feature = "upstream"))]
mod server;
mod shed;
mod support;
