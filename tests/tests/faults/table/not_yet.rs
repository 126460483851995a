//! What no test proves yet, and why. One place, one line each.

/// The row, and its reason.
pub(super) const NOT_YET: &[(&str, &str)] = &[
    (
        "H49",
        "there are no retries by policy, hence no budget for them",
    ),
    ("H50", "there is no circuit breaker"),
    ("H51", "there is no circuit breaker"),
    (
        "H52",
        "nothing waits for `Retry-After`: there are no retries by policy",
    ),
    ("H59", "the PROXY protocol is not spoken"),
    (
        "S12",
        "AWS event streams are not read; no provider that speaks them is served",
    ),
    (
        "S13",
        "JSON lines are not read; no protocol here speaks them",
    ),
];
