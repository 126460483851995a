mod guard;
pub(super) mod support;
