//! Copies of requests for another service.

mod fraction;

pub use self::fraction::Fraction;
