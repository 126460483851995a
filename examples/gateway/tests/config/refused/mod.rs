//! What is refused, and in which words.

mod backends;
mod check;
mod documents;
mod gateways;
mod routes;
