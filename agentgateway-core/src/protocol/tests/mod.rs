mod cancel;
mod engine;
mod states;
