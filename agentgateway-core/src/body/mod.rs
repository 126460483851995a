//! Bodies: looked at and forwarded, erased, limited, and watched to their end.

mod erased;

pub use self::erased::Body;
