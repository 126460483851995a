mod answers;
mod faults;
mod foreign;
mod requests;
mod streams;
mod support;
