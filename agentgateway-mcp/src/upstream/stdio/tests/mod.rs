mod command;
mod ends;
mod faults;
mod support;
