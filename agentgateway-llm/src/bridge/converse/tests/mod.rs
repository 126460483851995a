mod answers;
mod faults;
mod requests;
mod streams;
