//! What no test proves yet, and why. One place, one line each.

/// The row, and its reason.
pub(super) const NOT_YET: &[(&str, &str)] = &[
    (
        "S12",
        "AWS event streams are not read; no provider that speaks them is served",
    ),
    (
        "S13",
        "JSON lines are not read; no protocol here speaks them",
    ),
    (
        "M37",
        "the gateway registers no clients and asks nobody for consent: authorization servers do",
    ),
    (
        "O21",
        "ten thousand clients at once want a machine of their own; H18 and H58 hold crowds that fit any",
    ),
];
