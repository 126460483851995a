//! What no test proves yet, and why. One place, one line each.

/// The row, and its reason.
pub(super) const NOT_YET: &[(&str, &str)] = &[
    ("H16", "waits for the listener's own tests"),
    ("H17", "waits for the listener's own tests"),
    ("H19", "waits for the listener's own tests"),
    ("H22", "waits for the listener's own tests"),
    ("H23", "waits for the listener's own tests"),
    ("H24", "waits for the listener's own tests"),
    ("H25", "waits for the listener's own tests"),
    ("H27", "waits for the listener's own tests"),
    ("H28", "waits for the listener's own tests"),
    ("H29", "waits for the listener's own tests"),
    ("H30", "waits for the listener's own tests"),
    ("H41", "waits for the listener's own tests"),
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
    ("H56", "there is no limit of requests in flight"),
    ("H57", "there is no limit of memory"),
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
