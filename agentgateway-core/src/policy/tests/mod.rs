mod order;
mod states;
mod support;
