mod homes;
mod probes;
mod streams;
mod support;
