mod heads;
mod states;
mod support;
