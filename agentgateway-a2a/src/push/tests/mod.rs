mod guard;
mod support;
