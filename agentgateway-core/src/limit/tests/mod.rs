mod concurrency;
mod rate;
mod support;
