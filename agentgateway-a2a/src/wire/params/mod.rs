//! What the parameters of a call say: ids, tenant, and how the answer is wanted.

mod facts;
#[cfg(test)]
mod tests;

pub(crate) use self::facts::{Facts, read_body, read_params};
