mod rate;
mod support;
