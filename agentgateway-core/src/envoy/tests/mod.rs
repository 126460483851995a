mod support;

pub(super) use self::support::*;
