use std::sync::Arc;

use super::Codec;
use crate::LlmDialect;

/// The codec of a dialect.
#[must_use]
pub fn codec_of(dialect: LlmDialect) -> Option<Arc<dyn Codec>> {
    let _ = dialect;
    None
}
