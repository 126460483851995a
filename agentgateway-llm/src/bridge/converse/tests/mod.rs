mod answers;
mod faults;
mod knobs;
mod requests;
mod streams;
