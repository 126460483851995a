mod calls;
mod support;

pub(super) use self::support::*;
